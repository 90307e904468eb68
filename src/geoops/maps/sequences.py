"""Figures that belong together: an atlas with a page for each site, and one map for each month or year of events.

Pages share their scale and their sheet, frames their classes of counts as well, so that one can be laid over the other. They are
saved as one PDF, one animated GIF or MP4, or as a file a page.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from PIL import Image

from geoops.core.errors import InputError, MissingExtraError
from geoops.core.geodesy import circle
from geoops.core.schema import SitesLike, as_features
from geoops.core.text import one_line
from geoops.core.writing import write_bytes
from geoops.maps.canvas import region_for
from geoops.maps.compose import ready_sites
from geoops.maps.event_figure import event_map, most_in_a_cell
from geoops.maps.figures import sites_map
from geoops.maps.foot import same_height
from geoops.maps.geosaving import rendered
from geoops.maps.lint import Finding
from geoops.maps.mapfigure import MapFigure

__all__ = ["MapSeries", "atlas", "event_frames"]

_MOST_PAGES = 200
_PERIODS = {"month": "M", "year": "Y", "day": "D"}


@dataclass(frozen=True)
class MapSeries:
    """
    Figures in an order.

    Parameters
    ----------
    figures
        One a page or frame.
    seconds
        How long a frame stands in a GIF or MP4.
    """

    figures: tuple[MapFigure, ...]
    seconds: float = 1.0

    def __post_init__(self) -> None:
        same_height(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def save(self, path: str | os.PathLike[str], *, dpi: int = 150) -> list[Path]:
        """
        Write all pages: `.pdf` as one document, `.gif` and `.mp4` as frames, any other ending as a numbered file each.

        Parameters
        ----------
        path
            Where to. For single files the number goes before the ending: `page.png` becomes `page-01.png`, `page-02.png` ...
        dpi
            Of pixels.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        InputError
            An ending that no figure has.
        MissingExtraError
            MP4 without imageio and ffmpeg (the extra `geoops[video]`).
        WriteError
            The place cannot be written.
        """
        from geoops.maps.saving import save_pages

        target = Path(path)
        makers: dict[str, Callable[[], bytes]] = {
            ".pdf": lambda: save_pages(self.figures),
            ".gif": lambda: _gif(self.figures, dpi, self.seconds),
            ".mp4": lambda: _mp4(self.figures, dpi, self.seconds),
        }
        make = makers.get(target.suffix.lower())
        if make is not None:
            return [write_bytes(target, make())]
        digits = max(len(str(len(self.figures))), 2)
        names = [target.with_stem(f"{target.stem}-{i + 1:0{digits}d}") for i in range(len(self.figures))]
        return [figure.save(name, dpi=dpi) for figure, name in zip(self.figures, names, strict=True)]

    def check(self) -> list[Finding]:
        """The findings of all pages, each with the page's number before it."""
        return [
            Finding(found.code, f"page {i + 1}: {found.message}", found.remedy)
            for i, figure in enumerate(self.figures)
            for found in figure.check()
        ]


def atlas(
    sites: SitesLike,
    *,
    radius_km: float = 50.0,
    make: Callable[..., MapFigure] = sites_map,
    title: str | None = None,
    **options: Any,
) -> MapSeries:
    """
    A page for each site, all at one scale: the site in the middle and every other site that lies on the page.

    Parameters
    ----------
    sites
        As in `sites_map`. A site without a place has no page, and every page says so.
    radius_km
        How far each page reaches from its site, at least.
    make
        What draws a page: `sites_map` or a function like it that takes sites and `region=`.
    title
        Stands before the site's name on each page.
    **options
        Passed on to `make`: layers, theme, size, languages, date and the rest.

    Returns
    -------
    MapSeries
        With `.figures`, `.save(path)` and `.check()`.

    Raises
    ------
    InputError
        No site has a place, more pages than 200, or a radius that is none.

    Examples
    --------
    >>> import geoops as go
    >>> pages = go.atlas([(43.0, 36.0), (44.4, 35.5)], radius_km=40, date="2025-06-30", layers=())
    >>> len(pages)
    2
    """
    if not (np.isfinite(radius_km) and 1.0 <= radius_km <= 2000.0):
        msg = f"radius_km={radius_km}: expected 1 to 2000 kilometres"
        raise InputError(msg)
    languages = tuple(options.get("languages", ("en",)))
    frame = ready_sites(sites, languages=languages)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not 0 < len(placed) <= _MOST_PAGES:
        msg = f"{len(placed)} sites have a place: an atlas has 1 to {_MOST_PAGES} pages; give other sites"
        raise InputError(msg)
    pages = []
    for number, (key, row) in enumerate(placed.iterrows(), start=1):
        point = row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
        local = row["name_local"] if languages[0] in {"ar", "fa", "local"} else None
        name = one_line(local if isinstance(local, str) and local else str(row["name"]) or str(key))
        words = f"{title}: {name}" if title else name
        region = circle(point.x, point.y, radius_km * 1000.0).bounds
        shown = options | ({"map_number": f"{number} / {len(placed)}"} if "map_number" not in options else {})
        pages.append(make(frame, region=region, title=words, **shown))
    return MapSeries(tuple(pages))


