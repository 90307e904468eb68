"""The licence check, the audit's honesty and the bill of materials, on made-up packages; and the licences of the real ones."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    yield importlib.import_module
    for name in ("supply", "audit", "dist"):
        sys.modules.pop(name, None)


def package(script, name="a", licence="MIT", needs=()):
    return script("supply").Package(name, "1.0", licence, needs)


@pytest.mark.parametrize(
    "licence",
    ["MIT", "BSD-3-Clause AND 0BSD", "Apache-2.0 OR BSD-2-Clause", "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception"],
)
def test_an_allowed_licence_is_no_finding(script, licence):
    assert script("audit").licence_findings([package(script, licence=licence)]) == []


@pytest.mark.parametrize(
    "licence", ["", "GPL-3.0-only", "MIT AND GPL-2.0-only", "Other/Proprietary License", "LGPL-3.0-only"]
)
def test_any_other_licence_is_one(script, licence):
    (finding,) = script("audit").licence_findings([package(script, licence=licence)])
    assert "a 1.0" in finding
    assert (licence or "not stated") in finding


def test_an_exception_holds_for_the_licence_it_was_made_for(script):
    audit = script("audit")
    assert audit.licence_findings([package(script, "certifi", "MPL-2.0")]) == []
    assert len(audit.licence_findings([package(script, "certifi", "GPL-3.0-only")])) == 1


def test_every_package_that_geoops_needs_is_under_an_allowed_licence(script):
    packages, _ = script("supply").closure("geoops")
    names = {found.name for found in packages}
    assert {"geopandas", "numpy", "matplotlib", "python-dateutil", "urllib3"} <= names  # also those needed by others
    assert script("audit").licence_findings(packages) == []


def test_a_vulnerability_is_told_and_what_was_not_looked_up_is_not_counted(script):
    report = {
        "dependencies": [
            {"name": "a", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
            {"name": "of-the-tools", "version": "1.0", "vulns": [{"id": "CVE-2", "fix_versions": []}]},
        ]
    }
    findings, looked_up = script("audit").vulnerabilities(report, {"a", "b", "c"})
    assert findings == ["a 1.0: CVE-1, mended in 1.1"]
    assert looked_up == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, "NOT AUDITED"),
        (None, "NOT AUDITED"),
        ({"dependencies": [{"name": "a", "version": "1", "vulns": []}]}, "1 of 1 packages looked up, 0 known"),
    ],
)
def test_no_answer_is_said_to_be_none(script, tmp_path, answer, words):
    auditor = tmp_path / "auditor"
    auditor.write_text(f"#!/bin/sh\necho '{json.dumps(answer) if answer else 'no route to host'}'\n", encoding="utf-8")
    auditor.chmod(0o700)
    findings, said = script("audit").ask(str(auditor), {"a"})
    assert findings == []
    assert said.startswith(words)
    assert script("audit").ask(str(tmp_path / "absent"), {"a"})[1].startswith("NOT AUDITED")


def test_the_bill_lists_packages_layers_and_what_needs_what(script):
    layers = tomllib.loads((ROOT / "layers" / "catalog.toml").read_text(encoding="utf-8"))["layers"]
    packages = [package(script, "geoops", needs=("b", "absent")), package(script, "b", "BSD-3-Clause")]
    bill = script("dist").bill(packages, layers, 1_700_000_000)
    assert bill == script("dist").bill(packages, layers, 1_700_000_000)
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    data = {c["name"] for c in bill["components"] if c["type"] == "data"}
    assert data == set(layers)
    assert all(c["licenses"] and c["description"] for c in bill["components"] if c["type"] == "data")
    (own,) = [d for d in bill["dependencies"] if d["ref"] == "pkg:pypi/geoops@1.0"]
    assert "pkg:pypi/b@1.0" in own["dependsOn"]
    refs = [c["bom-ref"] for c in bill["components"]] + [bill["metadata"]["component"]["bom-ref"]]
    assert len(refs) == len(set(refs))
    assert {ref for d in bill["dependencies"] for ref in (d["ref"], *d["dependsOn"])} <= set(refs)
    other = script("dist").bill([*packages[:1], package(script, "b", "MIT")], layers, 1_700_000_000)
    assert other["serialNumber"] != bill["serialNumber"]


def test_the_bill_is_cyclonedx(script):
    packages, _ = script("supply").closure("geoops")
    text = json.dumps(script("dist").bill(packages, {}, 0))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
