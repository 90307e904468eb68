"""Geocoding services, imitated on the loopback address: asked only when told to, politely, and never trusted too far."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geoops.cli import run
from geoops.core import fetching
from geoops.core.errors import InputError, MissingExtraError
from geoops.core.fetching import user_agent
from geoops.gazetteer import geocode, online
from geoops.gazetteer.online import ONLINE_SCORE, Online

NOMINATIM = {
    "Hamlet": [
        {
            "place_id": 1, "osm_type": "node", "osm_id": 123, "lat": "36.41", "lon": "41.20", "class": "place", "type": "hamlet",
            "addresstype": "hamlet", "name": "Hamlet", "display_name": "Hamlet, Al-Hasakah, Syria",
            "boundingbox": ["36.40", "36.42", "41.19", "41.21"], "address": {"country_code": "sy", "state": "Al-Hasakah"},
            "namedetails": {"name": "قرية", "name:en": "Hamlet"},
        }
    ],
    "Elsewhere": [
        {"osm_type": "way", "osm_id": 5, "lat": "1", "lon": "2", "name": "Quite Another", "display_name": "Quite Another, X",
         "boundingbox": ["1", "1", "2", "2"], "address": {"country_code": "de"}}
    ],
    "Tripoli": [
        {"osm_type": "relation", "osm_id": 9, "lat": "34.43", "lon": "35.84", "addresstype": "city", "name": "Tripoli",
         "display_name": "Tripoli, Lebanon", "boundingbox": ["34.40", "34.46", "35.80", "35.88"], "address": {"country_code": "lb"}}
    ],
}  # fmt: skip


def _features(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


PHOTON = _features(
    {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [41.2, 36.41]},
        "properties": {"osm_type": "N", "osm_id": 123, "osm_key": "place", "osm_value": "village", "name": "Hamlet",
                       "countrycode": "SY", "state": "Al-Hasakah", "country": "Syria", "extent": [41.1, 36.5, 41.3, 36.3]},
    }
)  # fmt: skip
PELIAS = _features(
    {
        "type": "Feature",
        "bbox": [41.1, 36.3, 41.3, 36.5],
        "geometry": {"type": "Point", "coordinates": [41.2, 36.41]},
        "properties": {"id": "7", "gid": "whosonfirst:locality:7", "layer": "locality", "source": "whosonfirst",
                       "name": "Hamlet", "country_code": "SY", "region": "Al-Hasakah"},
    }
)  # fmt: skip


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the three services do; `/search` of Nominatim misbehaves when the name asks for it."""

    def log_message(self, *args: Any) -> None:
        pass

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.server.seen.append((self.server.clock(), parts.path, asked, dict(self.headers)))
        name = asked.get("q") or asked.get("text") or ""
        if name == "Busy" and sum(s[2].get("q") == "Busy" for s in self.server.seen) == 1:
            self.send(429, b"slow down", **{"Retry-After": "1"})
        elif name == "Busy forever":
            self.send(429, b"slow down", **{"Retry-After": "3600"})
        elif name == "Page":
            self.send(200, b"<html>please log in</html>", kind="text/html")
        elif name == "Broken":
            self.send(200, b'[{"lat": "1"')
        elif name == "Odd":
            self.send(200, b'[{"display_name": "Odd", "name": "Odd"}]')
        elif name == "Refused":
            self.send(403, b"no")
        elif name == "Silent":
            time.sleep(1.5)
        elif parts.path == "/search":
            self.send(200, json.dumps(NOMINATIM.get(name, NOMINATIM["Hamlet"] if name == "Busy" else [])).encode())
        elif parts.path == "/api":
            self.send(200, json.dumps(PHOTON if name == "Hamlet" else _features()).encode())
        elif parts.path == "/v1/search":
            self.send(200, json.dumps(PELIAS if name == "Hamlet" else _features()).encode())


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.seen, httpd.clock = [], time.monotonic
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def ask(server, gazetteer, tmp_path, monkeypatch):
    """Names to Sites, with a service on the loopback; a second is made short where the pause is not the matter."""
    monkeypatch.setattr(online, "_PAUSE_S", 0.0)
    online._fetcher.cache_clear()

    def go(names, service="nominatim", *, ask="not_found", deadline_s=20.0, **demands):
        given = Online(service, address=server.url, ask=ask, deadline_s=deadline_s, cache=tmp_path / "cache")
        return geocode(names, gazetteer=gazetteer, online=given, **demands)

    yield go
    online._fetcher.cache_clear()


