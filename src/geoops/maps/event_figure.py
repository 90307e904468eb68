"""The event map: dated points, counted in hexagons of one size on the ground, with a bar a month beside the map.

Points are never drawn one by one: a count in a cell says what is known, and a million rows take a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import Region
from geoops.core.publication import refuse_unpublished
from geoops.core.schema import SitesLike, as_features
from geoops.maps.basedata import Reader
from geoops.maps.canvas import Panel, region_for
from geoops.maps.compose import (
    LayersArgument,
    concerned_countries,
    draw_layers,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.figures import describe
from geoops.maps.lettering import advance, draw_text
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.margin import sheet_transform
from geoops.maps.options import Margin, Options
from geoops.maps.settings import drawing
from geoops.maps.sitenames import label_sites
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import Size, TextStyle, Theme

__all__ = ["event_map"]

_CELLS_KM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_MOST_MONTHS = 96
_MONTHS = (  # as the calendar module has them only where the machine's language is English
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@drawing()
def event_map(
    events: SitesLike,
    *,
    sites: SitesLike | None = None,
    cell_km: float | None = None,
    most: int | None = None,
    date_column: str = "date",
    title: str | None = None,
    subtitle: str | None = None,
    date: str | None = None,
    layers: LayersArgument = (),
    region: Region | None = None,
    theme: str | Theme = "report",
    size: str | Size = "a4-landscape",
    languages: tuple[str, ...] = ("en",),
    **margin: Unpack[Margin],
) -> MapFigure:
    """
    Map dated points as counts in hexagons, with a bar a month where dates are given.

    Parameters
    ----------
    events
        Points with a CRS, one row an event. Rows without a place are counted in the margin and not drawn.
    sites
        Places to name, as in `sites_map`.
    cell_km
        Width of a hexagon in kilometres; a round number of about 3 mm on the sheet by default.
    most
        Most events in a cell for which classes are made, where several figures are to have the same ones; the most on this map by
        default.
    date_column
        Column of dates, datetimes or ISO 8601 texts, where there is one.
    title, subtitle, date, layers, region, theme, size, languages
        As in `sites_map`; no layers by default.
    **margin
        See `Margin`.

    Returns
    -------
    MapFigure
        With `.fig`, `.ax`, `.save(path)`, `.check()` and `.manifest`.

    Raises
    ------
    InputError
        No event has a place and no region is given; a cell that is not positive.
    """
    refuse_unpublished(events, "events")
    frame = as_features(events, what="events")
    options = Options(title, subtitle, date, theme, size, languages, **margin)
    named = ready_sites([] if sites is None else sites, languages=options.languages) if sites is not None else None
    known = ~(frame.geometry.isna() | frame.geometry.is_empty)
    placed = frame[known]
    lonlat = _middles(placed)
    if region is None:
        if not len(placed):
            msg = "no event has a place, so there is no region to show; give region=(west, south, east, north)"
            raise InputError(msg)
        west, south = lonlat.min(axis=0)
        east, north = lonlat.max(axis=0)
        region = region_for((float(west), float(south), float(east), float(north)), margin=0.05)
    if cell_km is not None and not cell_km > 0:
        msg = f"cell_km={cell_km}: the width of a hexagon must be above 0 km"
        raise InputError(msg)
    given, names, asked = split_layers(layers, ())
    figure = MapFigure("event", options, Reader(given, options.catalog, options.worldview))
    months = _months(placed, date_column)
    beside = months is not None and not figure.size.stacked and figure.size.width_mm >= 170
    figure.side_mm = 52.0 * figure.factor if beside else 0.0
    figure.locator_beside = beside
    words = f"{len(placed):,} event{'s' if len(placed) != 1 else ''}"
    head = figure.head(options.title or words, options.subtitle or _summary(months, options.languages[0]))
    rect = figure.frame_mm(head)
    sheet = figure.add_panel(rect, region)
    points = sheet.panel.points(lonlat[:, 0], lonlat[:, 1]) if len(lonlat) else np.zeros((0, 2))
    inside = sheet.panel.inside(points) if len(points) else np.zeros(0, dtype=bool)
    width_km = cell_km or _cell_for(sheet.panel)
    _draw_cells(figure, sheet, points[inside], width_km, most)
    draw_layers(figure, sheet, names, asked=asked)
    marks = put_sites(figure, sheet, named) if named is not None else []
    figure.furnish(sheet, concerned_countries(sheet, marks))
    if marks:
        label_sites(figure, sheet, marks)
    figure.letter_base(sheet)
    notes = [
        f"{words} on record; {int(inside.sum()):,} on this map"
        + (f"; {int((~known).sum()):,} without a place" if (~known).any() else "")
        + "."
    ]
    if beside and months is not None:
        _bars(figure, months, rect)
    figure.keep("events", placed[inside])
    if not figure.reader.used.get("events"):
        figure.reader.note("events", frame)
    figure.finish(notes)
    figure.parameters = {
        "events": len(frame),
        "placed": len(placed),
        "on_map": int(inside.sum()),
        "cell_km": width_km,
        "layers": names,
    }
    figure.description = describe(figure, [m.name for m in marks]) + " " + notes[0]
    return figure


def _middles(frame: Any) -> NDArray[np.float64]:
    """Longitude and latitude of each row's middle, shape (n, 2)."""
    shapes = frame.geometry.to_numpy()
    if (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():  # their own middles, a million at once
        return shapely.get_coordinates(shapes)
    return shapely.get_coordinates(shapely.centroid(shapes)) if len(frame) else np.zeros((0, 2))


def _months(events: Any, column: str) -> pd.Series | None:
    """Events a month, without gaps; None where there are no dates."""
    if column not in events:
        return None
    dates = pd.to_datetime(events[column], errors="coerce", format="ISO8601").dropna()
    if not len(dates):
        return None
    counts = dates.dt.tz_localize(None).dt.to_period("M").value_counts().sort_index()
    full: pd.Series = counts.reindex(pd.period_range(counts.index[0], counts.index[-1], freq="M"), fill_value=0)
    return full


def _summary(months: pd.Series | None, language: str) -> str:
    """One sentence with the busiest month."""
    if months is None:
        return "Counts in hexagons of one size on the ground."
    first, last, busiest = (month_words(m, language) for m in (months.index[0], months.index[-1], months.idxmax()))
    return (
        f"{first} to {last}, most in {busiest} ({int(months.max()):,}). Counts in hexagons of one size on the ground."
    )


def month_words(month: Any, language: str, *, short: bool = False) -> str:
    """
    A month as a reader of English knows it; as ISO 8601 has it in other languages, whose months bear several names.

    Examples
    --------
    >>> month_words(pd.Period("2024-05"), "en", short=True), month_words(pd.Period("2024-05"), "ar")
    ('May 2024', '2024-05')
    """
    if language != "en" or not isinstance(month, pd.Period):  # a year
        return str(month)
    name = _MONTHS[month.month - 1]
    return f"{name[:3] if short else name} {month.year}"


def _cell_for(panel: Panel) -> float:
    """The round width of a hexagon in kilometres that is about 3 mm on the sheet."""
    return float(next((c for c in _CELLS_KM if c * 1000.0 / panel.metres_per_pt >= 8.0), _CELLS_KM[-1]))


def most_in_a_cell(groups: Iterable[Any], region: Region, *, cell_km: float | None, size: str | Size) -> int:
    """The most events in one cell of any group on a map of a region: about, as the title above it may move the frame a little."""
    figure = MapFigure("event", Options(size=size), Reader())
    panel = Panel(figure.fig, figure.frame_mm(12.0), region)
    width = (cell_km or _cell_for(panel)) * 1000.0 / panel.metres_per_pt
    most = 1
    for group in groups:
        at = _middles(group)
        points = panel.points(at[:, 0], at[:, 1]) if len(at) else at
        if len(points):
            most = max(most, int(hexagons(points, width)[1].max()))
    return most


def _draw_cells(
    figure: MapFigure, sheet: Sheet, points: NDArray[np.float64], width_km: float, most: int | None
) -> None:
    """Hexagons with at least one event, in classes whose bounds are round numbers."""
    if not len(points):
        return
    width_pt = width_km * 1000.0 / sheet.panel.metres_per_pt
    centres, counts = hexagons(points, width_pt)
    top = most or int(counts.max())
    bounds = [b for b in (1, 2, 6, 21, 101, 501, 2001) if b <= top]
    theme = figure.theme
    tones, edges = list(reversed(theme.bands)), list(reversed(theme.band_edges))
    while len(bounds) > len(tones):
        bounds.pop(1)
    turn = np.radians(np.arange(6) * 60.0 + 30.0)
    corner = np.column_stack([np.cos(turn), np.sin(turn)]) * width_pt / np.sqrt(3.0)
    places = np.linspace(0, len(tones) - 1, len(bounds)).round().astype(int) if len(bounds) > 1 else [1]
    for i, low in enumerate(bounds):
        last = i + 1 == len(bounds)
        high = bounds[i + 1] - 1 if not last else max(top, int(counts.max()))
        chosen = (counts >= low) & (counts <= high)
        if not chosen.any():
            continue
        tone, edge = tones[places[i]], edges[places[i]]
        artist = PolyCollection(
            list(centres[chosen][:, None, :] + corner[None]), facecolors=tone, edgecolors=edge, linewidths=0.35, alpha=0.85, zorder=1.5,
            transform=sheet.panel.ax.transFrame,
        )  # fmt: skip
        artist.set_gid(f"events-{low}")
        sheet.panel.ax.add_collection(artist, autolim=False)
        span = f"{low:,}" if high == low else f"{low:,} or more" if last and most else f"{low:,} to {high:,}"
        text = f"{span} event{'s' if high > 1 else ''} in a hexagon {width_km:g} km wide"
        figure.add_legend([LegendEntry(text, ("patch", {"face": tone, "edge": edge, "width": 0.5}), None, 10.0 + i)])


def hexagons(points: NDArray[np.float64], width: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Centres of the hexagons (upright, `width` from side to side) that hold points, and how many each holds.

    A point belongs to the nearest centre of two interleaved rectangular lattices, which make the hexagonal one.
    """
    height = width * np.sqrt(3.0)
    first = np.rint(points / [width, height])
    second = np.floor(points / [width, height]) + 0.5
    gap_first = ((points - first * [width, height]) ** 2).sum(axis=1)
    gap_second = ((points - second * [width, height]) ** 2).sum(axis=1)
    index = np.where((gap_first <= gap_second)[:, None], first, second) * 2.0
    if not len(points):
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    columns, rows = index.astype(np.int64).T
    low, span = int(rows.min()), int(np.ptp(rows)) + 1
    # One number a cell sorts many times faster than a pair.
    keys, counts = np.unique(columns * span + (rows - low), return_counts=True)
    cells = np.column_stack([keys // span, keys % span + low])
    return cells / 2.0 * [width, height], counts


def _bars(figure: MapFigure, months: pd.Series, rect: tuple[float, float, float, float]) -> None:
    """A bar a month in the margin, or a year where there are too many months."""
    if len(months) > _MOST_MONTHS:
        months = months.groupby(pd.PeriodIndex(months.index).year).sum()
        per = "year"
    else:
        per = "month"
    theme = figure.theme
    x, top, room = figure.beside(rect, 8.0)
    tall = 90.0 * figure.factor
    transform = sheet_transform(figure.fig)
    bold = TextStyle(max(7.4 * figure.factor, 5.0), theme.ink, "bold")
    small = TextStyle(max(5.8 * figure.factor, 5.0), theme.secondary)
    flush = figure.words.rtl
    draw_text(
        figure.fig, x + room if flush else x, top - bold.size_pt, figure.words(f"Events a {per}"), bold, transform=transform, gid="chart",
        align="right" if flush else "left",
    )  # fmt: skip
    base = top - bold.size_pt - 16.0 - tall
    most = float(months.max()) or 1.0
    step = room / len(months)
    bar: dict[str, Any] = {"transform": transform, "gid": "chart-bar"}
    for i, value in enumerate(months):
        at, high = (x + i * step + step * 0.1, base), tall * float(value) / most
        figure.fig.add_artist(Rectangle(at, step * 0.8, high, facecolor=theme.bands[1], edgecolor="none", **bar))
    figure.fig.add_artist(Rectangle((x, base), room, 0.0, edgecolor=theme.ink, facecolor="none", linewidth=0.6, **bar))
    peak = int(np.argmax(months.to_numpy()))
    label = f"{int(most):,}"
    middle = np.clip(x + (peak + 0.5) * step - advance(label, small) / 2.0, x, x + room - advance(label, small))
    draw_text(figure.fig, float(middle), base + tall + 2.5, label, small, transform=transform, gid="chart")
    first, last = (month_words(months.index[i], figure.options.languages[0], short=True) for i in (0, -1))
    draw_text(figure.fig, x, base - 8.5, first, small, transform=transform, gid="chart")
    if len(months) > 1:
        draw_text(figure.fig, x + room, base - 8.5, last, small, transform=transform, gid="chart", align="right")
