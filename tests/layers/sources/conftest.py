"""What the loaders' tests share: a small world of countries, and a PostGIS server of their own."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoops.core.schema import check_layer

sys.path.append(str(Path(__file__).resolve().parents[2]))
from postgis_server import NoServerError, server

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference"


@pytest.fixture(scope="session")
def lands():
    """Four countries as boxes; none is its own mirror image."""
    return gpd.GeoDataFrame(
        {"country": ["SY", "IQ", "TR", "IR"]},
        geometry=[
            shapely.box(36, 32, 42, 37.2),
            shapely.box(42, 29, 48.6, 37.2),
            shapely.box(26, 37.2, 45, 42),
            shapely.box(48.6, 25, 63, 40),
        ],
        crs=4326,
    )


@pytest.fixture
def reference():
    """The folder of independent reference files, where it is."""
    if not REFERENCE.is_dir():
        pytest.skip("the reference files are not here")
    return REFERENCE


@pytest.fixture
def conforms():
    """A check that a layer keeps the contract, and its provenance in every row."""

    def check(layer, *, rows=None):
        check_layer(layer)
        for column in ("id", "source", "source_date", "licence", "geometry_quality"):
            assert layer[column].notna().all(), column
        assert (layer["uncertainty_m"] > 0).all()
        entry = layer.attrs["layer"]
        for key in ("name", "title", "geometry", "source", "date", "licence", "attribution", "publish", "region"):
            assert entry[key] not in (None, "", []), key
        assert entry["count"] == len(layer)
        if rows is not None:
            assert len(layer) == rows
        return layer

    return check


@pytest.fixture(scope="session")
def postgis():
    """The address of a PostGIS server of this session alone, on a private socket."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("geoalchemy2", reason="GeoAlchemy2 is not installed")
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(server())
        except NoServerError as error:
            pytest.skip(str(error))
        told = dict(part.split("=", 1) for part in address.split())
        yield f"postgresql://{told['user']}@/{told['dbname']}?host={told['host']}"


class OsmData:
    """Elements of OpenStreetMap, written as an extract and told as an Overpass server tells them."""

    def __init__(self) -> None:
        self.nodes, self.ways, self.relations = {}, {}, {}

    def node(self, number, lon, lat, **tags):
        self.nodes[number] = ((lon, lat), _tags(tags))
        return number

    def way(self, number, places, **tags):
        """A way through nodes that are there (numbers), or new ones (pairs, numbered from 100 times the way's number)."""
        refs = []
        for position, place in enumerate(places):
            closes = isinstance(place, tuple) and position == len(places) - 1 and place == places[0]
            refs.append(
                refs[0] if closes else place if isinstance(place, int) else self.node(number * 100 + position, *place)
            )
        self.ways[number] = (refs, _tags(tags))
        return number

    def relation(self, number, members, **tags):
        self.relations[number] = (members, _tags(tags))
        return number

    def write(self, path, *, date="2025-05-01T20:21:00Z", without=(), twice=(), backwards=False):
        """Write an extract, without some elements (`"n1"`), with some twice, or in falling order of ids."""
        import osmium
        from osmium.osm import mutable

        head = osmium.io.Header()
        if date:
            head.set("osmosis_replication_timestamp", date)
        with osmium.SimpleWriter(str(path), header=head, overwrite=True) as writer:
            for letter, kept in (("n", self.nodes), ("w", self.ways), ("r", self.relations)):
                for number in sorted(kept, reverse=backwards):
                    if f"{letter}{number}" in without:
                        continue
                    for _ in range(1 + (f"{letter}{number}" in twice)):
                        first, tags = kept[number]
                        if letter == "n":
                            writer.add_node(mutable.Node(id=number, location=first, tags=tags))
                        elif letter == "w":
                            writer.add_way(mutable.Way(id=number, nodes=first, tags=tags))
                        else:
                            writer.add_relation(mutable.Relation(id=number, members=first, tags=tags))
        return path

    def told(self, elements=None):
        """What Overpass says of the tagged elements to `out geom`, by its documentation."""
        at = {n: {"lat": place[1], "lon": place[0]} for n, (place, _) in self.nodes.items()}
        of_way = {w: [at[n] for n in refs] for w, (refs, _) in self.ways.items()}
        said = [{"type": "node", "id": n, **at[n], "tags": tags} for n, (_, tags) in self.nodes.items() if tags]
        said += [
            {"type": "way", "id": w, "nodes": refs, "geometry": of_way[w], "tags": tags}
            for w, (refs, tags) in self.ways.items()
            if tags
        ]
        for number, (members, tags) in self.relations.items():
            listed = [{"type": "way", "ref": ref, "role": role, "geometry": of_way[ref]} for _, ref, role in members]
            said.append({"type": "relation", "id": number, "members": listed, "tags": tags})
        return [e for e in said if elements is None or f"{e['type']}/{e['id']}" in elements]


def _tags(tags):
    """Keywords as tags: `name__ar` is `name:ar`."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


@pytest.fixture
def osm():
    """OpenStreetMap data to be filled by a test."""
    pytest.importorskip("osmium", reason="osmium is not installed")
    return OsmData()