@pytest.mark.parametrize("service", ["nominatim", "photon", "pelias"])
def test_a_name_that_the_gazetteer_lacks_is_asked_for_and_the_answer_says_so(ask, server, service):
    sites = ask(["Kirkuk", "Hamlet", "Nowhere at all"], service)
    assert sites["status"].tolist() == ["resolved", "resolved", "not_found"]
    hamlet = sites.iloc[1]
    assert (hamlet.geometry.x, hamlet.geometry.y) == (41.2, 36.41)
    assert hamlet["source"] == f"{service} (online)"
    assert hamlet["reason"].startswith(f"online: {service}, the gazetteer has no such name; Hamlet")
    assert hamlet["score"] == ONLINE_SCORE < 0.9
    assert (hamlet["country"], hamlet["kind"], hamlet["admin1"]) == ("SY", "PPL", "Al-Hasakah")
    assert hamlet["licence"] == ("as stated by the service" if service == "pelias" else "ODbL 1.0")
    assert sites["reason"].iloc[2].endswith(f"; {service} was asked and has none")
    assert sites["source"].iloc[0] == "geonames"
    assert len(server.seen) == 2  # Kirkuk was not asked for
    assert all(headers["User-Agent"] == user_agent() for *_, headers in server.seen)


@pytest.mark.parametrize(("service", "radius"), [("nominatim", 1_430.0), ("photon", 15_140.0), ("pelias", 15_140.0)])
def test_the_radius_covers_the_box_of_the_answer(ask, service, radius):
    from pyproj import Geod

    site = ask(["Hamlet"], service).iloc[0]
    assert site["uncertainty_m"] == pytest.approx(radius, rel=0.02)
    half = 0.01 if service == "nominatim" else 0.1
    corners = [(41.2 + x * half, 36.41 + y * half) if service == "nominatim" else (41.2 + x * half, 36.4 + y * half)
               for x in (-1, 1) for y in (-1, 1)]  # fmt: skip
    far = max(Geod(ellps="WGS84").inv(41.2, 36.41, *corner)[2] for corner in corners)
    assert site["uncertainty_m"] >= far - 0.01


def test_an_answer_without_a_box_is_uncertain(ask, monkeypatch):
    plain = [{k: v for k, v in NOMINATIM["Hamlet"][0].items() if k != "boundingbox"}]
    monkeypatch.setitem(NOMINATIM, "Hamlet", plain)
    assert ask(["Hamlet"])["uncertainty_m"].tolist() == [25_000.0]


def test_without_being_told_nothing_is_asked(server, gazetteer):
    assert geocode(["Hamlet"], gazetteer=gazetteer)["status"].tolist() == ["not_found"]
    assert server.seen == []


def test_an_answer_of_another_name_is_no_answer(ask):
    site = ask(["Elsewhere"]).iloc[0]
    assert site["status"] == "not_found"
    assert "nominatim was asked and has none but only of another name: Quite Another" in site["reason"]


def test_what_was_demanded_holds_for_the_service_too(ask, server):
    assert ask(["Hamlet"], country="IQ")["status"].tolist() == ["not_found"]
    assert server.seen[-1][2]["countrycodes"] == "iq"
    assert ask(["Hamlet"], kind="MTS")["status"].tolist() == ["not_found"]
    assert ask(["Hamlet"], country="SY", kind="PPL")["status"].tolist() == ["resolved"]


def test_asked_about_all_the_service_stands_beside_the_gazetteer_and_never_before_it(ask):
    alone, both = ask(["Tripoli"]).iloc[0], ask(["Tripoli"], ask="all").iloc[0]
    assert both["gazetteer_id"] == alone["gazetteer_id"] == "geonames/2210247"
    assert both["source"] == "geonames"
    assert both["alternatives"][-1]["gazetteer_id"] == "nominatim/r9"
    assert both["alternatives"][-1]["reason"].startswith("online: nominatim")


def test_answers_are_kept_and_not_asked_for_again(ask, server):
    ask(["Hamlet", "Nowhere at all"])
    ask(["Hamlet", "Nowhere at all", "Hamlet"])
    assert len(server.seen) == 2


def clock_of_geoops(monkeypatch, monotonic, sleep):
    """Give what asks and what waits another clock; the server and the rest of the process keep theirs."""
    clock = SimpleNamespace(monotonic=monotonic, sleep=sleep, time=time.time)
    monkeypatch.setattr(online, "time", clock)
    monkeypatch.setattr(fetching, "time", clock)


