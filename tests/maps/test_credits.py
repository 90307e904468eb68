"""Credits: each provider once, every licence stated, and shorter words only by rule."""

from __future__ import annotations

import pytest

from geoops.maps.credits import LEVELS, credit_lines, credits_of

CURATED = (
    "Curated by geoops, sources in the data licence page\nAtlas Office, Field Atlas (June 2024), CC BY 4.0\n"
    "Atlas Office, Pipe Atlas (May 2024), CC BY 4.0\nWiki people (Klingon)\nWiki people, CC BY-SA 4.0\n© Street people, ODbL"
)
USED = {
    "countries": {"attribution": "Made with Natural Earth\n© Street people (ODbL)", "licence": "public domain; ODbL 1.0", "date": "2018-05-21"},
    "roads": {"attribution": "© Street people (ODbL)", "licence": "ODbL 1.0", "date": "2024-04-19"},
    "terrain": {"attribution": "Terrain: Hill Survey (SRTM, ETOPO1) by hills", "licence": "BSD-3-Clause; public domain", "date": "2016-01-01"},
    "oil_gas_fields": {"attribution": CURATED, "licence": "CC BY 4.0; facts cited; CC0; ODbL 1.0; CC BY-SA 4.0", "date": "2026-02"},
    "camps": {"attribution": CURATED, "licence": "CC BY 4.0; facts cited; MIT; ODbL 1.0; CC BY-SA 4.0", "date": "2026-03"},
}  # fmt: skip


def test_each_provider_stands_once_with_its_layers_licences_and_months():
    assert credit_lines(USED, ["named by\nsomebody"]) == [
        "named by somebody",
        "Countries: Natural Earth (public domain, 2018-05)",
        "Countries, roads: © Street people (ODbL 1.0, 2018-05 to 2024-04)",
        "Terrain: Hill Survey (SRTM, ETOPO1) by hills (BSD-3-Clause, public domain, 2016-01)",
        (
            "Oil and gas fields, camps: geoops curated rows, each cited (CC0, MIT, 2026-02 to 2026-03), after "
            "© Street people (ODbL 1.0), Atlas Office (CC BY 4.0), Wiki people (CC BY-SA 4.0)"
        ),
    ]


def test_no_licence_and_no_provider_is_lost_when_variants_are_merged():
    providers, house = credits_of(USED)
    stated = {licence for credit in (*providers, house) for licence in credit.licences}
    asked = {part.strip() for entry in USED.values() for part in entry["licence"].split(";")} - {"facts cited"}
    assert stated == asked
    assert [c.provider for c in providers] == [
        "Natural Earth", "© Street people", "Hill Survey", "Atlas Office", "Wiki people",
    ]  # fmt: skip


def test_each_version_is_shorter_and_names_every_provider_of_whole_layers():
    texts = ["; ".join(credit_lines(USED, level=level)) for level in range(LEVELS)]
    assert sorted(map(len, texts), reverse=True) == list(map(len, texts))
    assert len(set(texts)) == LEVELS
    for text in texts:
        assert all(
            who in text for who in ("Natural Earth", "© Street people (ODbL 1.0", "Hill Survey", "geoops curated rows")
        )
    assert "2024" in texts[1]
    assert "2024" not in texts[2]
    assert "and others, see the manifest" in texts[3]
    assert "Countries" not in texts[4]


def test_two_providers_of_the_same_layers_share_a_line():
    entry = {"attribution": "A office\nB office", "licence": "MIT; CC0"}
    assert credit_lines({"water": entry}) == ["Water: A office (MIT); B office (CC0)"]


def test_a_layer_of_the_caller_is_credited_by_its_columns():
    used = {"mine": {"source": "Survey A; Survey B", "licence": "", "date": "", "given": True}, "other": {}}
    assert credit_lines(used) == ["Mine: Survey A; Survey B", "Other: source not stated"]


@pytest.mark.parametrize(
    "licence", ["CC BY 4.0", "CC BY-SA 3.0", "CC0", "ODbL 1.0", "MIT", "public domain", "LGPL 3", "Apache-2.0"]
)
def test_a_licence_named_in_the_credit_is_not_said_twice(licence):
    used = {"water": {"attribution": f"Lake people ({licence})", "licence": licence}}
    assert credit_lines(used) == [f"Water: Lake people ({licence})"]
