"""The build from end to end on small inputs: same bytes each time, only what changed, nothing half-built."""

from __future__ import annotations

import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from tests.layers.conftest import AIRPORTS_CSV, DAMS_CSV, make_wheel, state_inputs

from geoops.core.errors import CatalogError, InputError, NetworkError, UnknownLayerError
from geoops.layers import catalog, check, layer
from geoops.layers.build import build
from geoops.layers.recipes import Grid, Made, Recipe
from geoops.layers.store import write_features

Recipes = dict[str, Recipe]


def run(root: Path, recipes: Recipes, **options: object) -> object:
    return build(root, recipes=recipes, cache=root.parent / "cache", **options)  # type: ignore[arg-type]


def bytes_under(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_packages_become_layers_that_are_read_by_name(root: Path, recipes: Recipes) -> None:
    steps: list[tuple[str, int, int]] = []
    report = build(root, recipes=recipes, cache=root.parent / "cache", progress=lambda *step: steps.append(step))
    assert report.built == ["countries", "airports", "dams"]
    assert report.count_of == {"countries": 2, "airports": 2, "dams": 2}
    assert [s[0] for s in steps] == ["countries", "airports", "dams", "done"]
    assert steps[-1][1:] == (3, 3)
    assert check(root).empty
    airports = layer("airports", catalog=root)
    assert isinstance(airports, gpd.GeoDataFrame)
    by_id = airports.set_index("id")
    assert by_id.loc["airport/ORBI", "elevation_m"] == pytest.approx(114 * 0.3048, abs=0.05)
    assert by_id.loc["airport/OSDZ"].geometry.distance(shapely.Point(40.176, 35.2854)) < 1e-5
    assert airports["source"].eq("airportsdata").all()
    assert airports["source_date"].eq("2026-09-05").all()


def test_the_catalogue_states_what_was_measured(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    entry = tomllib.loads((root / "catalog.toml").read_text(encoding="utf-8"))["layers"]["airports"]
    assert entry["geometry"] == "point"
    assert entry["count"] == 2
    assert entry["region"] == [40.17, 33.26, 44.24, 35.29]
    assert entry["uncertainty_m"] == 2000.0
    assert entry["packages"] == ["pip: airportsdata 1"]
    assert entry["remark"] == "made for the tests"
    assert entry["fields"] == {"elevation_m": "metres"}
    assert entry["files"][0]["bytes"] == (root / "data/airports.parquet").stat().st_size


def test_two_builds_of_the_same_inputs_give_the_same_bytes(root: Path, recipes: Recipes, tmp_path: Path) -> None:
    run(root, recipes)
    first = bytes_under(root)
    run(root, recipes, force=True)
    assert bytes_under(root) == first


def test_only_what_changed_is_built_again(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    assert run(root, recipes).built == []  # type: ignore[attr-defined]
    dams = root / "curated/dams.csv"
    dams.write_text(DAMS_CSV.replace("One Dam", "First Dam"), encoding="utf-8")
    report = run(root, recipes)
    assert report.built == ["dams"]  # type: ignore[attr-defined]
    assert report.kept == ["countries", "airports"]  # type: ignore[attr-defined]
    assert "First Dam" in set(layer("dams", catalog=root)["name"])


def test_a_changed_input_is_built_again(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    state_inputs(root, make_wheel(root.parent / "cache", AIRPORTS_CSV.replace("Baghdad International", "BGW")))
    assert run(root, recipes).built == ["airports"]  # type: ignore[attr-defined]
    assert "BGW" in set(layer("airports", catalog=root)["name"])


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_data_file_that_is_lost_or_changed_is_built_again(damage: str, root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    file = root / "data/airports.parquet"
    before = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(before[:-1] + b"x")
    assert run(root, recipes).built == ["airports"]  # type: ignore[attr-defined]
    assert file.read_bytes() == before


def test_only_builds_the_layers_named(root: Path, recipes: Recipes) -> None:
    run(root, recipes, only=["countries"])
    assert catalog(root)["name"].tolist() == ["countries"]
    run(root, recipes, only=["dams"])
    assert catalog(root)["name"].tolist() == ["countries", "dams"]


def test_a_layer_that_needs_another_says_so(root: Path, recipes: Recipes) -> None:
    with pytest.raises(CatalogError, match="countries is needed"):
        run(root, recipes, only=["dams"])


def test_an_unknown_name_lists_those_there_are(root: Path, recipes: Recipes) -> None:
    with pytest.raises(UnknownLayerError, match="airports, dams"):
        run(root, recipes, only=["damms"])


def test_a_layer_that_is_no_longer_made_leaves_nothing_behind(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    (root / "curated/dams.csv").unlink()
    run(root, recipes)
    assert not (root / "data/dams.parquet").exists()
    assert "dams" not in set(catalog(root)["name"])


def test_what_a_killed_build_left_is_swept_by_the_next_one(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    left = [root / ".part-0123456789abcdef.toml", root / "data" / ".part-0123456789abcdef.parquet"]
    for path in left:
        path.write_text("half", encoding="utf-8")
    run(root, recipes)
    assert [path for path in left if path.exists()] == []


def test_a_failure_leaves_the_layers_that_were_there(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    before = bytes_under(root / "data")

    def broken(folders: object, layers: object) -> Made:
        raise NetworkError("the source is down")

    with pytest.raises(NetworkError):
        run(root, {**recipes, "airports": Recipe(("airportsdata",), broken)})
    assert bytes_under(root / "data") == before
    assert check(root).empty


def test_a_failed_write_leaves_the_old_file(root: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root, recipes)
    before = bytes_under(root / "data")

    def half(path: Path, *args: object, **options: object) -> None:
        real(path, *args, **options)  # type: ignore[arg-type]
        raise OSError(28, "No space left on device")

    from geoops.layers import store

    real = store.pq.write_table
    monkeypatch.setattr(store.pq, "write_table", half)
    with pytest.raises(OSError, match="No space left"):
        run(root, recipes, force=True)
    assert bytes_under(root / "data") == before


def test_a_layer_without_its_words_is_refused(root: Path, recipes: Recipes) -> None:
    (root / "curated/bridges.csv").write_text(DAMS_CSV, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"no table \[bridges\]"):
        run(root, recipes)


def test_a_damaged_catalogue_is_written_anew(root: Path, recipes: Recipes) -> None:
    run(root, recipes)
    good = (root / "catalog.toml").read_bytes()
    (root / "catalog.toml").write_text("= = broken", encoding="utf-8")
    assert len(run(root, recipes).built) == 3  # type: ignore[attr-defined]
    assert (root / "catalog.toml").read_bytes() == good


def test_words_that_are_no_toml_are_refused(root: Path, recipes: Recipes) -> None:
    (root / "themes.toml").write_text("[dams\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="not valid TOML"):
        run(root, recipes)


def test_a_catalogue_that_would_not_read_back_is_not_written(
    root: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    import geoops.layers.catalog_file as build_module

    monkeypatch.setattr(build_module, "_value", lambda _: "1")
    with pytest.raises(CatalogError, match="not read back"):
        run(root, recipes)
    assert not (root / "catalog.toml").exists()


def test_grids_and_several_files(root: Path, recipes: Recipes) -> None:
    x, y = np.arange(40.25, 42, 0.5), np.arange(36.75, 35, -0.5)
    grid = xr.DataArray(np.arange(16.0).reshape(4, 4), dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4326)
    grid[0, 0] = np.nan

    def terrain(folders: object, layers: object) -> Made:
        facts = {"region": [40.0, 35.0, 42.0, 37.0], "accuracy": "made"}
        return Made(grids=(Grid(grid, "", 0.5, "int16", facts), Grid(grid, "_b", 0.25, "uint8", facts)))

    def many(folders: object, layers: object) -> Made:
        points = gpd.points_from_xy(np.linspace(36, 47, 50), np.linspace(32, 36, 50))
        return Made(
            gpd.GeoDataFrame({"id": [f"p/{i}" for i in range(50)], "uncertainty_m": 5.0}, geometry=points, crs=4326)
        )

    words = '\n[terrain]\ntitle = "T"\nsource = "s"\ndate = "2020"\nlicence = "CC0"\nattribution = "a"\nuncertainty_m = 1.0\n'
    words += words.replace("terrain", "places").replace("uncertainty_m = 1.0\n", "")
    with (root / "themes.toml").open("a", encoding="utf-8") as stream:
        stream.write(words)
    run(root, {**recipes, "terrain": Recipe((), terrain), "places": Recipe((), many, parts=3, rows_a_group=8)})
    assert sorted(p.name for p in (root / "data").glob("places*")) == [f"places_{i}.parquet" for i in (1, 2, 3)]
    places = layer("places", catalog=root)
    assert len(places) == 50
    assert len(layer("places", catalog=root, region=(36, 32, 38, 33))) == 9
    back = layer("terrain", catalog=root, region=(40, 35, 42, 37))
    assert back.attrs["layer"]["cell_deg"] == 0.25
    assert np.array_equal(back.to_numpy(), grid.to_numpy(), equal_nan=True)
    assert check(root).empty


class TestRefusals:
    """A recipe's features are held to the contract before a byte is written."""

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"uncertainty_m": 0.0}, "uncertainty"),
            ({"uncertainty_m": float("nan")}, "uncertainty"),
            ({"id": None}, "lack an id"),
        ],
    )
    def test_bad_columns(self, change: dict[str, object], what: str, root: Path) -> None:
        def bad(folders: object, layers: object) -> Made:
            frame = gpd.GeoDataFrame({"id": ["a"], "uncertainty_m": 1.0}, geometry=[shapely.Point(1, 1)], crs=4326)
            return Made(frame.assign(**change))

        with pytest.raises(InputError, match=what):
            run(root, {"countries": Recipe((), bad)}, only=["countries"])
        assert list((root / "data").iterdir()) == []

    def test_double_ids(self, root: Path) -> None:
        def bad(folders: object, layers: object) -> Made:
            return Made(
                gpd.GeoDataFrame({"id": ["a", "a"], "uncertainty_m": 1.0}, geometry=[shapely.Point(1, 1)] * 2, crs=4326)
            )

        with pytest.raises(InputError, match="twice"):
            run(root, {"countries": Recipe((), bad)}, only=["countries"])

    def test_no_feature(self, root: Path) -> None:
        def bad(folders: object, layers: object) -> Made:
            return Made(gpd.GeoDataFrame({"id": [], "uncertainty_m": []}, geometry=[], crs=4326))

        with pytest.raises(InputError, match="not one feature"):
            run(root, {"countries": Recipe((), bad)}, only=["countries"])


class TestCheck:
    """What `check` finds in a catalogue that is not whole."""

    def findings(self, root: Path) -> str:
        return " | ".join(check(root)["finding"])

    def test_a_missing_file(self, root: Path, recipes: Recipes) -> None:
        run(root, recipes)
        (root / "data/dams.parquet").unlink()
        found = check(root)
        assert found["layer"].tolist() == ["dams"]
        assert "missing" in found["finding"][0]
        assert found["remedy"][0] == "geoops layers build --only dams"

    def test_a_changed_byte(self, root: Path, recipes: Recipes) -> None:
        run(root, recipes)
        file = root / "data/dams.parquet"
        data = file.read_bytes()
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert "checksum" in self.findings(root)
        file.write_bytes(data + b" ")
        assert "bytes" in self.findings(root)

    def test_a_file_that_does_not_keep_the_contract(self, root: Path, recipes: Recipes) -> None:
        from geoops.layers.inputs import sha256_of

        run(root, recipes)
        file = root / "data/dams.parquet"
        old = (file.stat().st_size, sha256_of(file))

        def replaced(frame: gpd.GeoDataFrame) -> str:
            nonlocal old
            write_features(file, frame)
            text = (root / "catalog.toml").read_text(encoding="utf-8")
            new = (file.stat().st_size, sha256_of(file))
            (root / "catalog.toml").write_text(
                text.replace(old[1], new[1]).replace(f"bytes = {old[0]}", f"bytes = {new[0]}"), encoding="utf-8"
            )
            old = new
            return self.findings(root)

        dams = layer("dams", catalog=root)
        assert "2" in replaced(dams.iloc[:1])
        assert "uncertainty_m" in replaced(dams.assign(uncertainty_m=-1.0))
        assert "without licence" in replaced(dams.assign(licence=None))
        assert "lacks kind" in replaced(dams.drop(columns="kind"))
        bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
        assert "invalid" in replaced(dams.set_geometry([bowtie, bowtie], crs=4326))

    def test_files_that_cannot_be_opened(self, root: Path, recipes: Recipes) -> None:
        from geoops.layers.inputs import sha256_of

        run(root, recipes)
        text = (root / "catalog.toml").read_text(encoding="utf-8")
        for name, content in (("dams.parquet", b"PAR1 but not really"), ("bad.tif", b"II*\x00 but not really")):
            file = root / "data" / name
            old = (file.stat().st_size, sha256_of(file)) if file.exists() else None
            file.write_bytes(content)
            if old:
                text = text.replace(old[1], sha256_of(file)).replace(f"bytes = {old[0]}", f"bytes = {len(content)}")
            else:
                text += (
                    '\n[layers.bad]\ntitle = "b"\ngeometry = "raster"\nsource = "s"\ndate = "2020"\nlicence = "l"\n'
                    'attribution = "a"\npublish = true\nregion = [0, 0, 1, 1]\nuncertainty_m = 1.0\n'
                    '[[layers.bad.files]]\npath = "data/bad.tif"\n'
                )
        (root / "catalog.toml").write_text(text, encoding="utf-8")
        found = check(root)
        assert found["layer"].tolist() == ["dams", "bad"]
        assert found["finding"].str.startswith("cannot be read").all()
