"""The wheel, the sdist and their bill of materials: `python scripts/dist.py [--out dist] [--check]`.

Same commit, same bytes: file times are those of the commit (`SOURCE_DATE_EPOCH`), order and rights are hatchling's. `--check`
builds twice, from two copies of the commit in two folders, and compares. The bill is CycloneDX 1.6: every package that an
installation with all extras needs, in the versions installed here, and every embedded layer with its source and licence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from supply import Package, closure

ROOT = Path(__file__).resolve().parents[1]


def epoch() -> int:
    """Seconds of `SOURCE_DATE_EPOCH`, else of the last commit."""
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    return int(
        stated or subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True).stdout
    )


def build(tree: Path, out: Path, seconds: int) -> list[Path]:
    """The sdist and the wheel of a tree."""
    out.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(out)],
        cwd=tree,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"hatchling could not build {tree}:\n{done.stderr[-2000:]}")
    return sorted(
        path for path in out.iterdir() if before.get(path) != path.stat().st_mtime_ns and path.suffix in {".whl", ".gz"}
    )


def licence(expression: str) -> list[dict[str, Any]]:
    """The licence as CycloneDX states it."""
    return [{"license": {"name": expression}}] if expression else []


def bill(packages: list[Package], layers: dict[str, Any], seconds: int) -> dict[str, Any]:
    """The bill of materials, the same for the same packages and layers."""
    own = next(package for package in packages if package.name == "geoops")
    others = [package for package in packages if package.name != "geoops"]
    refs = {package.name: f"pkg:pypi/{package.name}@{package.version}" for package in packages}
    components = [
        {"type": "library", "bom-ref": refs[p.name], "name": p.name, "version": p.version, "purl": refs[p.name], "licenses": licence(p.licence)}
        for p in others
    ]  # fmt: skip
    for name, layer in sorted(layers.items()):
        files = [{"alg": "SHA-256", "content": part["sha256"]} for part in layer.get("files", [])]
        components.append(
            {"type": "data", "bom-ref": f"layer:{name}", "name": name, "version": str(layer["date"]), "description": layer["source"],
             "licenses": licence(layer["licence"]), **({"hashes": files} if len(files) == 1 else {})}
        )  # fmt: skip
    depends = [{"ref": refs[p.name], "dependsOn": sorted(refs[n] for n in p.needs if n in refs)} for p in packages]
    depends[[p.name for p in packages].index("geoops")]["dependsOn"] += [f"layer:{name}" for name in sorted(layers)]
    body = {"components": components, "dependencies": depends}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([own.version, body], sort_keys=True))
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).isoformat(),
            "component": {"type": "library", "bom-ref": refs["geoops"], "name": "geoops", "version": own.version,
                          "purl": refs["geoops"], "licenses": licence(own.licence)},
        },
        **body,
    }  # fmt: skip


def check(seconds: int) -> list[tuple[str, str, bool]]:
    """Each file's name, its SHA-256, and whether two builds in two folders are the same bytes."""
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    built: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "another/deeper"):
            tree = Path(folder) / name
            tree.mkdir(parents=True)
            with tarfile.open(fileobj=BytesIO(packed)) as archive:
                archive.extractall(tree, filter="data")
            files = build(tree, Path(folder) / name.replace("/", "-out-"), seconds)
            built.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files})
    one, other = built
    return [(name, one.get(name, ""), one.get(name) == other.get(name)) for name in sorted(one.keys() | other.keys())]


def main() -> int:
    """Build, and write the bill; with `--check` only compare two builds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--check", action="store_true", help="build twice in two folders and compare the bytes")
    given = parser.parse_args()
    seconds = epoch()
    if given.check:
        rows = check(seconds)
        for name, digest, same in rows:
            print(f"{'same bytes' if same else 'DIFFERENT '}  {digest}  {name}")
        return int(len(rows) != 2 or not all(same for _, _, same in rows))
    files = build(ROOT, given.out, seconds)
    packages, absent = closure("geoops")
    layers = tomllib.loads((ROOT / "layers" / "catalog.toml").read_text(encoding="utf-8"))["layers"]
    version = next(package.version for package in packages if package.name == "geoops")
    path = given.out / f"geoops-{version}.cdx.json"
    path.write_text(json.dumps(bill(packages, layers, seconds), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for file in (*files, path):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    if absent:
        print(f"not installed here, so not on the bill: {', '.join(absent)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
