"""Layers from a real PostGIS server and back to it: by region, read-only, whole or not at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy

from geoops.core.errors import InputError, MissingExtraError, NetworkError, ReadError, SchemaError, WriteError
from geoops.layers.sources import postgis as source

SAID = {"publisher": "a test", "licence": "CC0", "date": "2025-05-01", "uncertainty_m": 100.0}


@pytest.fixture(scope="module")
def engine(postgis):
    made = sqlalchemy.create_engine(postgis.replace("postgresql://", "postgresql+psycopg://"))
    yield made
    made.dispose()


@pytest.fixture
def clinics(engine):
    """A table in UTM 37N with an index; one row without a place."""
    with engine.begin() as c:
        c.execute(sqlalchemy.text('DROP TABLE IF EXISTS "Clinics"'))
        c.execute(
            sqlalchemy.text('CREATE TABLE "Clinics" (gid int, label text, beds int, geom geometry(Point, 32637))')
        )
        c.execute(
            sqlalchemy.text(
                "INSERT INTO \"Clinics\" SELECT i, 'clinic ' || i, i * 10,"
                " ST_Transform(ST_SetSRID(ST_MakePoint(36 + i * 0.5, 35), 4326), 32637) FROM generate_series(1, 12) AS i"
            )
        )
        c.execute(sqlalchemy.text("INSERT INTO \"Clinics\" VALUES (99, 'nowhere', 1, NULL)"))
        c.execute(sqlalchemy.text('CREATE INDEX ON "Clinics" USING gist (geom)'))
    return "Clinics"


def test_a_table_is_a_layer_in_degrees(postgis, clinics, conforms, lands):
    layer = source.read(
        postgis, theme="health_facilities", table=clinics, columns={"name": "label", "id": "gid"}, country="Syria",
        countries=lands, **SAID,
    )  # fmt: skip
    conforms(layer, rows=12)
    row = layer.set_index("name").loc["clinic 4"]
    assert (row.geometry.x, row.geometry.y) == pytest.approx((38.0, 35.0), abs=1e-7)
    assert row["beds"] == 40
    assert row["country"] == "SY"
    assert row["id"] == "4"
    assert layer.attrs["dropped"] == [{"row": 13, "id": "99", "reason": "no geometry"}]


def test_the_database_chooses_the_region(postgis, clinics, lands):
    layer = source.read(postgis, theme="health_facilities", table=f"public.{clinics}", region=(37.9, 34.9, 39.1, 35.1),
                        columns={"name": "label"}, countries=lands, **SAID)  # fmt: skip
    assert sorted(layer["name"]) == ["clinic 4", "clinic 5", "clinic 6"]
    assert layer.attrs["dropped"] == []  # the row without a place never left the database
    nothing = source.read(
        postgis, theme="health_facilities", table=clinics, region=(10, 10, 11, 11), countries=lands, **SAID
    )
    assert len(nothing) == 0
    assert "beds" in nothing


def test_a_query_binds_its_values(postgis, clinics, lands):
    hostile = 'x\'; DROP TABLE "Clinics"; --'
    asked = 'SELECT gid AS id, label AS name, geom FROM "Clinics" WHERE beds >= :least AND label <> :name;'
    layer = source.read(postgis, theme="health_facilities", query=asked, params={"least": 100, "name": hostile},
                        countries=lands, **SAID)  # fmt: skip
    assert sorted(layer["id"]) == ["10", "11", "12"]


def test_reading_cannot_write(postgis, clinics, engine, lands):
    with engine.begin() as c:
        c.execute(sqlalchemy.text(
            'CREATE OR REPLACE FUNCTION wipe() RETURNS int AS $$ DELETE FROM "Clinics"; SELECT 1 $$ LANGUAGE sql'))  # fmt: skip
    with pytest.raises(ReadError, match="read-only transaction"):
        source.read(postgis, theme="x", query='SELECT wipe() AS n, geom FROM "Clinics"', countries=lands, **SAID)
    with engine.begin() as c:
        assert c.execute(sqlalchemy.text('SELECT count(*) FROM "Clinics"')).scalar() == 13


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"table": "absent"}, ReadError, "absent"),
        ({"query": "SELECT 1 AS one"}, ReadError, "no geometry column"),
        ({"query": 'SELECT geom, geom AS other FROM "Clinics"'}, ReadError, "several geometry columns"),
        ({"table": "Clinics", "geometry_column": "shape"}, ReadError, "no column 'shape'"),
        ({"query": 'SELECT * FROM "Clinics" WHERE gid = 99'}, ReadError, "not one row with a geometry"),
        ({"query": 'SELECT gid, ST_SetSRID(geom, 0) AS geom FROM "Clinics"'}, ReadError, "no SRID"),
        ({"table": "a.b.c"}, InputError, r"schema\.table"),
        ({}, InputError, "either table"),
        ({"table": "Clinics", "query": "SELECT 1"}, InputError, "either table"),
        ({"table": "Clinics", "columns": {"name": "titel"}}, SchemaError, "titel"),
        ({"query": "SELEC geom"}, ReadError, "syntax error"),
    ],
)
def test_what_cannot_be_read_is_said(postgis, clinics, given, error, words):
    with pytest.raises(error, match=words):
        source.read(postgis, theme="health_facilities", **given, **SAID)


def test_provenance_must_be_said(postgis, clinics):
    with pytest.raises(SchemaError, match=r"Clinics.*no source"):
        source.read(postgis, theme="control_areas", table=clinics, uncertainty_m=5.0)


def test_results_are_written_back_and_read_again(postgis, engine, lands):
    frame = gpd.GeoDataFrame(
        {
            "id": ["a", "b"],
            "name": ["دير الزور", None],
            "alternatives": [["x", "y"], []],
            "more": [{"k": 1}, None],
            "extent": gpd.GeoSeries([shapely.Point(40, 35).buffer(0.1), None], crs=4326),
            "hours": [1.5, np.nan],
        },
        geometry=[shapely.Point(40.14, 35.33), shapely.Point(44.39, 35.47)],
        crs=4326,
    ).to_crs(3857)
    assert source.write(frame, engine, "results", if_exists="replace") == 2
    with engine.begin() as c:
        rows = c.execute(
            sqlalchemy.text(
                "SELECT id, alternatives, hours, ST_X(geometry), ST_SRID(geometry) FROM results ORDER BY id"
            )
        ).all()
        index = (
            c.execute(sqlalchemy.text("SELECT indexdef FROM pg_indexes WHERE tablename = 'results'")).scalars().all()
        )
    assert rows[0][:3] == ("a", "x; y", 1.5)
    assert rows[0][3] == pytest.approx(40.14)
    assert rows[0][4] == 4326
    assert any("gist" in i for i in index)
    layer = source.read(engine, theme="places", table="results", countries=lands, **SAID)
    assert layer.set_index("id").loc["a", "name"] == "دير الزور"
    with pytest.raises(WriteError, match="there already"):
        source.write(frame, postgis, "results")
    assert source.write(frame.drop(columns="extent"), postgis, "public.results", if_exists="append") == 2
    with engine.begin() as c:
        assert c.execute(sqlalchemy.text("SELECT count(*) FROM results")).scalar() == 4


def test_a_failed_write_changes_nothing(postgis, engine):
    good = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(40, 35)], crs=4326)
    source.write(good, postgis, "kept", if_exists="replace")
    wrong = gpd.GeoDataFrame({"n": ["no number"]}, geometry=[shapely.Point(40, 35)], crs=4326)
    with pytest.raises(WriteError, match="nothing changed"):
        source.write(wrong, postgis, "kept", if_exists="append")
    with pytest.raises(WriteError, match="nothing changed"):
        source.write(good, postgis, "no_such_schema.kept")
    with pytest.raises(InputError, match="if_exists"):
        source.write(good, postgis, "kept", if_exists="clobber")
    with pytest.raises(SchemaError, match="twice"):
        source.write(
            gpd.GeoDataFrame(np.array([[1, 2]]), columns=["n", "n"], geometry=[shapely.Point(1, 1)], crs=4326),
            postgis,
            "k",
        )
    with engine.begin() as c:
        assert c.execute(sqlalchemy.text("SELECT array_agg(n) FROM kept")).scalar() == [1]
    assert source.write(good, postgis, "with_index", index=True) == 1


def test_a_database_that_is_not_there_is_named_without_its_password():
    with pytest.raises(NetworkError, match=r"geoops:\*\*\*@127\.0\.0\.1:9.*does not answer") as caught:
        source.read("postgresql://geoops:secret@127.0.0.1:9/x", theme="places", table="t")
    assert "secret" not in str(caught.value)


def test_a_statement_that_takes_too_long_is_ended(postgis, monkeypatch):
    monkeypatch.setattr(source, "STATEMENT_S", 0.2)
    slow = "SELECT pg_sleep(20) AS s, ST_SetSRID(ST_MakePoint(1, 1), 4326) AS geom"
    with pytest.raises(NetworkError, match="smaller region"):
        source.read(postgis, theme="x", query=slow, **SAID)


@pytest.mark.parametrize("address", ["mysql://a@b/c", "not an address", 7])
def test_what_is_no_database_is_refused(address):
    with pytest.raises(InputError, match="expected"):
        source.read(address, theme="places", table="t")


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    def gone(name):
        raise ImportError(name)

    monkeypatch.setattr(source.importlib, "import_module", gone)
    with pytest.raises(MissingExtraError, match=r"geoops\[postgis\]"):
        source.read("postgresql://a@b/c", theme="places", table="t")
