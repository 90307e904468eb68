"""Known vulnerabilities and licences of everything geoops needs: `python scripts/audit.py [--auditor PIP_AUDIT]`.

A finding ends with 1. A vulnerability service that does not answer, or that knows none of the packages, is said so and is
no finding: pip-audit itself calls that "no known vulnerabilities".
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from supply import Package, closure

ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "HPND", "ISC", "MIT",
    "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
})  # fmt: skip
"""Licences under which a package may be used and passed on with no more than its notice."""

BY_NAME = {
    "certifi": ("MPL-2.0", "a list of certificates, used unchanged"),
    "docutils": ("Public Domain", "extra docs; some of its files are under BSD-2-Clause and PSF-2.0"),
    "psycopg": ("LGPL-3.0-only", "extra postgis; imported, never copied"),
    "psycopg-binary": ("LGPL-3.0-only", "extra postgis; imported, never copied"),
    "tqdm": ("MPL-2.0 AND MIT", "extra spacy; used unchanged"),
}
"""Packages under another licence that are used all the same, each with the reason."""


def licence_findings(packages: list[Package]) -> list[str]:
    """A sentence for each package whose licence nobody has allowed."""
    findings = []
    for package in packages:
        if package.name == "geoops" or BY_NAME.get(package.name, (None,))[0] == package.licence:
            continue
        parts = [part.strip(" ()") for part in re.split(r"\bAND\b|\bOR\b", package.licence)]
        if not package.licence or not all(part in ALLOWED for part in parts):
            findings.append(
                f"{package.name} {package.version}: licence {package.licence or 'not stated'!r} is not among those allowed"
            )
    return findings


def vulnerabilities(report: dict[str, Any], names: set[str]) -> tuple[list[str], int]:
    """A sentence for each known vulnerability in pip-audit's report, and how many of the named packages were looked up."""
    findings, looked_up = [], 0
    for row in report["dependencies"]:
        if row["name"].lower().replace("_", "-") in names and "skip_reason" not in row:
            looked_up += 1
            findings += [
                f"{row['name']} {row['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'no version'}"
                for known in row["vulns"]
            ]
    return findings, looked_up


def ask(auditor: str, names: set[str]) -> tuple[list[str], str]:
    """Known vulnerabilities of what is installed here, and a sentence on how far the answer goes."""
    site = sysconfig.get_paths()["purelib"]
    command = [auditor, "--path", site, "--format", "json", "--progress-spinner", "off", "--desc", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        return (
            [],
            f"NOT AUDITED: pip-audit gave no answer ({type(error).__name__}); vulnerabilities are unknown, not absent",
        )
    findings, looked_up = vulnerabilities(report, names)
    if looked_up == 0:
        return (
            [],
            "NOT AUDITED: the vulnerability service knows none of the packages or was not reached; vulnerabilities are unknown, not absent",
        )
    return findings, f"{looked_up} of {len(names)} packages looked up, {len(findings)} known vulnerabilities"


def main() -> int:
    """Print what was found; 1 if that is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--auditor", default=".venv-audit/bin/pip-audit", help="the program pip-audit")
    parser.add_argument("--json", type=Path, help="also write the result here")
    given = parser.parse_args()
    packages, absent = closure("geoops")
    licences = licence_findings(packages)
    known, said = ask(given.auditor, {package.name for package in packages})
    print(
        f"licences: {len(packages)} packages, {len(licences)} findings"
        + (f"; not installed: {', '.join(absent)}" if absent else "")
    )
    print(f"vulnerabilities: {said}")
    for sentence in (*licences, *known):
        print(f"    {sentence}")
    if given.json:
        result = {
            "packages": len(packages),
            "not_installed": absent,
            "licence_findings": licences,
            "vulnerabilities": known,
            "said": said,
        }
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return int(bool(licences or known))


if __name__ == "__main__":
    raise SystemExit(main())
