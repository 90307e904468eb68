"""A PostGIS server for tests and benchmarks alone: on a socket of its own in a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

SETTINGS = (
    "fsync=off", "full_page_writes=off", "max_connections=10", "shared_buffers=256MB", "work_mem=64MB", "jit=off",
    "max_parallel_workers_per_gather=0",
)  # fmt: skip


class NoServerError(RuntimeError):
    """Why there is no server."""


@contextmanager
def server():
    """
    Start a server and give the words by which psql and libpq find it: `host=... user=... dbname=...`.

    Raises
    ------
    NoServerError
        Where there is no PostgreSQL with PostGIS, or nobody to run it as.
    RuntimeError
        Where it does not start.
    """
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) if Path("/usr/lib/postgresql").is_dir() else []
    if not homes or shutil.which("psql") is None:
        raise NoServerError("PostgreSQL is not installed (postgresql-15-postgis-3)")
    programs = homes[-1].parent
    version = programs.parent.name
    if not Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
        raise NoServerError(f"PostGIS is not installed (postgresql-{version}-postgis-3)")
    who = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            account = pwd.getpwnam("postgres")
        except KeyError as error:
            raise NoServerError("this is root, and there is no account postgres to run a server as") from error
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="gps-", dir="/tmp"))  # a socket's path must be short
    if who:
        os.chown(folder, who["user"], who["group"])
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    running = None
    try:
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "geoops", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, timeout=180, cwd=folder, env=plain, **who,
        )  # fmt: skip
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "", *options],
                stdout=log, stderr=log, cwd=folder, env=plain, **who,
            )  # fmt: skip
        address = f"host={folder} user=geoops dbname=postgres"
        _wait(address, running, folder / "log")
        yield address
    finally:
        if running is not None:
            running.send_signal(signal.SIGINT)
            try:
                running.wait(timeout=30)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def psql(address: str, script: str) -> str:
    """What a script prints, unaligned, without headers."""
    done = subprocess.run(
        ["psql", address, "-v", "ON_ERROR_STOP=1", "-qAt"], input=script, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def _wait(address: str, running: subprocess.Popen, log: Path) -> None:
    """Until the server answers and has PostGIS."""
    end = time.monotonic() + 90.0
    while True:
        try:
            psql(address, "create extension if not exists postgis;")
        except RuntimeError as error:
            if running.poll() is not None or time.monotonic() > end:
                msg = f"the server did not start: {error}; {log.read_text()[-500:]}"
                raise RuntimeError(msg) from error
            time.sleep(0.2)
        else:
            return
