"""What every loader does alike, at its edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoops.core.errors import CoordinateError, CrsError, ReadError
from geoops.layers.sources import axes, contract, opening
from geoops.layers.sources.country_codes import alpha2, country_name, first_language

FROM = contract.Provenance("t", "s", "CC0", "s, CC0", "2025")


def finish(frame, **more):
    ledger = contract.Ledger("file.gpkg, theme x", read=len(frame))
    options = {"region": None, "countries": None} | more
    return contract.finish(frame.assign(uncertainty_m=1.0), theme="x", ledger=ledger, provenance=FROM, **options)


def features(shapes, **columns):
    columns.setdefault("id", [str(i) for i in range(len(shapes))])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def test_collections_are_reduced_however_deep(lands):
    line = shapely.LineString([(40, 35), (41, 35)])
    deep = shapely.GeometryCollection([shapely.GeometryCollection([line, shapely.Point(40, 35)]), line.buffer(0.1)])
    two = shapely.GeometryCollection([line, shapely.LineString([(40, 36), (41, 36)])])
    layer = finish(features([deep, two]), dimensions=contract.LINES, countries=lands).set_index("id")
    assert layer.geometry["0"].equals(line)
    assert layer.geometry["1"].geom_type == "MultiLineString"


def test_heights_are_left_off_and_infinite_points_out(lands):
    layer = finish(features([shapely.Point(40, 35, 300), shapely.Point(np.inf, 35)]), countries=lands)
    assert not layer.geometry.has_z.any()
    assert layer.attrs["dropped_counts"] == {"a coordinate that is not finite": 1}


def test_new_ids_never_meet_old_ones(lands):
    points = [shapely.Point(40 + i / 10, 35) for i in range(4)]
    layer = finish(features(points, id=["a", "a", "a~2", None]), countries=lands)
    assert sorted(layer["id"]) == ["a", "a~2", "a~2'", "row/3"]


def test_a_test_that_cannot_be_made_says_why(monkeypatch, lands):
    monkeypatch.setattr(axes, "embedded_layer", lambda _: None)
    points = features([shapely.Point(40, 35)] * 4, country=["SY"] * 4)
    assert "no layer 'countries'" in axes.country_test(points, what="x")
    assert "no feature states" in axes.country_test(points.drop(columns="country"), what="x", countries=lands)
    assert "only 2 features" in axes.country_test(points[:2], what="x", countries=lands)
    assert (
        axes.country_test(points, what="x", countries=lands)
        == "4 of 4 features looked at lie in the country that they name"
    )


def test_no_catalogue_is_no_error(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path))
    axes.embedded_layer.cache_clear()
    assert axes.embedded_layer("countries") is None
    axes.embedded_layer.cache_clear()


def test_features_elsewhere_are_a_wrong_crs(lands):
    points = features([shapely.Point(-60, -30 + i) for i in range(8)], country=["SY"] * 8)
    with pytest.raises(CoordinateError, match=r"of 8 features looked at 0 lie in the country.*CRS"):
        axes.country_test(points, what="file", countries=lands)


def test_a_region_without_features_is_checked_at_its_mirror_image(lands):
    def mirrored(box):
        assert box == (35.0, 40.0, 36.0, 41.0)
        return features([shapely.Point(35.5, 40.5)] * 3, country=["SY"] * 3)

    with pytest.raises(CoordinateError, match="look swapped"):
        finish(features([]), region=(40.0, 35.0, 41.0, 36.0), countries=lands, again=mirrored)
    # Turkey really lies there: nothing is swapped.
    layer = finish(features([]), region=(40.0, 35.0, 41.0, 36.0), countries=lands,
                   again=lambda _: features([shapely.Point(35.5, 40.5)] * 3, country=["TR"] * 3))  # fmt: skip
    assert len(layer) == 0
    assert layer.attrs["country_test"].startswith("3 of 3")
    # Beyond 90 degrees of longitude there is no mirror image.
    finish(features([]), region=(100.0, 35.0, 101.0, 36.0), countries=lands, again=mirrored)


def test_vector_files_without_columns_crs_or_rows(tmp_path):
    points = features([shapely.Point(40, 35)])
    points.to_parquet(tmp_path / "p.parquet")
    with pytest.raises(ReadError, match=r"p\.parquet: lacks the columns name; it has id"):
        opening.features_of(tmp_path / "p.parquet", ledger=contract.Ledger(""), needs=["name"])
    points.iloc[:0].to_parquet(tmp_path / "e.parquet")
    with pytest.raises(ReadError, match=r"e\.parquet: holds no feature"):
        opening.features_of(tmp_path / "e.parquet", ledger=contract.Ledger(""))
    points.set_crs(None, allow_override=True).to_parquet(tmp_path / "n.parquet")
    with pytest.raises(CrsError, match="states no CRS"):
        opening.features_of(tmp_path / "n.parquet", ledger=contract.Ledger(""), region=(39, 34, 41, 36))
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(ReadError, match="GeoParquet"):
        opening.features_of(tmp_path / "plain.parquet", ledger=contract.Ledger(""))


def test_countries_by_any_name():
    assert alpha2(["syrian arab republic", "TUR", "4", "-99", float("nan"), pd.NA]).tolist() == [
        "SY",
        "TR",
        "AF",
        None,
        None,
        None,
    ]
    assert (country_name("IQ"), country_name("zz")) == ("Iraq", "zz")
    assert (first_language("SY"), first_language("zz")) == ("ar", "")


def test_cells_that_mean_nothing_are_missing():
    assert contract.texts([" a\n b ", "-99", "nan", None, pd.NaT, 5]).tolist() == ["a b", None, None, None, None, "5"]
