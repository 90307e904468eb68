"""A border is a line between countries: not one between governorates, and one that is not agreed says so in its name."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import geoops as go


def lines():
    """Meridians one degree apart, east of a site at 40° E: the nearer ones are no borders."""
    rows = [
        ("Here - There", 1, "admin-1"), ("Zone", 0, "zone limit"), ("A - B", 0, "line of control"), ("A - C", 0, "international"),
        ("Claim", 0, "disputed"),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"name": [r[0] for r in rows], "level": [r[1] for r in rows], "status": [r[2] for r in rows]},
        geometry=[shapely.LineString([(41.0 + i, 34.0), (41.0 + i, 36.0)]) for i in range(len(rows))],
        crs="EPSG:4326", index=[10, 11, 12, 13, 14],
    )  # fmt: skip
    frame.attrs["layer"] = {"name": "boundaries"}
    return frame


SITE = [(40.0, 35.0)]


def test_the_nearest_border_is_the_nearest_line_between_countries_with_its_status():
    table = go.nearest(SITE, lines(), k=5)
    assert table["feature_name"].tolist() == ["A - B (line of control)", "A - C", "Claim (disputed)"]
    assert table["feature"].tolist() == [12, 13, 14]
    assert table["distance_km"].iloc[0] == pytest.approx(3 * 91.3, rel=0.01)  # a degree at 35° N is 91.3 km


def test_rings_and_surfaces_count_the_same_borders():
    assert go.within(SITE, lines(), [100, 200, 300])["count"].tolist() == [0, 0, 1]
    surface = go.distance_surface(lines(), region=(39.9, 34.9, 40.1, 35.1), cell_deg=0.1)
    assert float(surface.min()) > 250_000.0


def test_lines_chosen_by_the_caller_and_other_layers_stay_as_they_are():
    divisions = lines()[lines()["level"] == 1]
    divisions.attrs = dict(lines().attrs)
    assert go.nearest(SITE, divisions)["feature_name"].tolist() == ["Here - There"]
    other = lines()
    other.attrs["layer"] = {"name": "fences"}
    assert go.nearest(SITE, other)["feature_name"].tolist() == ["Here - There"]
    assert other["name"].tolist()[2] == "A - B"


def test_by_name_the_embedded_layer_gives_a_border_and_not_the_governorate_line_that_is_nearer():
    site = go.geocode(["Deir al-Zor"])
    (row,) = go.nearest(site, "boundaries").to_dict("records")
    every = go.layer("boundaries", region=(38.0, 33.0, 43.0, 37.5))
    divisions = every[every["level"] == 1]
    divisions.attrs = dict(every.attrs)
    assert row["feature_name"].replace(" - ", "–") == "Iraq–Syria"  # the dash comes with the next build of the layers
    assert go.nearest(site, divisions)["distance_km"].iloc[0] < row["distance_km"]
