"""Divisions with P-codes and both names; Natural Earth's lines with every dispute kept, or as one country sees them."""

from __future__ import annotations

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geoops.core.errors import InputError, ReadError, SchemaError
from geoops.layers.sources import boundary_files as source
from geoops.layers.sources import worldviews

BOX = shapely.box(40, 35, 41, 36)
NEXT = shapely.box(41, 35, 42, 36)


def write(path, rows, shapes, **more):
    pyogrio.write_dataframe(gpd.GeoDataFrame(rows, geometry=shapes, crs=4326), path, **more)
    return path


@pytest.fixture
def cod2(tmp_path):
    rows = {
        "ADM2_EN": ["Deir-ez-Zor", "Abu Kamal"], "ADM2_AR": ["دير الزور", "البوكمال"], "ADM2_PCODE": ["SY0900", "SY0901"],
        "ADM2ALT1EN": ["Deir Ezzor", None], "ADM1_EN": ["Deir-ez-Zor"] * 2, "ADM1_PCODE": ["SY09"] * 2,
        "ADM0_EN": ["Syrian Arab Republic"] * 2, "ADM0_PCODE": ["SY"] * 2, "validOn": ["2021-06-10"] * 2,
    }  # fmt: skip
    return write(tmp_path / "syr_admbnda_adm2.shp", rows, [BOX, NEXT])


def test_cod_ab_gives_pcodes_and_both_names(cod2, conforms, lands):
    layer = conforms(source.read(cod2, theme="admin2", licence="CC BY-IGO", countries=lands), rows=2)
    row = layer.set_index("pcode").loc["SY0900"]
    assert (row["name"], row["name_local"], row["alt_names"]) == ("Deir-ez-Zor", "دير الزور", "Deir Ezzor")
    assert (row["country"], row["admin1"], row["admin1_pcode"], row["kind"]) == ("SY", "Deir-ez-Zor", "SY09", "ADM2")
    assert row["source_date"] == "2021-06-10"
    assert row["id"] == "adm2/sy0900"
    part = source.read(cod2, theme="admin2", region=(41.5, 35.1, 41.6, 35.2), countries=lands)
    assert list(part["pcode"]) == ["SY0901"]


def test_newer_cod_columns_are_known(tmp_path, conforms, lands):
    rows = {"adm1_name": ["Anbar"], "adm1_name1": ["الأنبار"], "adm1_pcode": ["IQG01"], "adm0_name": ["Iraq"], "adm0_pcode": ["IRQ"],
            "valid_on": ["2025-01-02"]}  # fmt: skip
    path = write(tmp_path / "irq_admin1.geojson", rows, [shapely.box(42.5, 33, 43, 34)])
    row = conforms(source.read(path, theme="admin1", countries=lands)).iloc[0]
    assert (row["name"], row["name_local"], row["country"], row["admin1"]) == ("Anbar", "الأنبار", "IQ", "Anbar")
    assert row["source_date"] == "2025-01-02"
    path = write(tmp_path / "adm0.gpkg", {"ADM0_EN": ["Iraq"], "ADM0_PCODE": ["IQ"]}, [shapely.box(42.5, 33, 43, 34)])
    assert source.read(path, theme="countries", date="2020", countries=lands)["kind"].tolist() == ["PCLI"]


def test_geoboundaries_is_told_by_its_columns(tmp_path, conforms, lands):
    rows = {"shapeName": ["Ninawa", "Erbil"], "shapeISO": ["IQ-NI", "IQ-AR"], "shapeID": ["a1", "a2"], "shapeGroup": ["IRQ"] * 2,
            "shapeType": ["ADM1"] * 2}  # fmt: skip
    path = write(
        tmp_path / "geoBoundaries-IRQ-ADM1.geojson", rows, [shapely.box(42.5, 35, 43, 36), shapely.box(44, 36, 45, 37)]
    )
    layer = conforms(source.read(path, theme="admin1", date="2023-01-01", countries=lands), rows=2)
    assert layer.set_index("iso_3166_2").loc["IQ-NI", ["name", "country", "iso3", "admin1"]].tolist() == [
        "Ninawa",
        "IQ",
        "IRQ",
        "Ninawa",
    ]
    with pytest.raises(ReadError, match="holds ADM1, not ADM2"):
        source.read(path, theme="admin2", date="2023")
    with pytest.raises(SchemaError, match="of what date"):
        source.read(path, theme="admin1", countries=lands)


