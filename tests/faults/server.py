"""A server on the loopback address that fails in every way that servers do: a path a fault."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import formatdate

__all__ = ["FAULTS", "GOOD", "PICTURE", "Faulty", "Quiet", "serving"]


def _picture(color: tuple[int, int, int], size: int = 256) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (size, size), color).save(stream, "PNG")
    return stream.getvalue()


GOOD = b"name,lon,lat\n" + b"Kirkuk,44.39,35.47\n" * 4000
"""The file that every path would give if nothing failed."""
PICTURE = _picture((120, 160, 90))
SHA256 = hashlib.sha256(GOOD).hexdigest()


class Faulty(http.server.BaseHTTPRequestHandler):
    """One answer of the server; `calls` counts requests a path, `agents` what callers said they were."""

    protocol_version = "HTTP/1.1"
    calls: Counter[str] = Counter()  # noqa: RUF012
    at: dict[str, list[float]] = {}  # noqa: RUF012
    agents: set[str] = set()  # noqa: RUF012
    end = threading.Event()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Fail as the path says."""
        name = self.path.strip("/").split("/")[0].split(".")[0]
        Faulty.calls[name] += 1
        Faulty.at.setdefault(name, []).append(time.monotonic())
        Faulty.agents.add(self.headers.get("User-Agent", ""))
        with contextlib.suppress(ConnectionError, TimeoutError):
            FAULTS[name](self)

    def send(
        self, body: bytes, *, status: int = 200, kind: str = "text/csv", length: int | None = None, **headers: str
    ) -> None:
        """An answer with its head."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """End the connection with a reset."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class Quiet(http.server.ThreadingHTTPServer):
    """A server that says nothing of callers who hang up, which they do here on purpose."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def _once(fault: Callable[[Faulty], None], name: str) -> Callable[[Faulty], None]:
    """The fault at the first call, the good file later."""
    return lambda h: fault(h) if Faulty.calls[name] == 1 else h.send(GOOD)


def _slow(h: Faulty) -> None:
    h.send(b"", length=len(GOOD))
    for at in range(0, len(GOOD), 16):
        if Faulty.end.wait(0.05):
            return
        h.wfile.write(GOOD[at : at + 16])


def _silent(_: Faulty) -> None:
    Faulty.end.wait(20)


def _stalls(h: Faulty) -> None:
    h.send(GOOD[:1000], length=len(GOOD))
    Faulty.end.wait(20)


def _truncated(h: Faulty) -> None:
    h.send(GOOD[:5000], length=len(GOOD))
    h.close_connection = True


def _reset(h: Faulty) -> None:
    h.send(GOOD[:5000], length=len(GOOD))
    h.cut()


def _no_head(h: Faulty) -> None:
    h.wfile.write(b"\x00\x01garbage\r\n\r\n")
    h.close_connection = True


def _endless(h: Faulty) -> None:
    h.send_response(200)
    h.send_header("Content-Type", "text/csv")
    h.send_header("Transfer-Encoding", "chunked")
    h.end_headers()
    block = b"x" * 65536
    for _ in range(4000):
        h.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))


def _bad_chunk(h: Faulty) -> None:
    h.send_response(200)
    h.send_header("Transfer-Encoding", "chunked")
    h.end_headers()
    h.wfile.write(b"zz\r\nnot a chunk\r\n0\r\n\r\n")
    h.close_connection = True


def _bomb(h: Faulty) -> None:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as out:
        for _ in range(200):
            out.write(bytes(2**20))
    h.send(stream.getvalue(), Content_Encoding="gzip")


def _redirect(target: Callable[[Faulty], str]) -> Callable[[Faulty], None]:
    return lambda h: h.send(b"", status=302, Location=target(h))


def _head_flood(h: Faulty) -> None:
    h.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n")
    h.close_connection = True


PAGE = b"<!doctype html><html><title>Sign in</title><body>Please accept our terms.</body></html>"

FAULTS: dict[str, Callable[[Faulty], None]] = {
    "good": lambda h: h.send(GOOD),
    "picture": lambda h: h.send(PICTURE, kind="image/png"),
    "busy": lambda h: h.send(b"slow down", status=429, Retry_After="1") if Faulty.calls["busy"] == 1 else h.send(GOOD),
    "busy-date": lambda h: h.send(b"", status=429, Retry_After=formatdate(time.time() + 2, usegmt=True)) if Faulty.calls["busy-date"] == 1 else h.send(GOOD),
    "busy-long": lambda h: h.send(b"", status=429, Retry_After="86400"),
    "busy-nonsense": lambda h: h.send(b"", status=429, Retry_After="soon") if Faulty.calls["busy-nonsense"] == 1 else h.send(GOOD),
    "busy-always": lambda h: h.send(b"", status=429, Retry_After="0"),
    "down-once": _once(lambda h: h.send(b"", status=503), "down-once"),
    "down": lambda h: h.send(b"", status=503),
    "broken": lambda h: h.send(b"", status=500),
    "forbidden": lambda h: h.send(b"", status=403),
    "gone": lambda h: h.send(b"", status=404),
    "teapot": lambda h: h.send(b"", status=418),
    "slow": _slow,
    "silent": _silent,
    "stalls": _stalls,
    "truncated": _truncated,
    "truncated-once": _once(_truncated, "truncated-once"),
    "reset": _reset,
    "reset-once": _once(_reset, "reset-once"),
    "garbage": _no_head,
    "endless": _endless,
    "bad-chunk": _bad_chunk,
    "head-flood": _head_flood,
    "page": lambda h: h.send(PAGE, kind="text/html"),
    "page-as-csv": lambda h: h.send(PAGE),
    "page-as-png": lambda h: h.send(PAGE, kind="image/png"),
    "empty": lambda h: h.send(b""),
    "small-picture": lambda h: h.send(_picture((9, 9, 9), 64), kind="image/png"),
    "blocked-picture": lambda h: h.send(_picture((240, 240, 240)), kind="image/png"),
    "half-picture": lambda h: h.send(PICTURE[: len(PICTURE) // 2], kind="image/png"),
    "loop": _redirect(lambda _: "/loop"),
    "to-file": _redirect(lambda _: "file:///etc/hostname"),
    "to-ftp": _redirect(lambda _: "ftp://127.0.0.1/x"),
    "to-private": _redirect(lambda _: "https://10.255.255.1/x"),
    "to-metadata": _redirect(lambda _: "https://169.254.169.254/latest/meta-data"),
    "to-nothing": lambda h: h.send(b"", status=302),
    "wrong-bytes": lambda h: h.send(GOOD[:-1] + b"!"),
    "too-large": lambda h: h.send(b"", length=2**40),
    "wrong-length": lambda h: h.send(GOOD, length=len(GOOD) + 10),
    "bomb": _bomb,
    "no-content": lambda h: h.send(b"", status=204),
    "part-unasked": lambda h: h.send(GOOD[100:], status=206, Content_Range=f"bytes 100-{len(GOOD) - 1}/{len(GOOD)}"),
    "old-clock": lambda h: h.send(GOOD, Last_Modified=formatdate(0, usegmt=True), Date=formatdate(0, usegmt=True)),
    "future-clock": lambda h: h.send(b"", status=429, Retry_After=formatdate(time.time() + 9e8, usegmt=True)),
}  # fmt: skip
"""What happens at each path."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The server's address, while the block lasts."""
    Faulty.calls.clear()
    Faulty.at.clear()
    Faulty.agents.clear()
    Faulty.end.clear()
    server = Quiet(("127.0.0.1", 0), Faulty)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        Faulty.end.set()
        server.shutdown()
        server.server_close()
