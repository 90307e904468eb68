"""What one report wants: title, date, sites, layers, analyses, figures, outputs.

A brief is TOML that a non-programmer can write. Here stand its parts as frozen models, each field with the words that
error messages, the JSON Schema and `geoops new` show. Reading a file and judging it is `briefing.py`; doing what it
says is `bundle.py`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from geoops.core.geodesy import check_region

__all__ = [
    "FIGURE_KINDS",
    "Brief",
    "Citation",
    "Corridors",
    "Figure",
    "Output",
    "Pair",
    "Proximity",
    "Site",
    "brief_schema",
]

FigureKind = Literal["sites", "proximity", "corridor"]
FIGURE_KINDS: tuple[str, ...] = ("sites", "proximity", "corridor")
Format = Literal["png", "svg", "pdf", "webp", "tif", "gpkg"]
ReportFormat = Literal["md", "html", "docx", "pptx", "pdf"]
TableFormat = Literal["csv", "xlsx", "gpkg", "geojson", "kml"]
Mode = Literal["vehicle", "vehicle_offroad", "foot", "mixed"]
MODES: tuple[Mode, ...] = ("vehicle", "vehicle_offroad", "mixed", "foot")


def _iso_date(value: Any) -> Any:
    """A TOML date or its ISO text; a time of day is refused, as a figure carries none."""
    if isinstance(value, datetime) or (isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        msg = "expected a day such as 2025-06-30"
        raise ValueError(msg)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            msg = "expected a day that exists, such as 2025-06-30"
            raise ValueError(msg) from error
    if not isinstance(value, date):
        msg = "expected a day such as 2025-06-30"
        raise ValueError(msg)  # noqa: TRY004  pydantic gathers ValueErrors
    return value


def _region(value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Four numbers that are a region."""
    return check_region(value)


def _file_stem(value: str) -> str:
    """A name that is a safe file name as it stands."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", value):
        msg = "expected a file name's stem of lower-case letters, digits, - and _, at most 60 characters"
        raise ValueError(msg)
    return value


def _position(value: tuple[float, float]) -> tuple[float, float]:
    """Longitude and latitude in range, with a word on swapped axes."""
    lon, lat = value
    if abs(lon) > 180.0 or abs(lat) > 90.0:
        swapped = "; longitude comes first" if abs(lat) > 90.0 >= abs(lon) else ""
        msg = f"expected [longitude, latitude] within ±180 and ±90 degrees{swapped}"
        raise ValueError(msg)
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
LongText = Annotated[str, Field(max_length=20_000)]
Day = Annotated[date, BeforeValidator(_iso_date)]
RegionField = Annotated[tuple[Number, Number, Number, Number], AfterValidator(_region)]
Position = Annotated[tuple[Number, Number], AfterValidator(_position)]
Stem = Annotated[str, AfterValidator(_file_stem)]


class _Part(BaseModel):
    """Frozen, and a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Citation(_Part):
    """A published source that sites and notes refer to by its `id`."""

    id: Text = Field(description="a short name to refer to it by, such as san-2025")
    title: Text = Field(description="title of the publication")
    publisher: str = Field(default="", max_length=500, description="who published it")
    date: Day | None = Field(default=None, description="the day it was published, such as 2025-06-30")
    link: str = Field(default="", max_length=2000, pattern=r"^(https?://\S+)?$", description="its address, https://...")
    text: str = Field(default="", max_length=2000, description="the words that are cited, as they stand in the source")
    note: str = Field(default="", max_length=2000, description="anything a reader of the list should know")