def test_at_most_one_request_a_second(server, gazetteer, tmp_path, monkeypatch):
    """By a clock that only waiting moves: how busy the machine is does not count."""
    now = [0.0]
    clock_of_geoops(monkeypatch, lambda: now[0], lambda seconds: now.append(now.pop() + seconds))
    server.clock = lambda: now[0]
    online._fetcher.cache_clear()
    given = Online("nominatim", address=server.url, cache=tmp_path)
    for name in ("Nowhere one", "Nowhere two"):  # two calls: the pause is kept between them too
        geocode([name], gazetteer=gazetteer, online=given)
    assert [at for at, *_ in server.seen] == [0.0, 1.0]


def test_a_busy_server_is_waited_for(ask, server):
    assert ask(["Busy", "Kirkuk"])["status"].tolist() == ["not_found", "resolved"]  # it answered with another name
    assert server.seen[1][0] - server.seen[0][0] >= 0.99


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Busy forever", "given up at the deadline of"),
        ("Page", "text/html came where application/json"),
        ("Broken", "something came that is no JSON"),
        ("Refused", "answered 403"),
        ("Odd", "answered something not understood"),
        ("Silent", "deadline"),
    ],
)
def test_a_service_that_fails_costs_only_its_own_answers_and_is_not_asked_again(ask, server, name, words, monkeypatch):
    slept = []
    clock_of_geoops(monkeypatch, time.monotonic, slept.append)
    sites = ask([name, "Hamlet", "Kirkuk"], deadline_s=1.0 if name == "Silent" else 10.0)
    assert sum(slept) < 8.0
    assert sites["status"].tolist() == ["not_found", "not_found", "resolved"]
    assert words in sites["reason"].iloc[0]
    assert "nominatim was not asked" in sites["reason"].iloc[1]
    assert not any(asked.get("q") == "Hamlet" for _, _, asked, _ in server.seen)


def test_nothing_bad_is_kept(ask, server):
    for _ in range(2):
        ask(["Page"])
    assert len(server.seen) == 2


def test_the_deadline_is_that_of_the_whole_call(ask, server):
    sites = ask([f"Nowhere {n}" for n in "abc"], deadline_s=0.0)
    assert server.seen == []
    assert sites["reason"].str.endswith("nominatim was not asked: the deadline of 0 s was over").all()


def test_what_is_no_name_is_not_asked_for(ask, server):
    sites = ask(["", None, "36.39, 41.15", "...", "\ud800"])
    assert server.seen == []
    assert sites["status"].tolist() == ["not_found", "not_found", "resolved", "not_found", "not_found"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"service": "google"}, "online='google': expected one of nominatim, photon, pelias"),
        ({"service": "pelias"}, "address of pelias: expected one such as https://geocoder.example.org; none came"),
        ({"service": "photon", "address": "ftp://x"}, "'ftp://x' came"),
        ({"service": "photon", "address": "https://x/search?q=1"}, "came"),
        ({"service": "photon", "ask": "some"}, "ask='some'"),
    ],
)
def test_a_service_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(InputError) as caught:
        Online(**arguments)
    assert words in str(caught.value)


def test_what_is_no_service_is_refused(gazetteer):
    with pytest.raises(InputError, match="online: expected one of"):
        geocode(["Hamlet"], gazetteer=gazetteer, online=3)


def test_without_geopy_the_error_names_the_extra(gazetteer, monkeypatch):
    monkeypatch.setitem(sys.modules, "geopy", None)
    with pytest.raises(MissingExtraError, match=r"geoops\[online\]"):
        geocode(["Hamlet"], gazetteer=gazetteer, online="nominatim")


def test_the_command_asks_when_told(server, small_world, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path))
    monkeypatch.setenv("GEOOPS_LAYERS", str(small_world))
    monkeypatch.setattr(online, "_PAUSE_S", 0.0)
    online._fetcher.cache_clear()
    assert run(["geocode", "Hamlet", "--online", "Nominatim", "--online-address", server.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["source"] == "nominatim (online)"
    assert list(Path(tmp_path, "http").iterdir())  # kept, under the user's cache
    assert run(["geocode", "Hamlet", "--online", "google"]) == 2
    assert run(["geocode", "Hamlet", "--online-address", server.url]) == 2
    assert "goes with --online" in capsys.readouterr().err
