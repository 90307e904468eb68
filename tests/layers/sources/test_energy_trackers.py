"""Global Energy Monitor's trackers in both their forms: fields, units merged to stations, dams, pipelines."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geoops.core.errors import InputError, ReadError, SchemaError
from geoops.layers.sources import energy_trackers as source

UNITS = pd.DataFrame(
    {
        "Country/Area": ["Iraq", "Iraq", "Iraq", "Syria", "Iraq"],
        "Plant name": ["Kirkuk power station"] * 3 + ["Tishreen power station", "Kirkuk power station"],
        "Plant name (local script)": ["محطة كركوك"] * 3 + [None, None],
        "Unit name": ["GT1", "GT2", "GT3", "1", "far"],
        "Fuel": [
            "fossil gas: natural gas",
            "fossil gas: natural gas, fossil liquids: fuel oil",
            "fossil gas: natural gas",
            "fossil liquids: diesel",
            "coal",
        ],
        "Capacity (MW)": ["65", "260.5", "1,000", "not found", "10"],
        "Status": ["operating", "operating", "announced", "mothballed", "cancelled"],
        "Technology": ["gas turbine", "gas turbine", "combined cycle", "steam turbine", None],
        "Start year": [1990, 2005, 2027, 1993, None],
        "Latitude": [35.40, 35.41, 35.40, 33.46, 32.0],
        "Longitude": [44.30, 44.30, 44.30, 36.39, 44.0],
        "Location accuracy": ["exact", "approximate", "exact", "exact", "exact"],
        "State/Province": ["Kirkuk"] * 3 + ["Rif Dimashq", None],
        "Wiki URL": ["https://www.gem.wiki/Kirkuk"] * 5,
    }
)


def test_units_are_merged_into_stations(tmp_path, conforms, lands):
    path = tmp_path / "GOGPT-2024-08-29.csv"
    UNITS.to_csv(path, index=False)
    layer = conforms(source.read(path, theme="power_stations", countries=lands), rows=3)
    kirkuk = layer[layer["units"] == 3].iloc[0]
    assert kirkuk["name"] == "Kirkuk power station"
    assert kirkuk["name_local"] == "محطة كركوك"
    assert kirkuk["capacity_mw"] == pytest.approx(325.5)  # what operates
    assert kirkuk["capacity_all_mw"] == pytest.approx(1325.5)
    assert (kirkuk["status"], kirkuk["fuel"], kirkuk["start_year"], kirkuk["kind"]) == (
        "operating",
        "gas and oil",
        1990,
        "PS",
    )
    assert kirkuk["technology"] == "gas turbine; combined cycle"
    # Its parts lie up to 1.1 km apart, and one is known only to about 20 km.
    assert kirkuk["uncertainty_m"] == 20_000.0
    assert (kirkuk.geometry.x, kirkuk.geometry.y) == (44.30, 35.40)
    assert kirkuk["source_date"] == "2024-08-29"
    tishreen = layer[layer["country"] == "SY"].iloc[0]
    assert pd.isna(tishreen["capacity_mw"])
    assert tishreen["fuel"] == "oil"
    assert tishreen["status"] == "mothballed"
    assert layer.attrs["mended"]["units merged into their stations"] == 2
    # The same name 380 km away is another station.
    assert sorted(layer["id"]) == [
        "gem/kirkuk-power-station-iq",
        "gem/kirkuk-power-station-iq~2",
        "gem/tishreen-power-station-sy",
    ]


def test_a_workbook_is_read_from_its_data_sheet(tmp_path, lands):
    pytest.importorskip("openpyxl")
    path = tmp_path / "GOGPT-March-2026.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"About": ["Global Oil and Gas Plant Tracker"]}).to_excel(book, sheet_name="About", index=False)
        UNITS.to_excel(book, sheet_name="Gas & Oil Units", index=False)
    layer = source.read(path, theme="power_stations", countries=lands)
    assert layer["units"].sum() == 5
    assert set(layer["source_date"]) == {"2026-03"}
    with pytest.raises(ReadError, match=r"no sheet 'Units'; there are About, Gas & Oil Units"):
        source.read(path, theme="power_stations", sheet="Units")
    part = source.read(path, theme="power_stations", region=(36, 33, 37, 34), countries=lands)
    assert list(part["country"]) == ["SY"]


def test_fields_and_their_accuracy(tmp_path, conforms, lands):
    fields = gpd.GeoDataFrame(
        {
            "unit-id": ["OG1", "OG2", "OG3", "OG4"],
            "wiki-name": [
                "Omar Oil and Gas Field (Syria)",
                "Akkas Gas Field (Iraq)",
                "Shared Oil Field (Iran-Iraq)",
                "Jbessa Oil Field (phase 2)",
            ],
            "country/area": ["Syria", "Iraq", "Iran-Iraq", "Syria"],
            "status": ["operating", "in_development", "shut_in", None],
            "status_display": ["operating", "in development", "shut in", "not found"],
            "location-accuracy": ["exact", "approximate", None, "exact"],
            "production-start-year": ["1989", None, "2025 (expected)", ""],
            "production---oil-(million-bbl/y)": [1.5, None, 3.0, None],
        },
        geometry=gpd.points_from_xy([40.6, 43.0, 48.0, 40.8], [35.1, 34.2, 31.0, 36.0]),
        crs=4326,
    )
    path = tmp_path / "gem_extraction_2025-02-26.gpkg"
    pyogrio.write_dataframe(fields, path)
    layer = conforms(source.read(path, theme="oil_gas_fields", countries=lands), rows=4).set_index("id")
    omar = layer.loc["gem/OG1"]
    assert (omar["name"], omar["alt_names"], omar["kind"], omar["fuel"]) == (
        "Omar Oil and Gas Field", "Omar Oil and Gas Field (Syria)", "OILF", "oil and gas")  # fmt: skip
    assert omar["uncertainty_m"] < layer.loc["gem/OG2", "uncertainty_m"]
    assert (layer.loc["gem/OG2", "kind"], layer.loc["gem/OG2", "status"]) == ("GASF", "in development")
    shared = layer.loc["gem/OG3"]
    assert pd.isna(shared["country"])
    assert shared["countries"] == "Iran; Iraq"
    assert shared["start_year"] == 2025
    assert layer.loc["gem/OG4", "name"] == "Jbessa Oil Field (phase 2)"  # what stands in brackets is no country
    assert pd.isna(layer.loc["gem/OG4", "status"])


def test_hydropower_gives_stations_and_dams(tmp_path, conforms, lands):
    plants = pd.DataFrame(
        {
            "name": ["Tabqa hydroelectric plant", "Al-Mujib Pumped Storage hydroelectric plant"], "id": ["G1", "G2"],
            "areas": ["Syria;", "Iraq;"], "capacity": ["824.0", "450.0"], "capacity2": [0.0, 0.0],
            "status": ["operating", "pre-construction"], "river": ["Euphrates River", ""], "Latitude": [35.87, 34.0],
            "Longitude": [38.57, 43.0], "tracker-acro": ["GHPT", "GHPT"], "start-year": ["1973", ""],
        }
    )  # fmt: skip
    path = tmp_path / "gem_hydropower_2025-04-21.csv"
    plants.to_csv(path, index=False)
    dams = conforms(source.read(path, theme="dams", countries=lands), rows=2).set_index("id")
    tabqa = dams.loc["gem/G1"]
    assert (tabqa["name"], tabqa["alt_names"], tabqa["kind"], tabqa["river"], tabqa["country"]) == (
        "Tabqa Dam", "Tabqa hydroelectric plant", "DAM", "Euphrates River", "SY")  # fmt: skip
    assert dams.loc["gem/G2", "name"] == "Al-Mujib Dam"
    stations = source.read(path, theme="power_stations", countries=lands).set_index("id")
    assert stations.loc["gem/G1", ["name", "fuel", "capacity_mw", "kind"]].tolist() == [
        "Tabqa hydroelectric plant",
        "hydro",
        824.0,
        "PSH",
    ]


def test_pipelines_say_how_schematic_they_are(tmp_path, conforms, lands):
    fine = shapely.LineString([(42.5 + i * 0.05, 35.0) for i in range(20)])
    coarse = shapely.LineString([(43.0, 36.0), (44.0, 36.0)])
    lines = pd.DataFrame(
        {
            "PipelineName": ["Fine", "Coarse", "Coarse", None], "SegmentName": [None, "A", "B", None], "ProjectID": ["P1", "P2", "P2", None],
            "Status": ["Operating", "Idle", "Proposed", "Operating"], "Fuel": ["Gas", "Gas", "Oil", "Gas"],
            "Countries": ["Iraq", "Iraq, Türkiye", "Iraq", "Iraq"], "WKTFormat": [fine.wkt, coarse.wkt, coarse.wkt, "POINT (44 35)"],
            "TerminalName": [None, None, None, "LNG terminal"], "LengthKnownKm": ["90", "", "1,200", ""],
        }
    )  # fmt: skip
    path = tmp_path / "GGIT-2024-10.csv"
    lines.to_csv(path, index=False)
    layer = conforms(source.read(path, theme="pipelines", countries=lands), rows=3).set_index("id")
    assert layer["geometry_quality"].to_dict() == {
        "gem/P1": "approximate",
        "gem/P2/a": "schematic",
        "gem/P2/b": "schematic",
    }
    assert layer.loc["gem/P1", "uncertainty_m"] == 5_000.0
    # A degree of longitude at 36 N is 90.16 km; a fifth of it.
    assert layer.loc["gem/P2/a", "uncertainty_m"] == pytest.approx(18_033, abs=10)
    assert layer["substance"].to_dict() == {"gem/P1": "gas", "gem/P2/a": "gas", "gem/P2/b": "oil"}
    assert layer.loc["gem/P2/a", "countries"] == "Iraq; Türkiye"
    assert pd.isna(layer.loc["gem/P2/a", "country"])
    assert layer.loc["gem/P2/b", "length_km"] == 1200
    assert layer.attrs["dropped_counts"] == {"a terminal, not a pipeline": 1}
    silent = tmp_path / "pipes-2024-10.csv"
    lines.iloc[:3].drop(columns=["Fuel", "TerminalName"]).to_csv(silent, index=False)
    with pytest.raises(InputError, match="say substance='oil'"):
        source.read(silent, theme="pipelines", countries=lands)
    assert set(source.read(silent, theme="pipelines", substance="oil", countries=lands)["substance"]) == {"oil"}


def test_what_is_no_tracker_is_refused(tmp_path, lands):
    path = tmp_path / "x.csv"
    path.write_text("lat,lon,name\n35,44,a\n")
    with pytest.raises(
        ReadError, match=r"not a tracker of oil_gas_fields: no column for name.*status.*it has lat, lon, name"
    ):
        source.read(path, theme="oil_gas_fields")
    with pytest.raises(InputError, match="gives no 'coal'"):
        source.read(path, theme="coal")
    with pytest.raises(InputError, match="oil, gas or hydrogen"):
        source.read(path, theme="pipelines", substance="water")
    UNITS.to_csv(tmp_path / "undated.csv", index=False)
    with pytest.raises(SchemaError, match=r"of what date.*date='YYYY-MM-DD'"):
        source.read(tmp_path / "undated.csv", theme="power_stations", countries=lands)
    nowhere = source.read(tmp_path / "undated.csv", theme="power_stations", region=(0, 0, 1, 1), countries=lands)
    assert len(nowhere) == 0


def test_against_the_reference_files(reference, conforms):
    fields = conforms(
        source.read(reference / "gem_oil_gas_extraction_2025-02-26.gpkg", theme="oil_gas_fields"), rows=184
    )
    assert (fields["country"].value_counts()[["IQ", "SY"]] == [61, 28]).all()
    raw = pyogrio.read_dataframe(reference / "gem_oil_gas_power_units_2024-08-29.gpkg")
    stations = conforms(source.read(reference / "gem_oil_gas_power_units_2024-08-29.gpkg", theme="power_stations"))
    assert stations["units"].sum() == len(raw)
    assert stations["capacity_all_mw"].sum() == pytest.approx(raw["capacity"].sum())
    dams = conforms(source.read(reference / "gem_hydropower_2025-04-21.gpkg", theme="dams"))
    assert (dams["country"] == "SY").sum() == 3
    assert dams["name"].str.endswith("Dam").all()
    oil = conforms(source.read(reference / "gem_oil_pipelines_2024-06.gpkg", theme="pipelines"), rows=61)
    assert oil["name"].str.contains("Kirkuk").any()
    assert set(oil["substance"]) == {"oil"}
    gas = conforms(source.read(reference / "gem_gas_pipelines_lng_2024-10-04.gpkg", theme="pipelines"), rows=51)
    assert gas.attrs["dropped_counts"] == {"a terminal, not a pipeline": 13}
