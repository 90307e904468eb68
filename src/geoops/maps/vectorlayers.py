"""An SVG as a graphics editor opens it: layers with names that a person reads, and what stands on them within.

matplotlib writes one flat list of groups in drawing order. Here neighbours that belong together become one group, with an id and
the label that Inkscape shows (Illustrator shows the id); nothing changes its place, so the picture stays what it was.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from xml.sax.saxutils import quoteattr, unescape

__all__ = ["in_layers", "parts_named", "read_from_the_right"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

NAMESPACE = "http://www.inkscape.org/namespaces/inkscape"

_LAYERS = (
    # What an id begins with, the layer's id, and its name.
    ("base", "base", "Base: relief, water, roads, railways"), ("graticule-number", "labels", "Labels"), ("graticule", "graticule", "Graticule"),
    ("boundary", "boundaries", "Boundaries"), ("site", "sites", "Sites"), ("towns", "towns", "Towns"), ("halo", "labels", "Labels"),
    ("label", "labels", "Labels"), ("basemap-credit", "labels", "Labels"), ("band", "corridor", "Corridor"), ("chance", "corridor", "Corridor"), ("route", "routes", "Routes"),
    ("badge", "routes", "Routes"), ("pinch", "pinch-points", "Pinch points"), ("rings", "rings", "Rings"), ("distance-", "distances", "Equal distances"),
    ("connector", "connectors", "Connectors"), ("events", "events", "Events"), ("dated-area", "remarks", "Remarks"), ("arrow", "remarks", "Remarks"),
    ("bracket", "remarks", "Remarks"), ("callout", "remarks", "Remarks"), ("leader", "remarks", "Remarks"), ("numeral", "remarks", "Remarks"),
    ("key", "remarks", "Remarks"), ("scale", "scale", "Scale and north arrow"), ("north-arrow", "scale", "Scale and north arrow"),
    ("locator", "locator", "Locator"), ("frame", "frame", "Frame"), ("page", "page", "Page"), ("title", "title", "Title and summary"),
    ("subtitle", "title", "Title and summary"), ("logo", "logo", "Logo"), ("legend", "legend", "Legend"), ("margin", "small-print", "Sources and small print"),
    ("table", "table", "Table"), ("chart", "chart", "Chart"), ("panel-title", "title", "Title and summary"),
)  # fmt: skip
_KINDS = {"halo": "Halos", "graticule-number": "Coordinates"}
_STATES = re.compile(r"-(?:not-working|working|unknown|approximate|schematic|surveyed|casing).*$")
_WORDS = re.compile(r">([^<>]+)</text>")


@dataclass(frozen=True)
class _Block:
    """One element with all that is in it: its lines, and what it is called."""

    lines: list[str]
    gid: str

    @property
    def layer(self) -> tuple[str, str]:
        """Id and name of the layer that it belongs to."""
        for start, name, label in _LAYERS:
            if self.gid.startswith(start):
                return name, label
        theme = _STATES.sub("", self.gid)
        return theme.replace("_", "-"), theme.replace("_", " ").replace("-", " ").capitalize()

    @property
    def kind(self) -> str:
        """Which of a layer's kinds it is: texts of one sort, or a halo."""
        return _KINDS.get(self.gid) or f"{self.gid.removeprefix('label-').replace('-', ' ').capitalize()} labels"


