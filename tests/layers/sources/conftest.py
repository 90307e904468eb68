"""What the loaders' tests share: a small world of countries, and a PostGIS server of their own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoops.core.schema import check_layer

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference"


@pytest.fixture(scope="session")
def lands():
    """Four countries as boxes; none is its own mirror image."""
    return gpd.GeoDataFrame(
        {"country": ["SY", "IQ", "TR", "IR"]},
        geometry=[
            shapely.box(36, 32, 42, 37.2),
            shapely.box(42, 29, 48.6, 37.2),
            shapely.box(26, 37.2, 45, 42),
            shapely.box(48.6, 25, 63, 40),
        ],
        crs=4326,
    )


@pytest.fixture
def reference():
    """The folder of independent reference files, where it is."""
    if not REFERENCE.is_dir():
        pytest.skip("the reference files are not here")
    return REFERENCE


@pytest.fixture
def conforms():
    """A check that a layer keeps the contract, and its provenance in every row."""

    def check(layer, *, rows=None):
        check_layer(layer)
        for column in ("id", "source", "source_date", "licence", "geometry_quality"):
            assert layer[column].notna().all(), column
        assert (layer["uncertainty_m"] > 0).all()
        entry = layer.attrs["layer"]
        for key in ("name", "title", "geometry", "source", "date", "licence", "attribution", "publish", "region"):
            assert entry[key] not in (None, "", []), key
        assert entry["count"] == len(layer)
        if rows is not None:
            assert len(layer) == rows
        return layer

    return check


@pytest.fixture(scope="session")
def postgis():
    """The address of a PostGIS server of this session alone, on a private socket."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("geoalchemy2", reason="GeoAlchemy2 is not installed")
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) if Path("/usr/lib/postgresql").is_dir() else []
    if not homes:
        pytest.skip("no PostgreSQL server is installed (postgresql-15-postgis-3)")
    bin_dir = homes[-1].parent
    version = bin_dir.parent.name
    if not Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
        pytest.skip("PostGIS is not installed (postgresql-15-postgis-3)")
    who = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("this is root, and there is no account postgres to run a server as")
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))  # a socket's path must be short
    if who:
        os.chown(folder, who["user"], who["group"])
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    server = None
    try:
        subprocess.run(
            [bin_dir / "initdb", "-D", folder / "data", "-U", "geoops", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, timeout=120, cwd=folder, env=plain, **who,
        )  # fmt: skip
        settings = ["fsync=off", "full_page_writes=off", "max_connections=10", "shared_buffers=16MB", "jit=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [bin_dir / "postgres", "-D", folder / "data", "-k", folder, "-h", "", *(p for s in settings for p in ("-c", s))],
                stdout=log, stderr=log, cwd=folder, env=plain, **who,
            )  # fmt: skip
        address = f"postgresql://geoops@/postgres?host={folder}"
        _ready(address, server, folder / "log")
        yield address
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def _ready(address, server, log):
    """Wait until the server answers, and switch PostGIS on."""
    import psycopg

    end = time.monotonic() + 60.0
    while True:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
            return
        if server.poll() is not None or time.monotonic() > end:
            pytest.fail(f"the PostGIS server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)
