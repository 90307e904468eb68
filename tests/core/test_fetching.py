"""The door to the network, against a server on the loopback address that misbehaves in every way asked of it."""

from __future__ import annotations

import email.utils
import hashlib
import http.server
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from geoops.core import fetching
from geoops.core.errors import InputError, NetworkError
from geoops.core.fetching import Fetcher, cache_folder, user_agent

BODY = bytes(range(256)) * 2000


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the path: `/ok`, `/429-then-ok`, `/slow` ...; what was asked is kept in `seen`."""

    seen: list[tuple[str, dict[str, str]]]

    def log_message(self, *args):
        pass

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("Content_Length_", str(len(body))))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path
        self.server.seen.append((path, dict(self.headers)))
        times = sum(1 for p, _ in self.server.seen if p == path)
        if path == "/ok":
            self.send(200, BODY, Content_Type="application/octet-stream")
        elif path == "/429-then-ok":
            self.send(429, Retry_After="1") if times == 1 else self.send(200, BODY)
        elif path == "/503-dated":
            when = email.utils.formatdate(time.time() + 2, usegmt=True)
            self.send(503, Retry_After=when) if times == 1 else self.send(200, b"x")
        elif path == "/503-garbled":
            self.send(503, Retry_After="soon") if times == 1 else self.send(200, b"x")
        elif path == "/503-long":
            self.send(503, Retry_After="3600")
        elif path == "/500":
            self.send(500)
        elif path in ("/403", "/404", "/418"):
            self.send(int(path[1:]))
        elif path == "/html":
            self.send(200, b"<html>login</html>", Content_Type="text/html; charset=utf-8")
        elif path == "/silent":
            self.server.over.wait(60.0)
        elif path == "/cut":
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(BODY) - start))
            self.end_headers()
            self.wfile.write(BODY[start : start + 200_000])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(BODY)
        elif path == "/loop":
            self.send(302, Location="/loop")
        elif path == "/to-ok":
            self.send(302, Location="/ok")
        elif path == "/to-file":
            self.send(302, Location="file:///etc/passwd")


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.seen, httpd.over = [], threading.Event()
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield httpd
        httpd.over.set()
        httpd.shutdown()
        thread.join()


@pytest.fixture
def fetcher(tmp_path):
    return Fetcher(cache=tmp_path / "cache", private=True, deadline_s=20.0)


def test_what_came_is_kept_and_not_asked_for_again(server, fetcher):
    assert fetcher.get(f"{server.url}/ok") == BODY
    assert fetcher.get(f"{server.url}/ok") == BODY
    assert len(server.seen) == 1
    assert server.seen[0][1]["User-Agent"] == user_agent()
    assert user_agent().startswith("geoops/")
    assert fetcher.get(f"{server.url}/ok", max_age_s=0.0) == BODY
    assert len(server.seen) == 2


def test_retry_after_is_honoured_as_seconds_and_as_a_date(server, fetcher):
    for path in ("/429-then-ok", "/503-dated"):
        began = time.monotonic()
        assert fetcher.get(server.url + path)
        assert time.monotonic() - began >= 0.99
    assert fetcher.get(f"{server.url}/503-garbled") == b"x"


def test_a_server_that_asks_for_longer_than_the_deadline_is_given_up_at_once(server, fetcher, monkeypatch):
    slept = []
    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=time.monotonic, time=time.time, sleep=slept.append))
    with pytest.raises(NetworkError, match="deadline of 20 s; the last try met this: the server answered 503"):
        fetcher.get(f"{server.url}/503-long")
    assert not slept
    assert len(server.seen) == 1


def test_tries_are_bounded(server, tmp_path):
    with pytest.raises(NetworkError, match=r"not reached in 2 tries.*500"):
        Fetcher(cache=tmp_path, private=True, tries=2).get(f"{server.url}/500")
    assert len(server.seen) == 2


@pytest.mark.parametrize(("path", "words"), [("/403", "blocked"), ("/404", "no such file"), ("/418", "no success")])
def test_a_refusal_is_final_and_says_what_it_means(server, fetcher, path, words):
    with pytest.raises(NetworkError, match=words):
        fetcher.get(server.url + path)
    assert len(server.seen) == 1


def test_a_web_page_for_a_picture_is_refused(server, fetcher):
    with pytest.raises(NetworkError, match="text/html came where image/ was expected"):
        fetcher.get(f"{server.url}/html", types=["image/"])
    with pytest.raises(NetworkError, match="text/html"):
        fetcher.get(f"{server.url}/html", types=["image/"])  # what was refused is not kept
    assert fetcher.get(f"{server.url}/html", types=["text/html"]).startswith(b"<html>")


def test_a_silent_server_is_given_up_within_the_deadline(server, tmp_path):
    began = time.monotonic()
    with pytest.raises(NetworkError, match="no answer in time"):
        Fetcher(cache=tmp_path, private=True, deadline_s=0.6).get(f"{server.url}/silent")
    assert time.monotonic() - began < 30.0  # of the minute for which it is silent


@pytest.mark.parametrize("path", ["/ok", "/endless"])
def test_too_many_bytes_are_refused(server, tmp_path, path):
    with pytest.raises(NetworkError, match="more than 1,000 bytes"):
        Fetcher(cache=tmp_path, private=True, max_bytes=1000).get(server.url + path)


def test_a_download_that_breaks_off_is_resumed_and_checked(server, fetcher, tmp_path):
    path = tmp_path / "files" / "a.bin"
    steps = []
    digest = hashlib.sha256(BODY).hexdigest()
    fetcher.download(f"{server.url}/cut", path, sha256=digest, progress=lambda done, total: steps.append((done, total)))
    assert path.read_bytes() == BODY
    assert [p.name for p in path.parent.iterdir()] == ["a.bin"]
    offsets = [int(h.get("Range", "bytes=0-")[6:-1]) for _, h in server.seen]
    assert len(offsets) == 3
    assert 0 == offsets[0] < offsets[1] < offsets[2] < len(BODY)  # each try went on where the last one broke off
    assert steps[-1] == (len(BODY), len(BODY))
    fetcher.download(f"{server.url}/cut", path, sha256=digest)
    assert len(server.seen) == 3  # there already, with the right checksum


def test_a_server_that_ignores_the_range_starts_the_file_again(server, fetcher, tmp_path):
    (tmp_path / ".a.bin.partial").write_bytes(b"left over from another time")
    fetcher.download(f"{server.url}/ok", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_wrong_checksum_is_refused_and_the_old_file_stays(server, fetcher, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(NetworkError, match="sha256 00 expected"):
        fetcher.download(f"{server.url}/ok", path, sha256="00")
    assert path.read_bytes() == b"old"
    assert not (tmp_path / ".a.bin.partial").exists()


def test_a_download_stops_at_the_size_limit(server, tmp_path):
    with pytest.raises(NetworkError, match="more than 1,000 bytes"):
        Fetcher(private=True, max_bytes=1000).download(f"{server.url}/endless", tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()


def test_redirects_are_followed_within_bounds(server, fetcher):
    assert fetcher.get(f"{server.url}/to-ok") == BODY
    with pytest.raises(NetworkError, match="more than 5 redirects"):
        fetcher.get(f"{server.url}/loop")
    for name in ("/to-file",):
        strict = Fetcher(cache=fetcher.cache, private=False)
        with pytest.raises(NetworkError, match="private address"):
            strict.get(server.url + name)
    assert [p for p, _ in server.seen].count("/to-file") == 0


def test_a_redirect_away_from_http_and_https_is_not_followed(server, fetcher, monkeypatch):
    monkeypatch.setattr(Fetcher, "_address", lambda *_: "127.0.0.1")
    strict = Fetcher(cache=fetcher.cache, private=False)
    with pytest.raises(NetworkError, match="file:///etc/passwd, which is not https"):
        strict.get(f"{server.url}/to-file")
    with pytest.raises(NetworkError, match="which is not https"):
        strict.get(f"{server.url}/to-ok")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://localhost/x", "http://10.0.0.1/x", "http://[::1]/x", "http://169.254.1.1/x"]
)
def test_private_addresses_are_not_asked(url, tmp_path):
    with pytest.raises(NetworkError, match="private address"):
        Fetcher(cache=tmp_path).get(url)


def test_a_pause_is_kept_between_two_requests_to_one_host(server, tmp_path):
    polite = Fetcher(cache=tmp_path, private=True, pause_s=0.5)
    began = time.monotonic()
    for path in ("/ok", "/ok?2", "/html"):
        polite.get(server.url + path.replace("/ok?2", "/to-ok"))
    assert time.monotonic() - began >= 1.4  # four requests, three pauses


def test_no_connection_and_no_host_are_said_so(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(NetworkError, match=r"not reached in 2 tries.*no connection"):
        Fetcher(cache=tmp_path, private=True, tries=2).get(f"http://127.0.0.1:{port}/")
    with pytest.raises(NetworkError, match="name is not known"):
        Fetcher(cache=tmp_path, tries=1).get("http://no-such-host.invalid/")


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "example.org", "https://"])
def test_only_web_addresses_are_asked(url, tmp_path):
    with pytest.raises(InputError, match="http or https"):
        Fetcher(cache=tmp_path).get(url)


def test_the_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("GEOOPS_CACHE")
    assert cache_folder().name == "geoops"


# -- changed files, slow servers, parts of files ---------------------------------------------------------------


class States(http.server.BaseHTTPRequestHandler):
    """A file that has states: `/file` breaks off halfway while `server.cut`; Range and If-Range are understood."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        server.seen.append(dict(self.headers))
        body, tag = server.body, server.tag
        span = self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, tag)
        if self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"x")
                self.wfile.flush()
                if server.over.wait(0.06):
                    break
            return
        if span and self.path != "/whole-only" and same:
            start, _, last = span.removeprefix("bytes=").partition("-")
            start, last = int(start), min(int(last or len(body)), len(body) - 1)
            if start >= len(body):
                self.send_response(416)
                self.end_headers()
                return
            start += server.shift
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(body)}")
            piece = body[start : last + 1]
        else:
            self.send_response(200)
            piece = body
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        if server.cut:
            self.wfile.write(piece[: len(piece) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(piece)


@pytest.fixture
def states():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), States) as httpd:
        httpd.over = threading.Event()
        httpd.seen, httpd.body, httpd.tag, httpd.cut, httpd.shift = [], BODY, '"one"', False, 0
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield httpd
        httpd.over.set()
        httpd.shutdown()
        thread.join()


