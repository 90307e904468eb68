"""Each key's line is where a person would look for it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoops.report.toml_lines import key_lines, line_of

DOCUMENT = '''# a comment with = and [brackets]
title = "x = [1]"  # line 2

summary = """
first \\""" line
name = "no key"
"""
"quoted key" = 1
dotted.inner . deep = 2
list = [
    1,  # one
    { from = "a", to = "b" },
    [ 'literal \\', "#" ],
]

[table]
value = 2025-06-30
literal = \'\'\'
[not a table]
\'\'\'

[[sites]]
name = "first"
[sites.more]
a = 1

[[sites]]
name = "second"
cites = ["x", "y"]
[[sites.notes]]
text = "deep"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("summary",), 4),
        (("quoted key",), 8),
        (("dotted",), 9),
        (("dotted", "inner", "deep"), 9),
        (("list",), 10),
        (("list", 0), 11),
        (("list", 1, "to"), 12),
        (("list", 2, 1), 13),
        (("table",), 16),
        (("table", "value"), 17),
        (("table", "literal"), 18),
        (("sites",), 22),
        (("sites", 0, "name"), 23),
        (("sites", 0, "more", "a"), 25),
        (("sites", 1), 27),
        (("sites", 1, "cites", 1), 29),
        (("sites", 1, "notes", 0, "text"), 31),
    ],
)
def test_each_key_stands_on_its_line(path, line):
    tomllib.loads(DOCUMENT)  # the premise: a valid document
    assert key_lines(DOCUMENT)[path] == line


def test_no_key_is_found_inside_a_string():
    lines = key_lines(DOCUMENT)
    assert ("name",) not in lines
    assert ("not a table",) not in lines


def test_a_path_that_is_not_there_is_shown_at_what_is_round_it():
    lines = key_lines(DOCUMENT)
    assert line_of(lines, ("sites", 1, "missing", 5)) == 27
    assert line_of(lines, ("nothing",)) is None
    assert line_of(lines, ()) is None


_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@given(st.lists(st.tuples(_KEYS, _TEXTS), unique_by=lambda pair: pair[0], max_size=8))
def test_any_keys_and_texts_one_a_line(pairs):
    def quoted(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    document = "".join(f"{quoted(key)} = {quoted(text)}\n" for key, text in pairs)
    assert tomllib.loads(document) == dict(pairs)
    assert key_lines(document) == {(key,): at for at, (key, _) in enumerate(pairs, 1)}
