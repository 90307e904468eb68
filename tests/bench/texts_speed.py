"""How fast a text is read, and with how much memory: one scenario a process, so that none is warmed by another.

`python -m tests.bench.texts_speed realistic|hard|empty|peer`. Started by `bench_gazetteer.py`. Wall-clock and processor
seconds: the second is what an idle machine would take.
"""

from __future__ import annotations

import importlib.util
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

PASSAGES = Path(__file__).parents[1] / "gazetteer" / "gold" / "passages"
MEGABYTE = 1_000_000


def realistic(seed: int = 0) -> str:
    """A megabyte of reports: sentences of the gold passages in changing order, with numbers and people of their own."""
    draw = random.Random(seed)
    sentences = [
        sentence + "."
        for file in sorted(PASSAGES.glob("*.txt"))
        for sentence in file.read_text(encoding="utf-8").replace("\n", " ").split(". ")
    ]
    parts: list[str] = []
    size = 0
    while size < MEGABYTE:
        part = (
            draw.choice(sentences)
            if draw.random() < 0.7
            else f"Some {draw.randrange(9000)} people of ward {draw.randrange(99)} came."
        )
        parts.append(part + ("\n\n" if draw.random() < 0.1 else " "))
        size += len(parts[-1])
    return "".join(parts)[:MEGABYTE]


def place_names() -> list[str]:
    """The first names of GeoNames' populated places, from the embedded layer."""
    import pyarrow.parquet as pq

    data = Path(__file__).parents[2] / "layers" / "data"
    return [
        n for f in sorted(data.glob("places*.parquet")) for n in pq.read_table(f, columns=["name"])["name"].to_pylist()
    ]


def hard(seed: int = 0) -> str:
    """A megabyte in which every eighth word is a capitalised one: names of places from all over the world, and invented ones."""
    draw = random.Random(seed)
    names = place_names()
    common = [
        "the",
        "and",
        "people",
        "said",
        "that",
        "water",
        "roads",
        "were",
        "closed",
        "near",
        "in",
        "from",
        "at",
        "market",
        "after",
        "rain",
        "for",
        "three",
        "days",
    ]
    syllables = ["ka", "lu", "mor", "zen", "ti", "bra", "sho", "dal", "qu", "wen"]
    parts: list[str] = []
    size = 0
    while size < MEGABYTE:
        if draw.random() < 0.125:
            known = draw.random() < 0.5
            word = (
                draw.choice(names) if known else "".join(draw.choices(syllables, k=draw.randrange(2, 4))).capitalize()
            )
        else:
            word = draw.choice(common)
        parts.append(word + (". " if draw.random() < 0.05 else " "))
        size += len(parts[-1])
    return "".join(parts)[:MEGABYTE]


def empty() -> str:
    """Ten megabytes without a place."""
    return ("nothing to see here, move along; the water was cold and the night was long. " * 140_000)[: 10 * MEGABYTE]


def peak_mb() -> float:
    """The most memory that this process held: as Linux counts it, since `getrusage` counts the parent's in."""
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(scenario: str) -> dict[str, float]:
    """Read one text with `find_places`: seconds to start and to read (geopandas, for its table, among it), mentions, memory."""
    # Another process makes the text: what that needs is not what reading it needs.
    made = subprocess.run([sys.executable, __file__, "text", scenario], check=True, capture_output=True)
    text = made.stdout.decode()
    cpu = time.process_time()
    from geoops.gazetteer import find_places
    from geoops.gazetteer.records import open_gazetteer

    open_gazetteer()
    started = time.process_time() - cpu
    wall, cpu = time.perf_counter(), time.process_time()
    found = find_places(text)
    return {
        "start_s": started, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "mentions": len(found),
        "distinct": found["text"].nunique(), "peak_mb": peak_mb(),
    }  # fmt: skip


def peer() -> dict[str, float]:
    """The same megabyte with spaCy's tokeniser and a PhraseMatcher of GeoNames' first names: spans, nothing resolved."""
    if importlib.util.find_spec("spacy") is None:
        return {}
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab)
    matcher.add("PLACE", list(nlp.tokenizer.pipe(sorted(set(place_names())))))
    text = realistic()
    wall, cpu = time.perf_counter(), time.process_time()
    found = matcher(nlp(text))
    return {
        "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "mentions": len(found), "peak_mb": peak_mb(),
    }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "text":
        sys.stdout.buffer.write({"realistic": realistic, "hard": hard, "empty": empty}[sys.argv[2]]().encode())
        sys.exit(0)
    print(json.dumps(peer() if sys.argv[1] == "peer" else ours(sys.argv[1])))