def parts_named(gid: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let all that a function draws into its first argument (a figure, or a panel's axes) belong together: parts without a name get one."""

    def decorated(draw: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(draw)
        def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            holder: Any = getattr(args[0], "ax", args[0])
            before = {id(artist) for artist in holder.get_children()}
            result = draw(*args, **kwargs)
            for artist in holder.get_children():
                if id(artist) not in before and not artist.get_gid():
                    artist.set_gid(gid)
            return result

        return wrapper

    return decorated


def in_layers(text: str, names: Mapping[str, str]) -> str:
    """
    An SVG of matplotlib's with its groups in named layers.

    Parameters
    ----------
    text
        The SVG, ids not yet made unique.
    names
        What single groups stand for, by their id: the name of a site.
    """
    lines = _grouped(text.split("\n"), 3, names, deep=True)  # what stands in a map
    lines = _grouped(lines, 2, names, deep=False)  # the maps, and what stands round them
    return "\n".join(lines).replace("<svg ", f'<svg xmlns:inkscape="{NAMESPACE}" ', 1)


def read_from_the_right(text: str) -> str:
    """
    An SVG whose lines that begin in Arabic script are read from the right, as matplotlib has set them.

    SVG reads every text from the left unless told otherwise: a number and its unit, or a full stop, would change places. An
    isolate of Unicode tells it without moving the text's anchor, as the property `direction` would.

    Examples
    --------
    >>> read_from_the_right("<text>5 km</text>"), read_from_the_right("<text>كم 5</text>") == "<text>\u2067كم 5\u2069</text>"
    ('<text>5 km</text>', True)
    """

    def isolated(match: re.Match[str]) -> str:
        words = unescape(match.group(1))
        first = next((d for c in words if (d := unicodedata.bidirectional(c)) in {"L", "R", "AL"}), "L")
        plain = all(unicodedata.bidirectional(c) in {"R", "AL", "NSM", "WS"} for c in words)
        return match.group(0) if first == "L" or plain else f">\u2067{match.group(1)}\u2069</text>"

    return _WORDS.sub(isolated, text)


def _grouped(lines: list[str], indent: int, names: Mapping[str, str], *, deep: bool) -> list[str]:
    """Runs of elements at one depth that belong to a layer, each in a group of its own."""
    result: list[str] = []
    items = itertools.groupby(_blocks(lines, indent), key=lambda item: item.layer if isinstance(item, _Block) else None)
    for run in (list(group) for _, group in items):
        blocks = [block for block in run if isinstance(block, _Block)]
        if not blocks or blocks[0].gid.startswith("axes"):
            result += [line for item in run for line in (_named(item, names) if isinstance(item, _Block) else [item])]
            continue
        name, label = blocks[0].layer
        result.append(_opening(f"layer-{name}", label, layer=True))
        kinds = itertools.groupby(blocks, key=lambda block: block.kind if deep and name == "labels" else "")
        for kind, group in kinds:
            inner = [line for block in group for line in _named(block, names)]
            opening = _opening(f"layer-{name}-{kind.lower().replace(' ', '-')}", kind)
            result += [opening, *inner, "</g>"] if kind else inner
        result.append("</g>")
    return result


def _blocks(lines: list[str], indent: int) -> Iterator[_Block | str]:
    """Elements at a depth, whole; and the lines between them."""
    opened = re.compile(rf'^ {{{indent}}}<(g|image)\b[^>]*?\bid="([^"]+)"')
    rest = iter(lines)
    for line in rest:
        match = opened.match(line)
        if match is None:
            yield line
            continue
        taken = [line]
        closing = f"{' ' * indent}</{match.group(1)}>"
        if not line.rstrip().endswith("/>"):
            for inner in rest:
                taken.append(inner)
                if inner.startswith(closing) or (match.group(1) == "image" and inner.rstrip().endswith("/>")):
                    break
        yield _Block(taken, match.group(2))


def _named(block: _Block | str, names: Mapping[str, str]) -> list[str]:
    """An element with a label: what it stands for, or the words that it draws."""
    if isinstance(block, str):
        return [block]
    said = next((unescape(m.group(1)) for line in block.lines[:3] if (m := _WORDS.search(line))), "")
    label = "Map" if block.gid.startswith("axes") else names.get(block.gid, said)
    if not label or not block.lines[0].lstrip().startswith("<g "):
        return block.lines
    first = block.lines[0].replace("<g ", f"<g inkscape:label={quoteattr(label)} ", 1)
    return [first, *block.lines[1:]]


def _opening(gid: str, label: str, *, layer: bool = False) -> str:
    """The start of a group."""
    mode = ' inkscape:groupmode="layer"' if layer else ""
    return f'<g id="{gid}"{mode} inkscape:label={quoteattr(label)}>'
