"""A figure of a brief that shows policies of passing borders side by side asks for each once, and for no other journeys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from geoops.report import jobs
from geoops.report.brief import Corridors, Figure


@dataclass
class Brief:
    corridors: Corridors

    def model_copy(self, update):
        return Brief(**update)


def test_each_policy_is_a_panel_of_the_figures_own_journeys(monkeypatch):
    def modelled(brief, sites, *, step):
        step("", 0.0)
        policy = brief.corridors.crossings
        return {"vehicle": [SimpleNamespace(name=name, policy=policy) for name in ("A to B", "A to C")]}, []

    monkeypatch.setattr(jobs, "find_corridors", modelled)
    monkeypatch.setattr(jobs, "corridors_of", lambda *_: [SimpleNamespace(name="A to B")])
    brief = Brief(Corridors.model_validate({"pairs": [{"from": "A", "to": "B"}], "crossings": "any"}))
    figure = Figure.model_validate({"kind": "corridor", "name": "x", "policies": ["open", "anywhere"]})
    panels = jobs.by_policy(brief, SimpleNamespace(sites=None), figure)
    assert {heading: [(c.name, c.policy) for c in group] for heading, group in panels.items()} == {
        "Borders passed at open crossings": [("A to B", "open")],
        "Borders passed anywhere": [("A to B", "anywhere")],
    }


def test_one_policy_is_no_comparison():
    with pytest.raises(ValidationError, match="policies"):
        Figure.model_validate({"kind": "corridor", "name": "x", "policies": ["open"]})


@pytest.mark.parametrize("several", [False, True])
def test_the_chances_of_a_journey_are_drawn_where_it_is_alone(monkeypatch, brief, analysis, journey, several):
    share = journey.extra_h
    known = replace(
        analysis, chances={("Alpha to Beta", "vehicle"): share}, corridors={"vehicle": [journey] * (1 + several)}
    )
    monkeypatch.setattr(jobs, "catalog_of", lambda _: None)
    asked = jobs.job_of(brief, known, Figure.model_validate({"kind": "corridor", "name": "x"}), 1).arguments
    assert asked.get("ensemble") is (None if several else share)
