"""A made-up corner of Sudan as files in the forms in which they are really handed out, for building a region."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import osmium
import rasterio
from osmium.osm import mutable

REGION = (34.0, 13.0, 37.0, 16.0)
"""Eastern Sudan with a strip of Eritrea and Ethiopia."""

ROAD = [(34.2, 13.4), (34.9, 14.0), (35.6, 14.6), (36.0, 15.1), (36.4, 15.45)]
STATES = {
    "SD11": ("Kasala", "كسلا", (35.0, 14.2, 36.4, 17.0)),
    "SD12": ("Gedaref", "القضارف", (33.6, 12.7, 36.2, 14.2)),
}


def write_osm(path: Path, *, head: str | None = "2025-05-01T20:21:00Z", name: str = "Wad Sharifa") -> Path:
    """An extract: roads, a bridge, places, a border post, a power station, a hospital, a lake."""
    header = osmium.io.Header()
    if head:
        header.set("osmosis_replication_timestamp", head)
    header.set("sorting", "Type_then_ID")
    about = {"version": 1, "timestamp": "2024-03-01T00:00:00Z", "changeset": 1, "uid": 1, "user": "m"}
    points = [
        ((36.38, 15.40), {"place": "town", "name": "ود شريفة", "name:ar": "ود شريفة", "name:en": name}),
        ((36.55, 15.30), {"barrier": "border_control", "name": "Al Laffa"}),
        ((35.95, 15.00), {"amenity": "hospital", "name": "Halfa Hospital"}),
    ]
    ring = [(35.10, 14.30), (35.20, 14.30), (35.20, 14.40), (35.10, 14.40)]
    plant = [(35.88, 14.27), (35.89, 14.27), (35.89, 14.28), (35.88, 14.28)]
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        every = [*[p for p, _ in points], *ROAD, (35.2, 14.9), (36.0, 15.11), *ring, *plant]
        tags_of = {i + 1: tags for i, (_, tags) in enumerate(points)}
        for number, place in enumerate(every, start=1):
            writer.add_node(mutable.Node(id=number, location=place, tags=tags_of.get(number, {}), **about))
        first = len(points) + 1
        n = len(ROAD)
        ways = [
            (list(range(first, first + n)), {"highway": "primary", "name": "Kassala Road", "surface": "asphalt"}),
            ([first + 2, first + n], {"highway": "track"}),
            ([first + 3, first + n + 1], {"highway": "primary", "bridge": "yes", "name": "Butana Bridge"}),
            ([*range(first + n + 2, first + n + 6), first + n + 2], {"natural": "water", "name": "Khashm Lake"}),
            ([*range(first + n + 6, first + n + 10), first + n + 6], {"power": "plant", "name": "Girba Plant",
              "plant:output:electricity": "17 MW", "plant:source": "hydro"}),
        ]  # fmt: skip
        for number, (refs, tags) in enumerate(ways, start=100):
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags, **about))
    return path


def write_dem(path: Path, *, cell: float = 0.01) -> Path:
    """Heights that rise to the east: 400 m + 100 m a degree."""
    west, south, east, north = REGION
    columns, rows = round((east - west) / cell), round((north - south) / cell)
    lon = west + (np.arange(columns) + 0.5) * cell
    values = np.tile(400.0 + 100.0 * (lon - west), (rows, 1)).round().astype("int16")
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="int16", crs="EPSG:4326",
        transform=rasterio.transform.from_origin(west, north, cell, cell), nodata=-32768,
    ) as target:  # fmt: skip
        target.write(values, 1)
    return path


def geonames_row(number: int, name: str, others: str, lat: float, lon: float, code: str, people: int = 0) -> str:
    """One line of a GeoNames country file."""
    group, feature = code.split(".")
    cells = [str(number), name, name, others, str(lat), str(lon), group, feature, "SD", "", "11", "", "", "",
             str(people), "", "500", "Africa/Khartoum", "2024-11-03"]  # fmt: skip
    return "\t".join(cells)


def write_geonames(path: Path) -> Path:
    """SD.zip: three towns, a range and a state."""
    rows = [
        geonames_row(1, "Umm Testa", "Am Testa,أم تستا", 14.55, 35.5, "P.PPL", 1200),
        geonames_row(2, "Kassala", "Kasala,كسلا", 15.45, 36.4, "P.PPLA", 401477),
        geonames_row(3, "Shuwak Junction", "", 14.4, 35.85, "P.PPL", 300),
        geonames_row(4, "Jibal Testa", "", 15.6, 36.6, "T.MTS"),
        geonames_row(5, "Kasala", "", 15.4, 35.9, "A.ADM1"),
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("SD.txt", "\n".join(rows) + "\n")
    return path


def write_states(path: Path) -> Path:
    """The two states as a COD-AB file, one ring of it crossing itself."""
    features = []
    for code, (name, local, (west, south, east, north)) in STATES.items():
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        if code == "SD12":  # a bow tie at the corner
            ring = [[west, south], [east, south], [east, north], [west + 0.2, north], [west, north - 0.2], [west + 0.2, north - 0.2], [west, north], [west, south]]  # fmt: skip
        features.append({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                         "properties": {"ADM1_EN": name, "ADM1_AR": local, "ADM1_PCODE": code, "ADM0_EN": "Sudan",
                                        "ADM0_PCODE": "SD", "validOn": "2023-05-01"}})  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_areas(path: Path, **columns: object) -> Path:
    """An area of the user's own, with whatever columns."""
    ring = [[35.0, 14.0], [35.6, 14.0], [35.6, 14.6], [35.0, 14.6], [35.0, 14.0]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
               "properties": {"name": "Flood", **columns}}  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path
