"""Whose borders: a complete view is what Natural Earth's own column says, a view of claims says what it cannot."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.core.errors import BuildError, InputError
from geoops.layers.region import build_region
from geoops.layers.sources import boundary_files
from geoops.layers.worldview import seen_by, views_in

REGION = (44.0, 33.0, 46.0, 36.0)
CLASSES = {
    "featurecla": ["International boundary (verify)", "Disputed (please verify)", "Unrecognized", "Line of control (please verify)"],
    "name": [None, "Claimed line", None, "Line"],
    "adm0_left": ["Syria", "Iraq", "Iraq", "Iraq"], "adm0_right": ["Turkey", "Iran", "Iran", "Iran"],
    "adm0_a3_l": ["SYR", "IRQ", "IRQ", "IRQ"], "adm0_a3_r": ["TUR", "IRN", "IRN", "IRN"],
    "ne_id": [21, 22, 23, 24],
    "FCLASS_TR": ["Disputed (please verify)", "Unrecognized", None, None],
    "FCLASS_IN": [None, "International boundary (verify)", "International boundary (verify)", "Unrecognized"],
    "FCLASS_ISO": [None, None, None, None],
}  # fmt: skip


@pytest.fixture
def ne_lines(tmp_path: Path) -> Path:
    """Four made-up lines as Natural Earth 5 hands them out."""
    shapes = [shapely.LineString([(44.5, 33.5 + i / 2), (45.5, 33.6 + i / 2)]) for i in range(4)]
    path = tmp_path / "ne_10m_admin_0_boundary_lines_land.gpkg"
    gpd.GeoDataFrame(CLASSES, geometry=shapes, crs="EPSG:4326").to_file(path, engine="pyogrio")
    return path


def statuses(frame: gpd.GeoDataFrame) -> dict[str, str]:
    return dict(zip(frame["id"], frame["status"], strict=True))


@pytest.mark.parametrize("view", ["tr", "in", "iso"])
def test_a_view_chosen_later_is_the_view_read_from_the_file(view: str, ne_lines: Path) -> None:
    neutral = boundary_files.read(ne_lines, theme="boundaries", date="2022-05-09")
    assert views_in(neutral) == {"in": True, "iso": True, "tr": True}
    own = boundary_files.read(ne_lines, theme="boundaries", date="2022-05-09", worldview=view)
    seen = seen_by(neutral, view.upper())
    assert statuses(seen) == statuses(own)
    assert seen.attrs["layer"]["worldview"] == view


def test_land_of_a_view_is_the_view_read_from_the_file(tmp_path: Path) -> None:
    rows = {"featurecla": ["Admin-0 country"] * 2, "NAME": ["Iraq", "Somewhere"], "ISO_A2": ["IQ", "-99"],
            "ADM0_A3": ["IRQ", "SMW"], "FCLASS_TR": [None, "Unrecognized"]}  # fmt: skip
    path = tmp_path / "ne_10m_admin_0_countries.gpkg"
    shapes = [shapely.box(43, 33, 44, 34), shapely.box(44, 33, 45, 34)]
    gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326").to_file(path, engine="pyogrio")
    neutral = boundary_files.read(path, theme="countries", date="2022")
    assert dict(zip(neutral["name"], neutral["status"], strict=True)) == {"Iraq": None, "Somewhere": "disputed"}
    assert seen_by(neutral, "TR")["name"].tolist() == ["Iraq"]


def test_the_default_is_neutral_and_says_so() -> None:
    lines = go.layer("boundaries", region=(72.0, 32.0, 80.0, 37.0))
    assert lines.attrs["layer"]["worldview"] == "neutral"
    assert "disputed lines are drawn as disputed" in lines.attrs["layer"]["worldview_words"]
    claims = lines[lines["claim"].notna()]
    assert len(claims) > 5
    assert set(claims["status"]) <= {"disputed", "indefinite", "line of control"}
    assert statuses(go.layer("boundaries", region=(72.0, 32.0, 80.0, 37.0), worldview="neutral")) == statuses(lines)


def test_a_party_sees_its_claims_as_borders_and_not_those_against_it() -> None:
    box = (60.0, 20.0, 100.0, 40.0)
    neutral, indian = go.layer("boundaries", region=box), go.layer("boundaries", region=box, worldview="IN")
    own = neutral.loc[neutral["claim"] == "Indian claim", "id"]
    against = neutral.loc[
        neutral["claim"].isin(["Chinese claim", "Pakistani claim"]) & (neutral["country"] == "IN"), "id"
    ]
    other = neutral.loc[(neutral["claim"] == "Chinese claim") & (neutral["country"] == "BT"), "id"]
    assert min(len(own), len(against), len(other)) > 0
    seen = statuses(indian)
    assert {seen[i] for i in own} == {"international"}
    assert not set(against) & set(seen)
    assert {seen[i] for i in other} == {"disputed"}
    # What is not a matter of claims stays as it is, as the layer knows no more: the line of control is still drawn.
    rest = neutral[~neutral["id"].isin([*own, *against])]
    assert {i: seen[i] for i in rest["id"]} == statuses(rest)
    assert "claims of India as borders" in indian.attrs["layer"]["worldview_words"]


def test_the_claim_that_a_country_makes_is_where_natural_earth_5_has_it() -> None:
    reference = Path(__file__).parents[3] / "shared/reference/ne10m_v5_admin_0_boundary_lines_disputed_areas.gpkg"
    if not reference.exists():
        pytest.skip("Natural Earth 5's disputed lines are not beside the project")
    five = gpd.read_file(reference, engine="pyogrio")
    theirs = five[five["name"] == "Syrian claim"].to_crs(32637).union_all()
    ours = go.layer("boundaries", region=(35.0, 32.0, 36.5, 34.0), worldview="SY")
    mine = ours[ours["claim"] == "Syrian claim"]
    assert set(mine["status"]) == {"international"}
    line = mine.to_crs(32637).union_all()
    assert line.length > 50_000
    assert line.hausdorff_distance(theirs) < 3 * mine["uncertainty_m"].max()


def test_a_view_that_the_layer_does_not_know_lists_those_it_knows() -> None:
    with pytest.raises(InputError, match=r"no world view 'DE'; it knows .*, in, .* and neutral\. Build the layer from"):
        go.layer("boundaries", worldview="DE")
    with pytest.raises(InputError, match="no world view 'IN'; it knows none"):
        go.layer("countries", region=REGION, worldview="IN")
    with pytest.raises(InputError, match="roads looks the same to everyone"):
        go.layer("roads", region=REGION, worldview="IN")
    with pytest.raises(InputError, match="a file has none"):
        go.layer("lines.gpkg", worldview="IN")


def test_a_catalogue_is_built_neutral_and_gives_the_view_that_it_was_asked_for(ne_lines: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    options = {"sources": {"boundaries": ne_lines}, "date": "2022-05-09", "only": ["boundaries"]}
    build_region(root, REGION, **options)  # type: ignore[arg-type]
    plain = go.layer("boundaries", region=REGION, catalog=root)
    ours = plain[plain["feature_class"].notna()]
    assert statuses(ours) == {"ne-boundary/21": "disputed", "ne-boundary/22": "disputed",
                              "ne-boundary/23": "disputed", "ne-boundary/24": "line of control"}  # fmt: skip
    # The file has every line of the region: the base's between countries stay outside of it only.
    rest = plain[plain["feature_class"].isna()]
    assert set(rest["level"]) <= {1}
    before = (root / "data/boundaries.parquet").read_bytes()
    assert build_region(root, worldview="TR", **options).kept == ["boundaries"]  # type: ignore[arg-type]
    assert (root / "data/boundaries.parquet").read_bytes() == before
    assert tomllib.loads((root / "catalog.toml").read_text(encoding="utf-8"))["build"]["worldview"] == "tr"
    turkish = go.layer("boundaries", region=REGION, catalog=root)
    assert "ne-boundary/22" not in set(turkish["id"])
    assert turkish.attrs["layer"]["worldview_words"].startswith("Borders as seen by T")
    again = go.layer("boundaries", region=REGION, catalog=root, worldview="neutral")
    assert statuses(again) == statuses(plain)
    with pytest.raises(BuildError, match=r"boundaries: .* no world view 'zz'.*; the catalogue stays neutral"):
        build_region(root, worldview="ZZ", **options)  # type: ignore[arg-type]
    assert go.layer("boundaries", region=REGION, catalog=root).attrs["layer"]["worldview"] == "neutral"


def test_the_disputed_lines_alone_replace_only_claims(ne_lines: Path, tmp_path: Path) -> None:
    other = ne_lines.with_name("ne_10m_admin_0_boundary_lines_disputed_areas.gpkg")
    box = (72.0, 32.0, 80.0, 37.0)
    frame = gpd.read_file(ne_lines, engine="pyogrio")
    frame["geometry"] = shapely.LineString([(74.0, 34.0), (76.0, 35.0)])
    frame.to_file(other, engine="pyogrio")
    build_region(tmp_path / "out", box, sources={"boundaries": other}, date="2022-05-09", only=["boundaries"])
    lines = go.layer("boundaries", region=box, catalog=tmp_path / "out")
    base = go.layer("boundaries", region=box)
    kept = set(base.loc[base["claim"].isna(), "id"])
    assert kept <= set(lines["id"])
    assert not set(base.loc[base["claim"].notna(), "id"]) & set(lines["id"])


def test_the_brief_draws_the_view_that_it_names(tmp_path: Path) -> None:
    brief = (
        'title = "Kashmir"\ndate = "2025-06-30"\nworldview = "IN"\nlayers = ["boundaries"]\nsize = "journal-84"\n'
        'languages = ["en"]\nsites = [{ name = "Leh", at = [77.58, 34.15], uncertainty_km = 5.0 }]\nregion = [73, 32, 81, 36]\n'
        '[[figures]]\nkind = "sites"\nname = "one"\nformats = ["svg"]\n[output]\ndocuments = false\ntables = false\n'
    )
    (tmp_path / "brief.toml").write_text(brief, encoding="utf-8")
    go.render(go.read_brief(tmp_path / "brief.toml"), tmp_path / "out")
    stated = json.loads((tmp_path / "out/one.json").read_text(encoding="utf-8"))
    entry = next(e for e in stated["layers"] if e["name"] == "boundaries")
    assert entry["worldview"] == "in"
    assert "claims of India as borders" in (tmp_path / "out/map.html").read_text(encoding="utf-8")
    texts = pd.Series((tmp_path / "out/one.svg").read_text(encoding="utf-8").split("\n"))
    assert texts.str.contains("claims of India").any() or "claims of India" in str(stated)