LINE = shapely.LineString([(38, 37.2), (39, 37.2)])
CLASSES = {
    "featurecla": ["International boundary (verify)", "Disputed (please verify)", "International boundary (verify)",
                   "Line of control (please verify)", "Unrecognized", "Claim boundary", "Breakaway"],
    "name": [None, None, None, None, None, "Syrian claim", None],
    "adm0_left": ["Syria", "Israel", "Iraq", "India", "Iran", "Israel", "Cyprus"],
    "adm0_right": ["Turkey", "Syria", "Iran", "Pakistan", "Iraq", "Israel", "Cyprus"],
    "adm0_a3_l": ["SYR", "ISR", "IRQ", "IND", "IRN", "ISR", "CYP"],
    "adm0_a3_r": ["TUR", "SYR", "IRN", "PAK", "IRQ", "ISR", "CYN"],
    "ne_id": [11, 12, 13, 14, 15, 16, 17],
    "FCLASS_US": [None, "International boundary (verify)", None, None, "International boundary (verify)", "Unrecognized", None],
    "FCLASS_TR": ["Disputed (please verify)", None, None, None, None, None, "International boundary (verify)"],
    "FCLASS_ISO": [None] * 7,
}  # fmt: skip


@pytest.fixture
def ne_lines(tmp_path):
    shapes = [shapely.affinity.translate(LINE, yoff=-0.01 * i) for i in range(7)]
    return write(tmp_path / "ne_10m_admin_0_boundary_lines_land.gpkg", CLASSES, shapes)


def test_the_neutral_default_keeps_every_dispute(ne_lines, conforms, lands):
    layer = conforms(
        source.read(ne_lines, theme="boundaries", date="2022-05-09", countries=lands.iloc[:0]), rows=7
    ).set_index("id")
    status = {int(k.split("/")[1]): v for k, v in layer["status"].items()}
    assert status == {
        11: "disputed",  # Turkey's view contests it
        12: "disputed",
        13: "international",
        14: "line of control",
        15: "disputed",  # not recognised on the ground, but drawn by one view
        16: "disputed",
        17: "disputed",
    }
    assert set(layer["worldview"]) == {"neutral"}
    row = layer.loc["ne-boundary/11"]
    assert (row["name"], row["country"], row["country_b"], row["dissent"]) == (
        "Syria–Turkey",
        "SY",
        "TR",
        "tr: disputed",
    )
    assert layer.loc["ne-boundary/16", "claim"] == "Syrian claim"


def test_a_view_draws_what_that_country_draws(ne_lines, lands):
    us = source.read(ne_lines, theme="boundaries", worldview="US", date="2022", countries=lands).set_index("id")[
        "status"
    ]
    assert us["ne-boundary/12"] == "international"
    assert us["ne-boundary/15"] == "international"
    assert us["ne-boundary/11"] == "international"
    assert "ne-boundary/16" not in us.index  # which it does not recognise
    tr = source.read(ne_lines, theme="boundaries", worldview="tr", date="2022", countries=lands)
    assert tr.set_index("id")["status"]["ne-boundary/11"] == "disputed"
    assert "ne-boundary/15" not in set(tr["id"])
    assert tr.attrs["layer"]["worldview"] == "tr"
    with pytest.raises(InputError, match=r"no world view 'xx'.*iso, tr, us"):
        source.read(ne_lines, theme="boundaries", worldview="xx", date="2022")


