"""A web server on the loopback address for the tests of sources: it counts what it sends, and misbehaves when told."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class Site:
    """What a server holds and what became of it."""

    files: dict[str, bytes | Callable[[], Answer]] = field(default_factory=dict)
    ranges: bool = True
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(1 for p, _ in self.seen if p == path)


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[], Answer]:
    """An answer that is always the same; `Retry_After="1"` becomes the header Retry-After."""
    return lambda: (status, body, {k.replace("_", "-"): v for k, v in headers.items()})


def in_turn(*answers: bytes | Callable[[], Answer]) -> Callable[[], Answer]:
    """One answer after the other, the last of them for ever."""
    left = list(answers)

    def give() -> Answer:
        now = left.pop(0) if len(left) > 1 else left[0]
        return (200, now, {}) if isinstance(now, bytes) else now()

    return give


def slow(seconds: float, body: bytes = b"") -> Callable[[], Answer]:
    """An answer that takes its time."""

    def give() -> Answer:
        time.sleep(seconds)
        return (200, body, {})

    return give


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve the site on a free port of the loopback address for as long as the block takes."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            path = self.path.split("?")[0]
            site.seen.append((path, dict(self.headers)))
            held = site.files.get(path)
            if held is None:
                status, body, headers = 404, b"", {}
            else:
                status, body, headers = (200, held, {}) if isinstance(held, bytes) else held()
            span = self.headers.get("Range")
            if span and status == 200 and site.ranges:
                start, _, last = span.removeprefix("bytes=").partition("-")
                end = min(int(last or len(body)), len(body) - 1)
                headers = {**headers, "Content-Range": f"bytes {start}-{end}/{len(body)}"}
                status, body = 206, body[int(start) : end + 1]
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", headers.get("X-Length", str(len(body))))
                self.end_headers()
                self.wfile.write(body)
                site.sent += len(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