class Site(_Part):
    """A place to map, by the name that the report gives it."""

    name: Text = Field(description="the place's name, in any spelling")
    label: str = Field(
        default="", max_length=200, description="what the figures call it, where that differs from the name"
    )
    note: str = Field(default="", max_length=2000, description="why it is named")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="ISO code of its country, two capitals such as SY"
    )
    kind: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]{0,5}|[a-z][a-z ]{2,30})$")] | None = Field(
        default=None,
        description="GeoNames feature code such as PPL (town), MTS (range), CMP (camp), or a word such as city, river, camp",
    )
    near: Position | None = Field(
        default=None, description="[longitude, latitude] that it lies near, to tell namesakes apart"
    )
    at: Position | None = Field(default=None, description="[longitude, latitude], for a place that no gazetteer has")
    uncertainty_km: Positive | None = Field(
        default=None, description="radius in km that surely holds it; goes with `at`"
    )
    cites: tuple[Text, ...] = Field(default=(), description="ids of [[citations]]")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        """`sites = ["Kirkuk"]` is short for a table with a name."""
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _doubt_is_stated(self) -> Site:
        """A position given by hand says how sure it is."""
        if (self.at is None) != (self.uncertainty_km is None):
            msg = "`at` and `uncertainty_km` go together: a position says how surely it is known"
            raise ValueError(msg)
        return self

    @property
    def shown(self) -> str:
        """What the figures call it."""
        return self.label or self.name


class Proximity(_Part):
    """Distances from every site to the nearest features of each theme."""

    themes: tuple[Text, ...] = Field(min_length=1, description="layers to measure to")
    rings_km: tuple[Positive, ...] = Field(
        default=(25.0, 50.0, 100.0), description="radii of the rings in km, such as [25, 50]"
    )
    k: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        default=1, description="how many nearest features of each theme"
    )
    max_km: Positive | None = Field(default=None, description="nothing farther than this counts as near")


class Pair(_Part):
    """A journey to model."""

    origin: Text = Field(alias="from", description="name of the site it starts from")
    destination: Text = Field(alias="to", description="name of the site it leads to")
    ends: Literal["area", "middle"] = Field(
        default="area", description="an area is started from all over, or from its middle"
    )
    modes: tuple[Mode, ...] | None = Field(
        default=None, min_length=1, description='of "vehicle", "vehicle_offroad", "foot", "mixed"'
    )
    draws: Annotated[int, Field(strict=True, ge=2, le=1000)] | None = Field(
        default=None, description="draws of the uncertain speeds, for how surely each place lies in the corridor"
    )


class Corridors(_Part):
    """Journeys between sites: fastest routes, and everywhere that is hardly slower."""

    pairs: tuple[Pair, ...] = Field(min_length=1, description="a list of { from, to, modes }")
    modes: tuple[Mode, ...] = Field(default=("vehicle",), min_length=1, description="modes of pairs that state none")
    slack: Annotated[float, Field(strict=True, gt=0, le=1)] = Field(
        default=0.20, description="how much longer than the fastest still counts: 0.20 is a fifth"
    )
    crossings: Literal["any", "open", "anywhere"] = Field(
        default="any", description="border passed at any listed crossing, at open ones, or anywhere"
    )
    cell_deg: Annotated[float, Field(strict=True, gt=0.0005, le=1)] | None = Field(
        default=None, description="cell of the grid in degrees"
    )
    speeds: dict[str, float | tuple[float, float, float]] = Field(
        default_factory=dict, description="changes to the table of speeds, km/h: one number or [low, best, high]"
    )
    pinch_points: Annotated[int, Field(strict=True, ge=0, le=50)] = Field(
        default=0, description="narrow places a journey, besides its bridges and crossings, that are closed in turn"
    )