def test_what_an_earlier_call_left_is_gone_on_with_only_while_the_file_is_the_same(states, tmp_path):
    path = tmp_path / "a.bin"
    once = Fetcher(private=True, tries=1)
    states.cut = True
    with pytest.raises(NetworkError, match="broke off"):
        once.download(f"{states.url}/file", path)
    half = (tmp_path / ".a.bin.partial").stat().st_size
    assert 0 < half < len(BODY)
    states.cut = False
    once.download(f"{states.url}/file", path)
    assert path.read_bytes() == BODY
    assert states.seen[-1]["Range"] == f"bytes={half}-"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]  # no trace of the way
    states.cut = True
    with pytest.raises(NetworkError, match="broke off"):
        once.download(f"{states.url}/file", path)
    states.cut, states.body, states.tag = False, BODY[::-1], '"two"'
    once.download(f"{states.url}/file", path)
    assert path.read_bytes() == BODY[::-1]  # not half of one and half of the other


def test_what_an_earlier_call_left_of_an_unnamed_state_is_not_used(states, tmp_path):
    states.tag = ""
    (tmp_path / ".a.bin.partial").write_bytes(b"of another day")
    Fetcher(private=True).download(f"{states.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert "Range" not in states.seen[0]


def test_a_leftover_longer_than_the_file_is_thrown_away(states, tmp_path):
    (tmp_path / ".a.bin.partial").write_bytes(BODY + BODY)
    (tmp_path / ".a.bin.state").write_text('"one"')
    Fetcher(private=True).download(f"{states.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_another_part_than_asked_for_is_refused(states, tmp_path):
    states.cut = True
    with pytest.raises(NetworkError, match="broke off"):
        Fetcher(private=True, tries=1).download(f"{states.url}/file", tmp_path / "a.bin")
    states.cut, states.shift = False, 7
    with pytest.raises(NetworkError, match="was asked for, that from"):
        Fetcher(private=True).download(f"{states.url}/file", tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()


def test_a_server_that_sends_byte_by_byte_is_given_up_at_the_deadline(states, tmp_path):
    began = time.monotonic()
    with pytest.raises(NetworkError, match=r"deadline of 0\.5 s; \d+ bytes had come: the source is slow"):
        Fetcher(cache=tmp_path, private=True, deadline_s=0.5).get(f"{states.url}/drip")
    assert time.monotonic() - began < 30.0  # of the minute that the file would take


def test_md5_is_checked_where_a_publisher_gives_no_better(states, tmp_path):
    good = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    fetcher = Fetcher(private=True)
    fetcher.download(f"{states.url}/file", tmp_path / "a.bin", md5=good.upper())
    fetcher.download(f"{states.url}/file", tmp_path / "a.bin", md5=good)
    assert len(states.seen) == 1
    with pytest.raises(NetworkError, match="md5 0 expected"):
        fetcher.download(f"{states.url}/file", tmp_path / "a.bin", md5="0")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_what_the_caller_refuses_is_not_kept(states, tmp_path):
    fetcher = Fetcher(cache=tmp_path / "cache", private=True)

    def refuse(_):
        raise NetworkError("not a picture")

    with pytest.raises(NetworkError, match="not a picture"):
        fetcher.download(f"{states.url}/file", tmp_path / "a.bin", check=refuse)
    with pytest.raises(NetworkError, match="not a picture"):
        fetcher.get(f"{states.url}/file", check=refuse)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_parts_of_a_file(states, tmp_path):
    fetcher = Fetcher(cache=tmp_path, private=True)
    part = fetcher.get_part(f"{states.url}/file", 1000, 50)
    assert (part.data, part.size, part.validator) == (BODY[1000:1050], len(BODY), '"one"')
    assert fetcher.get_part(f"{states.url}/file", len(BODY) - 3, 50).data == BODY[-3:]
    states.tag = '"two"'
    with pytest.raises(NetworkError, match="has changed since its first part"):
        fetcher.get_part(f"{states.url}/file", 0, 50, validator='"one"')
    with pytest.raises(NetworkError, match="gives no parts"):
        fetcher.get_part(f"{states.url}/whole-only", 0, 50)
    with pytest.raises(NetworkError, match="416"):
        fetcher.get_part(f"{states.url}/file", 10**9, 50)


def test_a_refusal_carries_its_status(server, fetcher):
    with pytest.raises(NetworkError) as caught:
        fetcher.get(f"{server.url}/404")
    assert caught.value.status == 404
