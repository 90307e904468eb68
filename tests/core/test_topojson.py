"""TopoJSON has no CRS in its specification: it is read as degrees, and refused where it cannot be degrees."""

from __future__ import annotations

import json

import pytest

from geoops.core.errors import CrsError
from geoops.core.reading import read_vector


def topology(*places):
    """A topology of points by hand."""
    members = [
        {"type": "Point", "coordinates": list(place), "properties": {"name": f"n{place[0]}"}} for place in places
    ]
    return json.dumps(
        {"type": "Topology", "arcs": [], "objects": {"a": {"type": "GeometryCollection", "geometries": members}}}
    )


@pytest.mark.parametrize("ending", ["topojson", "json"])
def test_topojson_is_read_as_degrees(ending, tmp_path):
    path = tmp_path / f"places.{ending}"
    path.write_text(topology((44.39, 35.47), (-10.0, -20.0)), encoding="utf-8")
    frame = read_vector(path)
    assert frame.crs == 4326
    assert frame.geometry.x.tolist() == [44.39, -10.0]
    assert frame.geometry.y.tolist() == [35.47, -20.0]


def test_topojson_of_a_plane_is_refused(tmp_path):
    path = tmp_path / "albers.topojson"
    path.write_text(topology((44.39, 35.47), (609.5, 310.0)), encoding="utf-8")
    with pytest.raises(CrsError, match="no degrees"):
        read_vector(path)