def event_frames(
    events: SitesLike,
    *,
    by: Literal["day", "month", "year"] = "month",
    seconds: float = 1.0,
    date_column: str = "date",
    cell_km: float | None = None,
    region: tuple[float, float, float, float] | None = None,
    subtitle: str | None = None,
    **options: Any,
) -> MapSeries:
    """
    One event map for each day, month or year, all of one region and with the same classes of counts.

    A period without events has its frame too: that nothing is on record is part of the series.

    Parameters
    ----------
    events
        Points with a CRS and dates, one row an event; rows without a date are told of on every frame.
    by
        Length of a period.
    seconds
        How long a frame stands in a GIF or MP4.
    date_column, cell_km, region
        As in `event_map`; one region and one width of cells for all frames.
    subtitle
        Stands after the period on each frame.
    **options
        Passed on to `event_map`.

    Returns
    -------
    MapSeries
        With `.figures`, `.save(path)` and `.check()`.

    Raises
    ------
    InputError
        No event has a date and a place, an unknown period, or more frames than 200.
    """
    if by not in _PERIODS:
        msg = f"by={by!r}: expected {', '.join(_PERIODS)}"
        raise InputError(msg)
    frame = as_features(events, what="events")
    if date_column not in frame:
        msg = f"events have no column {date_column!r}; a series needs dates: name their column with date_column="
        raise InputError(msg)
    when = pd.to_datetime(frame[date_column], errors="coerce", format="ISO8601")
    when = when.dt.tz_localize(None) if isinstance(when.dtype, pd.DatetimeTZDtype) else when
    period = when.dt.to_period(_PERIODS[by])
    placed = ~(frame.geometry.isna() | frame.geometry.is_empty)
    usable = placed & period.notna()
    dated, own = frame[usable], period[usable]  # by place in the table: labels may come twice
    if not len(dated):
        msg = "no event has both a date and a place, so there is nothing to show in a series"
        raise InputError(msg)
    steps = pd.period_range(own.min(), own.max(), freq=_PERIODS[by])
    if len(steps) > _MOST_PAGES:
        msg = f"{len(steps)} frames, more than {_MOST_PAGES}; take a longer period than by={by!r}, or fewer events"
        raise InputError(msg)
    if region is None:
        region = region_for(tuple(float(b) for b in dated.total_bounds), margin=0.05)  # type: ignore[arg-type]
    undated = int((placed & period.isna()).sum())
    notes = [*options.pop("notes", ()), *([f"{undated:,} events without a date are on no frame."] if undated else [])]
    groups = {step: dated[(own == step).to_numpy()] for step in steps}
    most = most_in_a_cell(groups.values(), region, cell_km=cell_km, size=options.get("size", "a4-landscape"))
    figures = []
    for step, group in groups.items():
        words = f"{step}: {len(group):,} event{'s' if len(group) != 1 else ''}"
        figures.append(
            event_map(
                group.drop(columns=date_column), region=region, cell_km=cell_km, subtitle=f"{words}. {subtitle}" if subtitle else words,
                most=most, notes=notes, **{"date": str(step), **options},
            )
        )  # fmt: skip
    return MapSeries(tuple(figures), seconds)


def _pixels(figures: Sequence[MapFigure], dpi: int) -> list[np.ndarray]:
    """Every frame as pixels, all of one size, with an even number of rows and columns as video wants them."""
    frames = [rendered(figure, dpi) for figure in figures]
    rows, columns = (min(frame.shape[axis] for frame in frames) // 2 * 2 for axis in (0, 1))
    return [np.ascontiguousarray(frame[:rows, :columns]) for frame in frames]


def _gif(figures: Sequence[MapFigure], dpi: int, seconds: float) -> bytes:
    """An animated GIF that repeats, each frame on its own palette."""
    images = [Image.fromarray(frame).quantize(255, dither=Image.Dither.NONE) for frame in _pixels(figures, dpi)]
    stream = io.BytesIO()
    images[0].save(
        stream, format="GIF", save_all=True, append_images=images[1:], duration=round(seconds * 1000.0), loop=0, disposal=1,
        comment=f"{figures[0].title}. geoops".encode(),
    )  # fmt: skip
    return stream.getvalue()


def _mp4(figures: Sequence[MapFigure], dpi: int, seconds: float) -> bytes:
    """H.264 that every player opens: a frame of the series is one of the video's, held for its seconds."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        msg = "MP4 needs imageio-ffmpeg; install geoops[video], or save the frames as .gif or .png"
        raise MissingExtraError(msg) from error
    frames = _pixels(figures, dpi)
    rows, columns, _ = frames[0].shape
    with tempfile.TemporaryDirectory(prefix="geoops-video-") as folder:
        path = Path(folder) / "frames.mp4"
        writer = imageio_ffmpeg.write_frames(
            path, (columns, rows), fps=1.0 / seconds, codec="libx264", macro_block_size=2, output_params=["-bitexact", "-threads", "1"],
        )  # fmt: skip
        writer.send(None)
        for frame in frames:
            writer.send(frame)
        writer.close()
        return path.read_bytes()
