"""Which catalogue is used, what it says, and how it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.layers.conftest import small_catalog

from geoops.core.errors import CatalogError, UnknownLayerError
from geoops.layers import attribution, catalog
from geoops.layers import catalog as catalog_function
from geoops.layers.catalog import ENVIRONMENT, find_catalog, read_catalog


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_catalog(tmp_path / "small")


def test_the_embedded_catalogue_is_found_without_being_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    assert find_catalog().name == "catalog.toml"
    assert {"places", "roads", "terrain"} <= set(catalog()["name"])


def test_the_environment_comes_before_the_embedded_and_the_argument_before_both(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = small_catalog(tmp_path / "other")
    monkeypatch.setenv(ENVIRONMENT, str(small))
    assert find_catalog() == (small / "catalog.toml").resolve()
    assert find_catalog(other) == (other / "catalog.toml").resolve()
    assert find_catalog(other / "catalog.toml") == (other / "catalog.toml").resolve()
    assert catalog()["name"].tolist() == ["spots"]


def test_an_empty_environment_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "")
    assert "places" in set(catalog()["name"])


def test_a_wheel_carries_its_layers_inside_the_package(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from geoops.layers import load as _  # noqa: F401

    module = sys.modules["geoops.layers.catalog"]
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    package = tmp_path / "site-packages/geoops"
    (package / "layers").mkdir(parents=True)
    (package / "_layers").symlink_to(small)
    monkeypatch.setattr(module, "__file__", str(package / "layers/catalog.py"))
    assert find_catalog() == (small / "catalog.toml").resolve()


@pytest.mark.parametrize("who", ["argument", "environment"])
def test_a_catalogue_that_is_not_there_is_said_with_who_asked(
    who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if who == "environment":
        monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "none"))
        with pytest.raises(CatalogError, match=ENVIRONMENT):
            read_catalog()
    else:
        with pytest.raises(CatalogError, match="the argument"):
            read_catalog(tmp_path / "none")


def test_the_table_says_what_each_layer_is(small: Path) -> None:
    row = catalog_function(small).iloc[0]
    assert row["title"] == "Spots"
    assert row["region"] == (40.0, 35.0, 44.0, 36.0)
    assert row["bytes"] > 0
    assert row["uncertainty_m"] == 10.0
    assert bool(row["publish"]) is True


@pytest.mark.parametrize(
    "key", ["title", "licence", "attribution", "region", "publish", "uncertainty_m", "source", "date"]
)
def test_an_entry_without_a_key_is_refused_by_name(key: str, tmp_path: Path) -> None:
    root = small_catalog(tmp_path, **{key: None})
    with pytest.raises(CatalogError, match=rf"layers\.spots\] {key}"):
        read_catalog(root)


def test_a_key_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="expected true or false"):
        read_catalog(small_catalog(tmp_path, publish="yes"))


@pytest.mark.parametrize("text", ["not toml = = =", "", "[other]\na = 1\n"])
def test_a_file_that_is_no_catalogue_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError):
        read_catalog(tmp_path)


def test_a_changed_catalogue_is_read_again(tmp_path: Path) -> None:
    import os

    root = small_catalog(tmp_path)
    assert catalog(root)["title"].tolist() == ["Spots"]
    small_catalog(tmp_path, title="Other spots")
    os.utime(root / "catalog.toml", ns=(1, 1))
    assert catalog(root)["title"].tolist() == ["Other spots"]


def test_an_unknown_layer_names_those_that_exist_and_the_closest() -> None:
    with pytest.raises(UnknownLayerError) as error:
        read_catalog().entry("raods")
    assert "Did you mean roads" in str(error.value)
    assert "railways" in str(error.value)


def test_attribution_gives_each_line_once() -> None:
    lines = attribution(["roads", "railways", "rivers", "boundaries"])
    assert lines[:2] == ["© OpenStreetMap contributors (ODbL)", "Made with Natural Earth"]
    assert len(lines) == len(set(lines))
    with pytest.raises(UnknownLayerError):
        attribution(["nothing"])


def test_attribution_of_a_curated_layer_names_its_open_sources() -> None:
    lines = attribution(["oil_gas_fields"])
    assert any("Global Energy Monitor" in line and "CC BY" in line for line in lines)


def test_paths_lie_beside_the_catalogue(small: Path) -> None:
    assert read_catalog(small).paths("spots") == [(small / "data/spots.parquet").resolve()]
