"""The gazetteer on disk: built from the layers alone, the same every time, refused when the layers have changed."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from tests.gazetteer.conftest import layers_of_the_small_world, write_catalogue

from geoops.core.errors import CatalogError, ReadError
from geoops.core.geodesy import circle, distance
from geoops.gazetteer import build_gazetteer, geocode
from geoops.gazetteer.areas import covering_radius, inner_point, names_of
from geoops.gazetteer.records import open_gazetteer
from geoops.gazetteer.store import (
    ENTRIES_FILE,
    KEYS_FILE,
    key_hash,
    keys_of_name,
)
from geoops.gazetteer.weights import weight_of

ROOT = Path(__file__).parents[2]


def test_every_feature_of_every_layer_is_an_entry(gazetteer):
    layers = layers_of_the_small_world()
    assert len(gazetteer) == sum(len(frame) for frame in layers.values())
    found = {gazetteer.record(entry).id for entry in range(len(gazetteer))}
    assert found == {identifier for frame in layers.values() for identifier in frame["id"]}


def test_every_name_of_every_feature_leads_to_it(gazetteer):
    for entry in range(len(gazetteer)):
        record = gazetteer.record(entry)
        assert record.names
        for name in record.names:
            if record.kind.startswith("PPL") and len(name) == 3 and name.isupper():
                continue  # an airport's code is no name of a town
            for key in keys_of_name(name, record.kind, with_skeleton=False):
                assert entry in gazetteer.entries(key), (name, key)


def test_the_same_layers_give_the_same_bytes(small_world, tmp_path):
    files = build_gazetteer(small_world, tmp_path)
    assert [file.name for file in files] == [KEYS_FILE, ENTRIES_FILE]
    for file in files:
        assert file.read_bytes() == (small_world / "data" / file.name).read_bytes()


def test_keys_are_sorted_by_hash_and_lead_to_the_best_known_first(gazetteer):
    assert (gazetteer.keys.hashes[1:] >= gazetteer.keys.hashes[:-1]).all()
    entries = gazetteer.entries("trIpUl")
    assert [gazetteer.record(e).country for e in entries] == ["LY", "LB"]
    assert len(gazetteer.entries("no such key")) == 0
    assert len(gazetteer.entries("\x7f" * 5)) == 0


def test_many_keys_are_looked_up_at_once(gazetteer):
    assert gazetteer.known(["trIpUl", "nothing", "krkUk", "kIrkUk"]) == ["trIpUl", "kIrkUk"]
    assert gazetteer.known([]) == []


def test_a_key_is_filed_under_its_crc():
    assert key_hash("kIrkUk") == zlib.crc32(b"kIrkUk")


def test_a_structure_is_not_filed_under_the_bare_name_of_its_town_but_a_range_is():
    refinery = set(keys_of_name("Homs refinery", "OILR", with_skeleton=True))
    assert "#refinery:hUms" in refinery
    assert "hUms" not in refinery
    mountains = set(keys_of_name("Hamrin Mountains", "MTS", with_skeleton=True))
    assert {"#mountains:hAmrIn", "hAmrIn", "~hmrn"} <= mountains
    assert not any(key.startswith("~") for key in keys_of_name("Hamrin Mountains", "MTS", with_skeleton=False))
    # A town whose name holds a feature word is not that feature.
    assert "kmp" not in set(keys_of_name("Camp Hill", "PPL", with_skeleton=True))


def test_names_come_once_each_from_every_name_column():
    record = {"name": "A", "name_local": "ا", "alt_names": "B|A| C |", "name_ku": "D", "kind": "PPL", "name_ar": None}
    assert list(names_of(record)) == ["A", "ا", "B", "C", "D"]
    assert list(names_of({"name": "Yarubiyah / Rabia"})) == ["Yarubiyah / Rabia", "Yarubiyah", "Rabia"]


def test_weights_follow_population_and_kind():
    assert weight_of("PPL", 10_000) == 10_000
    assert weight_of("PPLC", 10_000) == 30_000
    assert weight_of("PPL", None) == weight_of("PPL", 0) == weight_of("PPL", float("nan")) == 5000
    assert weight_of("PPL", 3) == 50
    assert weight_of("PCLI", None) > weight_of("ADM1", None) > weight_of("ADM2", None) > weight_of("CMP", None)
    assert weight_of(None, None) > 0


def test_the_inner_point_of_a_crescent_lies_inside_it():
    crescent = shapely.difference(circle(40.0, 35.0, 50_000), circle(40.15, 35.0, 45_000))
    assert not shapely.intersects(crescent, shapely.centroid(crescent))
    lon, lat = inner_point(crescent)
    assert shapely.intersects_xy(crescent, lon, lat)
    line = shapely.LineString([(0, 0), (0, 1), (1, 1), (1, 0)])
    assert shapely.distance(line, shapely.Point(inner_point(line))) < 1e-12


def test_the_covering_radius_of_a_disc_is_its_radius():
    disc = circle(40.0, 35.0, 30_000)
    assert covering_radius(40.0, 35.0, disc) == pytest.approx(30_000, rel=1e-3)
    line = shapely.LineString([(40.0, 35.0), (50.0, 35.0)])
    assert covering_radius(40.0, 35.0, line) == pytest.approx(float(distance(40.0, 35.0, 50.0, 35.0)), rel=1e-9)


def test_a_river_in_reaches_is_one_place_with_its_whole_line(tmp_path):
    layers = layers_of_the_small_world()
    river = layers["rivers"].iloc[[0]]
    line = river.geometry.iloc[0]
    lower = river.assign(
        id="river/euphrates-lower",
        alt_names="Nahr al-Furat",
        geometry=[shapely.LineString([(44.4, 32.4), (46.0, 31.0), (47.4, 31.0)])],
    )
    far = river.assign(id="river/euphrates-of-utah", geometry=[shapely.LineString([(-111.0, 40.0), (-110.9, 40.1)])])
    layers["rivers"] = pd.concat([lower, far, river], ignore_index=True)
    folder = write_catalogue(tmp_path / "layers", layers)
    build_gazetteer(folder)
    sites = geocode(["Euphrates", "Nahr al-Furat"], gazetteer=folder)
    assert set(sites["gazetteer_id"]) == {"river/euphrates"}
    whole = sites["extent"].iloc[0]
    assert whole.length == pytest.approx(line.length + lower.geometry.iloc[0].length)
    assert sites["country"].iloc[0] == "IQ;SY"  # by share: now most of it lies in Iraq
    xy = shapely.get_coordinates(whole)
    point = sites.geometry.iloc[0]
    assert distance(point.x, point.y, xy[:, 0], xy[:, 1]).max() <= sites["uncertainty_m"].iloc[0]
    assert (
        geocode(["Euphrates"], near=(-111.0, 40.0), gazetteer=folder)["gazetteer_id"].iloc[0]
        == "river/euphrates-of-utah"
    )


def test_layers_that_changed_since_the_build_are_noticed(tmp_path):
    folder = write_catalogue(tmp_path / "layers", layers_of_the_small_world())
    build_gazetteer(folder)
    assert geocode(["Homs"], gazetteer=folder)["status"].iloc[0] == "resolved"
    text = (folder / "catalog.toml").read_text(encoding="utf-8")
    (folder / "catalog.toml").write_text(text.replace('sha256 = "of places"', 'sha256 = "of others"'), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"built from other layers than catalog\.toml lists now; build it again"):
        geocode(["Homs"], gazetteer=folder)
    build_gazetteer(folder)
    assert geocode(["Homs"], gazetteer=folder)["status"].iloc[0] == "resolved"


def test_layers_without_a_gazetteer_say_how_to_build_it(tmp_path):
    folder = write_catalogue(tmp_path / "layers", layers_of_the_small_world())
    with pytest.raises(CatalogError, match=r"no gazetteer for the layers.*build_gazetteer"):
        geocode(["Homs"], gazetteer=folder)


def test_a_catalogue_without_names_cannot_become_a_gazetteer(tmp_path):
    layers = layers_of_the_small_world()
    folder = write_catalogue(tmp_path / "layers", {"roads": layers["rivers"]})
    with pytest.raises(CatalogError, match="needs at least one layer of countries"):
        build_gazetteer(folder)


def test_a_place_that_is_no_point_is_refused(tmp_path):
    layers = layers_of_the_small_world()
    places = layers["places"].copy()
    places.loc[places.index[0], "geometry"] = shapely.box(0, 0, 1, 1)
    folder = write_catalogue(tmp_path / "layers", {"places": places})
    with pytest.raises(CatalogError, match="places are points"):
        build_gazetteer(folder)


def test_places_alone_are_a_gazetteer_without_countries_or_governorates(tmp_path):
    places = layers_of_the_small_world()["places"].assign(country=None)
    folder = write_catalogue(tmp_path / "layers", {"places": places})
    build_gazetteer(folder)
    site = geocode(["Homs"], gazetteer=folder).iloc[0]
    assert site["gazetteer_id"] == "geonames/169577"
    assert site["country"] is None
    assert geocode(["Homs"], country="SY", gazetteer=folder)["status"].iloc[0] == "not_found"


def test_the_environment_names_the_gazetteer(small_world, monkeypatch):
    monkeypatch.setenv("GEOOPS_LAYERS", str(small_world))
    assert geocode(["Roj camp"])["gazetteer_id"].tolist() == ["camp/roj"]
    assert open_gazetteer() is open_gazetteer(small_world)


def test_only_numbers_are_on_disk_and_names_stay_in_their_layers(small_world):
    assert pq.read_schema(small_world / "data" / KEYS_FILE).names == ["hash", "entry"]
    assert "name" not in pq.read_schema(small_world / "data" / ENTRIES_FILE).names


def test_a_damaged_gazetteer_is_an_error_that_names_the_file(tmp_path):
    folder = write_catalogue(tmp_path / "layers", layers_of_the_small_world())
    build_gazetteer(folder)
    keys = folder / "data" / KEYS_FILE
    keys.write_bytes(keys.read_bytes()[:200])
    with pytest.raises(ReadError, match=r"gazetteer\.keys\.parquet: cannot be read as Parquet"):
        geocode(["Homs"], gazetteer=folder)


def test_the_script_builds_and_says_what_went_wrong(tmp_path):
    folder = write_catalogue(tmp_path / "layers", layers_of_the_small_world())
    script = [sys.executable, str(ROOT / "scripts" / "build_gazetteer.py")]
    done = subprocess.run([*script, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(KEYS_FILE)
    assert geocode(["Daquq"], gazetteer=folder)["status"].tolist() == ["resolved"]
    bad = subprocess.run([*script, str(tmp_path / "nowhere")], capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "no layer catalogue" in bad.stderr
    assert "Traceback" not in bad.stderr
