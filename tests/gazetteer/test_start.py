"""What is loaded, and what is looked at, before a text has named a place: as little as the answer needs."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoops.core.objects import no_collection
from geoops.gazetteer import find_places, recognise
from geoops.gazetteer.tokens import tokens_of

HEAVY = ("geopandas", "matplotlib", "numba", "pandas", "pyproj", "rasterio", "xarray")

PROGRAM = """
import sys
from geoops.gazetteer import find_places, geocode
from geoops.gazetteer.recognise import recognised
from geoops.gazetteer.records import open_gazetteer
from geoops.gazetteer.spans import Lookup
spans = recognised(Lookup(open_gazetteer()), "The road from Hasakah to al-Hol was open.")
assert [span.query for span in spans] == ["Hasakah", "al Hol"], spans
print(*sorted(set({heavy!r}) & set(sys.modules)))
"""

pieces = st.lists(
    st.sampled_from([
        "the road to Hasakah was open", "nothing was said of it for a long while and nobody asked again", "in the village of Tal Zarnukha",
        "Mr Hassan Khattab, who lives there", "al-Hol and Roj camps", "30 km east of Kirkuk", "كان ذلك في القامشلي", ", ", ". ", "\n\n",
        "at last they went on, and at dusk they came to at-Tall", "and", "Homs", "said", "of", "the northern part", "camp", "7",
    ]),
    max_size=14,
)  # fmt: skip
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_text_is_read_without_what_only_tables_need():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(heavy=HEAVY)], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []


def _every_word(piece, offset, *, sparse):
    """`tokens_of` as if nothing could be left out."""
    assert sparse
    return tokens_of(piece, offset)


@quick
@given(pieces)
def test_words_far_from_any_name_may_be_left_out(gazetteer, parts):
    text = " ".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        found = find_places(text, gazetteer=gazetteer)
        patch.setattr(recognise, "tokens_of", _every_word)
        whole = find_places(text, gazetteer=gazetteer)
    for column in ("text", "start", "end", "status", "gazetteer_id", "score"):
        assert found[column].tolist() == whole[column].tolist()


def test_only_words_near_a_capital_are_kept_and_none_joins_over_a_gap():
    text = "Homs " + "and so on " * 20 + "Hama"
    every, near = tokens_of(text), tokens_of(text, sparse=True)
    assert len(near) == 26 < len(every)
    left = next(at for at, token in enumerate(near) if token.start > 100)
    assert not near[left].joins
    assert [t._replace(joins=True) for t in near] == [t._replace(joins=True) for t in every[:13] + every[-13:]]
    assert tokens_of("nothing to see here " * 1000, sparse=True) == []


def test_the_collector_is_as_it_was_also_after_an_error():
    with no_collection():
        assert not gc.isenabled()
    with pytest.raises(ValueError, match="inside"), no_collection():
        raise ValueError("inside")
    assert gc.isenabled()
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