class Note(_Part):
    """An author's remark on a figure."""

    kind: Literal["callout", "arrow", "number", "bracket", "area"] = Field(description="how it is drawn")
    text: Text = Field(description="what it says")
    at: Position | None = Field(
        default=None, description="[longitude, latitude]; of an arrow or a bracket where it begins"
    )
    to: Position | None = Field(default=None, description="arrow, bracket: [longitude, latitude] where it ends")
    area: tuple[Position, ...] | None = Field(
        default=None, min_length=3, description="area: its corners, each [longitude, latitude]"
    )
    date: str = Field(default="", max_length=100, description="area: the date for which it holds")
    source: str = Field(default="", max_length=500, description="area: who says so")

    @model_validator(mode="after")
    def _whole(self) -> Note:
        """Each kind has what it needs."""
        needed = {"arrow": ("at", "to"), "bracket": ("at", "to"), "area": ("area", "date", "source")}
        lacks = [name for name in needed.get(self.kind, ("at",)) if not getattr(self, name)]
        if lacks:
            msg = f"a note of kind {self.kind!r} needs {' and '.join(lacks)}"
            raise ValueError(msg)
        return self


class Figure(_Part):
    """One figure, saved in each of its formats under its name."""

    kind: FigureKind = Field(description="what it shows")
    name: Stem = Field(description="its file name without the ending")
    title: Text | None = Field(default=None, description="its title; the brief's by default")
    subtitle: str | None = Field(
        default=None, max_length=500, description="one line under it; written from the data by default"
    )
    sites: tuple[Text, ...] | None = Field(default=None, min_length=1, description="only these sites; all by default")
    layers: tuple[Text, ...] | None = Field(default=None, description="layers to draw; the brief's by default")
    themes: tuple[Text, ...] | None = Field(
        default=None, min_length=1, description="proximity: only these of its themes"
    )
    layout: Literal["auto", "panels", "map"] = Field(
        default="auto", description="proximity: one panel a site, or all sites on one map"
    )
    mode: Mode = Field(default="vehicle", description="corridor: the mode of travel")
    pairs: tuple[Pair, ...] | None = Field(default=None, min_length=1, description="corridor: only these pairs")
    policies: tuple[Literal["any", "open", "anywhere"], ...] | None = Field(
        default=None, min_length=2, max_length=3, description="corridor: a panel for each policy of passing borders"
    )
    region: RegionField | None = Field(
        default=None, description="[west, south, east, north]; from the sites by default"
    )
    formats: tuple[Format, ...] | None = Field(
        default=None, min_length=1, description='of "png", "svg", "pdf", "webp", "tif", "gpkg"'
    )
    size: Text | None = Field(default=None, description='page, such as "a4-landscape"; the brief\'s by default')
    theme: Text | None = Field(
        default=None, description='look, such as "report" or "house.toml"; the brief\'s by default'
    )
    languages: tuple[Text, ...] | None = Field(default=None, min_length=1, description='such as ["en", "ar"]')
    notes: tuple[Note, ...] = Field(
        default=(), description="[[figures.notes]]: callouts, arrows, numbers, brackets, areas"
    )


class Output(_Part):
    """What the folder is to hold besides the figures."""

    formats: tuple[Format, ...] = Field(
        default=("png", "svg", "pdf"), min_length=1, description='of "png", "svg", "pdf", "webp", "tif", "gpkg"'
    )
    tables: bool = Field(default=True, strict=True, description="tables, in the formats of table_formats")
    table_formats: tuple[TableFormat, ...] = Field(
        default=("csv", "gpkg", "geojson", "kml"),
        min_length=1,
        description='of "csv", "xlsx", "gpkg", "geojson", "kml"; "xlsx" needs the extra geoops[report]',
    )
    project: bool = Field(
        default=True, strict=True, description="map.gpkg: all that is on the figures, with a QGIS project inside"
    )
    report: tuple[ReportFormat, ...] = Field(
        default=("md", "html"),
        description='of "md", "html", "docx", "pptx", "pdf"; the last three need the extra geoops[report]',
    )
    web: bool = Field(default=True, strict=True, description="one interactive page that opens offline")
    documents: bool = Field(default=True, strict=True, description="captions and a methods note")