def test_countries_of_a_view(tmp_path, lands):
    rows = {"featurecla": ["Admin-0 country", "Admin-0 country"], "NAME": ["Iraq", "Somewhere"], "NAME_AR": ["العراق", None],
            "ISO_A2": ["IQ", "-99"], "ADM0_A3": ["IRQ", "SMW"], "FCLASS_TR": [None, "Unrecognized"]}  # fmt: skip
    path = write(tmp_path / "ne_10m_admin_0_countries.gpkg", rows, [shapely.box(42.5, 33, 43, 34), BOX])
    neutral = source.read(path, theme="countries", date="2022", countries=lands).set_index("name")
    assert neutral.loc["Iraq", ["name_local", "country", "iso3"]].tolist() == ["العراق", "IQ", "IRQ"]
    assert neutral.loc["Somewhere", "status"] == "disputed"
    assert list(source.read(path, theme="countries", date="2022", worldview="tr", countries=lands)["name"]) == ["Iraq"]
    plain = write(tmp_path / "old.gpkg", {"featurecla": ["Disputed (please verify)"]}, [LINE])
    with pytest.raises(InputError, match="it has none"):
        source.read(plain, theme="boundaries", worldview="us", date="2015")


@pytest.mark.parametrize(
    ("theme", "row", "shape", "expected"),
    [
        ("regions", {"featurecla": "Range/mtn", "name": "ZAGROS", "scalerank": 2}, BOX, {"kind": "MTS", "rank": 2}),
        ("water", {"featurecla": "Reservoir", "name": "Assad", "dam_name": "Tabqa"}, BOX, {"kind": "RSV", "dam": "Tabqa"}),
        ("rivers", {"featurecla": "River", "name": "Tigris", "name_alt": "Dicle"}, LINE, {"kind": "STM", "alt_names": "Dicle"}),
        ("places", {"featurecla": "Admin-1 capital", "NAME": "Mosul", "ADM0_A3": "IRQ", "POP_MAX": 1_740_000, "ADM1NAME": "Ninawa"},
         shapely.Point(43.1, 36.3), {"kind": "PPLA", "population": 1_740_000, "country": "IQ", "admin1": "Ninawa"}),
        ("admin1", {"featurecla": "Admin-1 states provinces", "name": "Ninawa", "iso_a2": "IQ", "iso_3166_2": "IQ-NI"},
         shapely.box(43, 36, 44, 37), {"kind": "ADM1", "admin1": "Ninawa", "iso_3166_2": "IQ-NI"}),
    ],
)  # fmt: skip
def test_natural_earth_themes(tmp_path, conforms, lands, theme, row, shape, expected):
    path = write(tmp_path / f"ne_{theme}.gpkg", {k: [v] for k, v in row.items()}, [shape])
    layer = conforms(source.read(path, theme=theme, date="2022", countries=lands), rows=1)
    for column, value in expected.items():
        assert layer[column].iloc[0] == value, column


def test_a_file_of_nobody_known_is_refused(tmp_path):
    path = write(tmp_path / "any.gpkg", {"a": [1]}, [BOX])
    with pytest.raises(ReadError, match=r"any\.gpkg: no file of admin1: expected ADM1_PCODE.*it has a.*vector_files"):
        source.read(path, theme="admin1")
    with pytest.raises(InputError, match="gives no 'roads'"):
        source.read(path, theme="roads")


def test_status_words():
    assert worldviews.status_of("Some new class") == "some new class"
    assert worldviews.status_of("-99") is None


def test_against_the_reference_files(reference, conforms):
    divisions = conforms(source.read(reference / "iraq_cod_ab_adm1_2019.gpkg", theme="admin1"), rows=18)
    assert divisions["name_local"].notna().all()
    assert set(divisions["source_date"]) == {"2019-06-03"}
    districts = conforms(source.read(reference / "iraq_cod_ab_adm2_2019.gpkg", theme="admin2"), rows=101)
    assert districts["admin1_pcode"].isin(set(divisions["pcode"])).all()
    claims = conforms(
        source.read(
            reference / "ne10m_v5_admin_0_boundary_lines_disputed_areas.gpkg", theme="boundaries", date="2021-12"
        )
    )
    assert set(claims["status"]) == {"disputed"}
    regions = conforms(
        source.read(reference / "ne10m_v5_geography_regions_polys.gpkg", theme="regions", date="2021-12")
    )
    assert regions["kind"].notna().all()
    near = source.read(
        reference / "ne10m_v5_lakes.gpkg", theme="water", date="2021-12", region=(38.0, 35.8, 38.6, 36.4)
    )
    assert "Lake Assad" in "|".join(near["alt_names"].dropna())
