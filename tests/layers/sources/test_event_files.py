"""ACLED and UCDP GED: their columns, their precision codes as radii, and what may be published."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from geoops.core.errors import CoordinateError, InputError, ReadError
from geoops.layers.sources import event_files as source

ACLED = pd.DataFrame(
    {
        "event_id_cnty": ["SYR1", "SYR2", "IRQ3", "IRQ4", "IRQ5"],
        "event_date": ["14 May 2025", "2025-05-15", "01 June 2025", "soon", "02 June 2025"],
        "year": [2025] * 5,
        "time_precision": [1, 1, 2, 3, 1],
        "event_type": ["Battles", "Explosions/Remote violence", "Strategic developments", "Battles", "Battles"],
        "sub_event_type": ["Armed clash", "Shelling", "Arrests", "Armed clash", "Attack"],
        "actor1": ["A", "B", "C", "D", "E"],
        "actor2": ["x", None, None, None, None],
        "iso": [760, 760, 368, 368, 368],
        "country": ["Syria", "Syria", "Iraq", "Iraq", "Iraq"],
        "admin1": ["Aleppo", "Deir ez Zor", "Kirkuk", "Kirkuk", "Ninewa"],
        "location": ["Aleppo", "Deir ez Zor", "Kirkuk - countryside", "Daquq", "Sinjar"],
        "latitude": [36.2, 35.33, 35.4, 35.1, 36.3],
        "longitude": [37.15, 40.14, 44.3, 44.4, 42.1],
        "geo_precision": [1, 2, 3, 1, 9],
        "fatalities": [3, 0, 1, 2, 0],
        "notes": ['He said:\n"yes, no"', "b", "c", "d", "e"],
    }
)
UCDP = pd.DataFrame(
    {
        "id": range(100, 108),
        "type_of_violence": [1, 2, 3, 1, 1, 1, 1, 1],
        "where_prec": [1, 2, 3, 4, 5, 6, 7, None],
        "where_coordinates": ["Mosul", "near Mosul", "Sinjar district", "Ninewa", "road", "Iraq", "sea", "Mosul"],
        "adm_1": ["Nineveh"] * 8,
        "latitude": [36.0] * 8,
        "longitude": [43.0] * 8,
        "country": ["Iraq"] * 8,
        "date_start": ["2014-06-10 00:00:00.000"] * 8,
        "date_end": ["2014-06-12 00:00:00.000"] * 8,
        "date_prec": [2] * 8,
        "best": [10] * 8, "low": [8] * 8, "high": [15] * 8,
        "side_a": ["IS"] * 8, "side_b": ["Government of Iraq"] * 8, "dyad_name": ["IS - Iraq"] * 8,
    }
)  # fmt: skip


def table(tmp_path, frame, name="events_2025-06-30.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return path


def test_acled_rows_and_their_terms(tmp_path, conforms, lands):
    layer = conforms(source.read(table(tmp_path, ACLED), countries=lands, areas={}), rows=4).set_index("id")
    one = layer.loc["acled/SYR1"]
    assert (one["date"], one["event_type"], one["fatalities"], one["country"]) == ("2025-05-14", "Battles", 3, "SY")
    assert (one["sub_event_type"], one["actor1"], one["date_precision"], one["precision"]) == ("Armed clash", "A", 1, 1)
    assert layer["uncertainty_m"].to_dict() == {
        "acled/SYR1": 5_000.0, "acled/SYR2": 25_000.0, "acled/IRQ3": 105_000.0, "acled/IRQ5": 105_000.0}  # fmt: skip
    entry = layer.attrs["layer"]
    assert entry["publish"] is False
    assert "terms of use" in entry["why_not_published"]
    assert entry["date"] == "2025-06-30"
    assert layer.attrs["dropped"] == [{"row": 4, "id": "acled/IRQ4", "reason": "no date that can be read"}]
    assert "notes" not in layer  # people's stories are not carried along


def test_where_prec_is_the_documented_meaning(tmp_path, conforms, lands):
    layer = conforms(
        source.read(table(tmp_path, UCDP, "GEDEvent_v24_1.csv"), countries=lands, areas={}), rows=8
    ).set_index("id")
    radius = layer["uncertainty_m"].to_dict()
    assert radius["ucdp/101"] == 25_000.0  # "within 25 km of a known point"
    order = [radius[f"ucdp/{i}"] for i in (100, 101, 102, 103)]
    assert order == sorted(order)
    assert len(set(order)) == 4
    assert radius["ucdp/104"] >= radius["ucdp/103"]
    assert radius["ucdp/105"] >= 1_000_000
    assert radius["ucdp/106"] >= 1_000_000
    assert radius["ucdp/107"] == radius["ucdp/106"]  # without a code, the vaguest
    first = layer.loc["ucdp/100"]
    assert (first["date"], first["date_end"], first["event_type"]) == (
        "2014-06-10",
        "2014-06-12",
        "state-based conflict",
    )
    assert (first["fatalities"], first["fatalities_low"], first["fatalities_high"]) == (10, 8, 15)
    assert layer.attrs["layer"]["publish"] is True
    assert layer.attrs["layer"]["licence"] == "CC BY 4.0"
    assert layer.attrs["layer"]["date"] == "2014-06-10"  # the latest event, as nothing else says


def test_an_event_of_an_area_gets_the_areas_size(tmp_path, lands):
    district = shapely.box(42.5, 35.5, 43.5, 36.5)
    areas = {
        "admin2": gpd.GeoDataFrame(geometry=[district], crs=4326),
        "admin1": gpd.GeoDataFrame(
            geometry=[shapely.box(0, 0, 1, 1)], crs=4326
        ),  # elsewhere: the code's own radius stays
        "countries": lands,
    }
    layer = source.read(table(tmp_path, UCDP), countries=lands, areas=areas).set_index("id")

    def far(west, south, east, north):
        return max(Geodesic.WGS84.Inverse(36.0, 43.0, y, x)["s12"] for x in (west, east) for y in (south, north))

    assert 0 <= layer.loc["ucdp/102", "uncertainty_m"] - far(42.5, 35.5, 43.5, 36.5) <= 1000
    assert layer.loc["ucdp/103", "uncertainty_m"] == source.UCDP_PRECISION_M[4]
    assert 0 <= layer.loc["ucdp/105", "uncertainty_m"] - far(42, 29, 48.6, 37.2) <= 1000


def test_a_region_is_streamed(tmp_path, lands):
    layer = source.read(table(tmp_path, ACLED), region=(40, 35, 41, 36), countries=lands, areas={})
    assert list(layer["id"]) == ["acled/SYR2"]
    assert len(source.read(table(tmp_path, ACLED), region=(0, 0, 1, 1), countries=lands, areas={})) == 0


def test_swapped_columns_are_caught_and_mended(tmp_path, lands):
    path = table(tmp_path, ACLED.rename(columns={"latitude": "longitude", "longitude": "latitude"}))
    with pytest.raises(CoordinateError, match="look swapped"):
        source.read(path, countries=lands, areas={})
    assert len(source.read(path, countries=lands, areas={}, swap_axes=True)) == 4


def test_a_table_of_neither_is_refused(tmp_path):
    with pytest.raises(ReadError, match=r"for ACLED it lacks geo_precision; for UCDP GED it lacks id, date_start"):
        source.read(table(tmp_path, ACLED.drop(columns="geo_precision")))
    with pytest.raises(InputError, match="gives no 'places'"):
        source.read(table(tmp_path, ACLED), theme="places")


def test_a_table_cut_inside_a_cell_is_refused(tmp_path):
    path = table(tmp_path, ACLED)
    text = path.read_text()
    path.write_text(text[: text.index("yes")])
    with pytest.raises(ReadError, match="damaged or truncated after row 0"):
        source.read(path)


def test_the_embedded_areas_are_the_default(tmp_path, lands, monkeypatch):
    asked = []
    monkeypatch.setattr(source, "embedded_layer", asked.append)
    layer = source.read(table(tmp_path, UCDP), countries=lands)
    assert set(asked) == {"admin2", "admin1", "countries"}
    assert len(layer) == 8


def test_what_counting_by_month_needs_is_there(tmp_path, lands):
    from geoops.proximity import events_near

    layer = source.read(table(tmp_path, ACLED), countries=lands, areas={})
    counted = events_near(layer, [shapely.Point(40.14, 35.33)], [10], by="month")
    assert counted["count"].sum() == 1