class Brief(_Part):
    """
    What one report wants.

    Read one with `read_brief`, or make one from keyword arguments. Everything on a figure comes from here or from the
    layers, never from the clock. The fields say in their descriptions what they take; `brief_schema()` gives them all.
    """

    title: Text = Field(description="title of the report and of its figures")
    date: Day = Field(description="as-at date that figures carry, such as 2025-06-30")
    sites: tuple[Site, ...] = Field(min_length=1, description="[[sites]], each with a name")
    summary: LongText = Field(default="", description="one sentence or a paragraph")
    author: str = Field(default="", max_length=500, description="who wrote the report")
    producer: str = Field(default="", max_length=500, description="who made the figures; shown in the margin")
    version: str = Field(default="1", max_length=40, description='version of the figures, such as "1"')
    map_number: str = Field(default="", max_length=40, description="number series of the figures")
    region: RegionField | None = Field(
        default=None, description="[west, south, east, north]; from the sites by default"
    )
    catalog: str | None = Field(default=None, max_length=1000, description="path of another catalogue of layers")
    gazetteer: str | None = Field(
        default=None, max_length=1000, description="path of a gazetteer of one's own (geoops gazetteer build)"
    )
    worldview: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}|neutral)$")] | None = Field(
        default=None,
        description='whose view of borders: two letters of a country, or "neutral"; the catalogue\'s own by default',
    )
    layers: tuple[Text, ...] | None = Field(default=None, description="layers to draw on the figures")
    size: Text = Field(default="a4-landscape", description='page, such as "a4-landscape"')
    theme: Text = Field(default="report", description='look, such as "report", or a TOML file with one\'s own')
    languages: tuple[Text, ...] = Field(default=("en", "ar"), min_length=1, description='such as ["en", "ar"]')
    citations: tuple[Citation, ...] = Field(default=(), description="[[citations]], each with id and title")
    proximity: Proximity | None = Field(default=None, description="a [proximity] table")
    corridors: Corridors | None = Field(default=None, description="a [corridors] table")
    figures: tuple[Figure, ...] | None = Field(
        default=None, description="[[figures]]; one of each kind asked for by default"
    )
    output: Output = Field(default=Output(), description="an [output] table")

    _folder: Path = PrivateAttr(default=Path())
    _source: Path | None = PrivateAttr(default=None)
    _origin: dict[str, Any] | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """Where relative paths in the brief start: the folder of its file."""
        return self._folder

    @property
    def source(self) -> Path | None:
        """The file that it was read from."""
        return self._source

    @property
    def origin(self) -> dict[str, Any] | None:
        """Name, checksum and size of the file that it was read from, for the manifest."""
        if self._origin is not None or self._source is None or not self._source.is_file():
            return self._origin
        data = self._source.read_bytes()
        return {"name": self._source.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def path_of(self, name: str) -> str:
        """A layer's name as it is, a layer's file as a path from here."""
        file = self._folder / name
        return str(file) if Path(name).suffix and file.is_file() else name

    def wanted_figures(self) -> tuple[Figure, ...]:
        """The figures asked for, or by default one of each kind that there is something to show of."""
        if self.figures is not None:
            return self.figures
        figures = [Figure(kind="sites", name="sites")]
        if self.proximity is not None:
            figures.append(Figure(kind="proximity", name="proximity"))
        if self.corridors is not None:
            figures += [
                Figure(kind="corridor", name=f"corridors-{mode.replace('_', '-')}", mode=mode)
                for mode in MODES
                if any(mode in (pair.modes or self.corridors.modes) for pair in self.corridors.pairs)
            ]
        return tuple(figures)


def brief_schema() -> dict[str, Any]:
    """
    The JSON Schema of a brief, for editors that complete and check TOML.

    Returns
    -------
    dict
        Draft 2020-12, with every key's description.

    Examples
    --------
    >>> sorted(brief_schema()["required"])
    ['date', 'sites', 'title']
    """
    schema = Brief.model_json_schema(by_alias=True)
    sites = schema["properties"]["sites"]
    sites["items"] = {"anyOf": [{"type": "string", "description": "the site's name"}, sites["items"]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
