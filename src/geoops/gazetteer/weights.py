"""How well known a place is, and in which countries names are written in many ways: the numbers of `words/weights.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import numpy as np

from geoops.core.reading import read_text
from geoops.gazetteer.features import WORDS

__all__ = ["arabic_countries", "detail_factor", "weight_of"]


@cache
def _weights() -> dict[str, Any]:
    """The data file of weights, parsed."""
    return tomllib.loads(read_text(WORDS / "weights.toml"))


@cache
def arabic_countries() -> frozenset[str]:
    """ISO codes of the countries whose names are written in many ways, most of them in Arabic script."""
    return frozenset(_weights()["script"]["countries"])


@cache
def detail_factor(country: str | None) -> float:
    """
    How many times likelier a place is meant by a bare name because of the countries that it lies in.

    Parameters
    ----------
    country
        ISO codes, `;` between them.
    """
    detail = _weights()["detail"]
    known = not set(detail["countries"]).isdisjoint((country or "").split(";"))
    return float(detail["factor"]) if known else 1.0


def _first_fit(table: dict[str, float], kind: str) -> float | None:
    """The value of the first code of a table that fits a kind."""
    for pattern, value in table.items():
        if kind == pattern or (pattern.endswith("*") and kind.startswith(pattern[:-1])):
            return value
    return None


def weight_of(kind: str | None, population: Any, layer: str | None = None) -> float:
    """
    How well known a place is, in people, by `words/weights.toml`.

    Parameters
    ----------
    kind
        Its feature code.
    population
        Its population, if known.
    layer
        The layer that has it: a country file names every hamlet and spring, a user's own table what the user means.
    """
    data = _weights()
    own = data["layer"].get(layer, {})
    if "weight" in own:
        return float(own["weight"])
    code = kind or ""
    factor = _first_fit(data["factor"], code)
    if factor is not None:
        known = population is not None and np.isfinite(float(population)) and float(population) > 0
        people = float(population) if known else float(own.get("population_unknown", data["population_unknown"]))
        return max(float(data["floor"]), people * factor)
    value = _first_fit(data["kind"], code)
    return max(float(data["floor"]), float(value or 0.0) * float(own.get("share", 1.0)))
