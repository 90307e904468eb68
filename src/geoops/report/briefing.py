"""Reading a brief and judging it whole: every mistake at once, each with its line, before any work starts.

The models of `brief.py` judge one value at a time; what must fit together (names of sites in pairs, ids of citations,
layers that exist) is judged here. Whether a name is in the gazetteer is no mistake of the brief: `bundle.py` reports it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from geoops.core.errors import BriefError
from geoops.core.reading import read_text
from geoops.core.text import one_line
from geoops.report.brief import Brief
from geoops.report.references import (
    Problem,
    closest,
    kind_problems,
    layer_problems,
    look_problems,
    reference_problems,
)
from geoops.report.toml_lines import KeyPath, key_lines, line_of

__all__ = ["check_brief", "parse_brief", "read_brief"]

_MAX_CHARACTERS = 2_000_000

# pydantic's kinds of error in a reader's words
_EXPECTED = {
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not empty",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "another form",
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "too_short": "at least {min_length} of it",
    "too_long": "at most {max_length} of it",
    "model_type": "a table with keys",
    "dict_type": "a table with keys",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
}


def read_brief(path: str | os.PathLike[str]) -> Brief:
    """
    Read a brief from a TOML file and check all of it.

    Parameters
    ----------
    path
        A TOML file. Paths in it (`catalog`, layers that are files) are taken from the brief's folder.

    Returns
    -------
    Brief
        Ready for `render`.

    Raises
    ------
    ReadError
        No such file, or not UTF-8.
    BriefError
        Mistakes in it: `.problems` has one sentence for each, with its line, what came and what was expected.
    """
    name = os.fspath(path)
    brief = parse_brief(read_text(path), source=name, folder=Path(name).parent)
    brief._source = Path(name)  # noqa: SLF001  its own reader
    return brief


def parse_brief(text: str, *, source: str = "brief", folder: str | os.PathLike[str] = ".") -> Brief:
    """
    A brief from TOML text; see `read_brief`.

    Parameters
    ----------
    text
        TOML.
    source
        What the error calls it.
    folder
        Where relative paths in it start.
    """
    if len(text) > _MAX_CHARACTERS:
        raise BriefError(source, [f"{len(text):,} characters came; a brief has at most {_MAX_CHARACTERS:,}"])
    try:
        data = tomllib.loads(text)
        lines = key_lines(text)
    except tomllib.TOMLDecodeError as error:
        raise BriefError(source, [_syntax_problem(text, error)]) from error
    except RecursionError as error:
        raise BriefError(source, ["arrays or tables are nested too deep to be read"]) from error
    except ValueError as error:  # e.g. a date that does not exist in the calendar, or 5,000 digits in one number
        raise BriefError(source, [f"a value that TOML cannot read: {error}"]) from error
    return check_brief(data, source=source, folder=folder, lines=lines)


def check_brief(
    data: Mapping[str, Any],
    *,
    source: str = "brief",
    folder: str | os.PathLike[str] = ".",
    lines: dict[KeyPath, int] | None = None,
) -> Brief:
    """
    A brief from the values of its keys, or a `BriefError` with every mistake in the order of the lines.

    Parameters
    ----------
    data
        Keys and values as TOML or JSON gives them.
    source
        What the error calls it.
    folder
        Where relative paths in it start.
    lines
        Line of each key, where the text is known.
    """
    problems: list[Problem] = []
    brief: Brief | None = None
    try:
        brief = Brief.model_validate(dict(data))
    except ValidationError as error:
        problems += _model_problems(error)
    problems += reference_problems(data)
    problems += layer_problems(data, Path(folder))
    problems += look_problems(data)
    problems += kind_problems(data)
    if not problems and brief is not None:
        brief._folder = Path(folder)  # noqa: SLF001  its own reader
        return brief
    places = lines or {}
    order = sorted(range(len(problems)), key=lambda i: (line_of(places, problems[i][0]) or 0, i))
    raise BriefError(source, [_sentence(problems[i], places) for i in order])


def _sentence(problem: Problem, lines: dict[KeyPath, int]) -> str:
    """Line, key and words of one problem."""
    path, words = problem
    line = line_of(lines, path)
    at = f"line {line}: " if line else ""
    key = ""
    for part in path:  # entries are counted from 1, as people do
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return f"{at}{key}: {words}" if key else f"{at}{words}"


def _syntax_problem(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Where the TOML breaks, with the line itself."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if not found:
        at_end = text.count("\n") + 1
        return f"line {at_end}: not TOML: {error}"
    line, column = int(found[1]), int(found[2])
    what = str(error)[: found.start()].strip()
    shown = one_line(text.split("\n")[line - 1])[:80]
    return f"line {line}, column {column}: not TOML: {what}; the line reads: {shown}"


def _came(value: Any) -> str:
    """A value as it came, short, with its kind."""
    if isinstance(value, bool):
        return f"{'true' if value else 'false'} came"
    if isinstance(value, str):
        return f'"{one_line(value)[:60]}" came'
    if isinstance(value, Mapping):
        return f"a table with {', '.join(map(str, list(value)[:5])) or 'no keys'} came"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} came: {one_line(str(list(value)))[:60]}"
    return f"{one_line(str(value))[:60]} came"


def _model_at(path: KeyPath) -> type[BaseModel] | None:
    """The model that holds the last key of a path."""
    model: Any = Brief
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        fields = {(f.alias or n): f for n, f in model.model_fields.items()}
        field = fields.get(part)
        inner = next(_models(field.annotation), None) if field is not None else None
        if inner is None:
            return None
        model = inner
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that stand in a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _model_problems(error: ValidationError) -> list[Problem]:
    """Each of pydantic's errors in words: what was expected, what came."""
    problems: dict[KeyPath, str] = {}
    items = error.errors(include_url=False)
    for item in items:
        path: KeyPath = item["loc"]
        if item["type"] == "too_short" and item["input"]:
            continue  # not short: its entries have mistakes of their own, which are named
        named = next((at for at in range(len(path), 0, -1) if isinstance(path[at - 1], str)), 0)
        model = _model_at(path[:named])
        fields = {(f.alias or n): f for n, f in model.model_fields.items()} if model else {}
        name = str(path[named - 1]) if named else ""
        description = fields[name].description if name in fields else None
        came = _came(item["input"])
        context = item.get("ctx", {})
        if item["type"] == "extra_forbidden":
            words = f"unknown key{closest(name, fields)}; known here: {', '.join(fields)}"
        elif item["type"] == "missing":
            words = f"is missing; expected {description or 'a value'}"
        elif item["type"] == "value_error":
            words = f"{context.get('error', item['msg'])}; {came}"
        elif item["type"] == "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            words = f"expected one of {', '.join(choices)}; {came}{closest(str(item['input']), choices)}"
        else:
            kind = _EXPECTED.get(item["type"], item["msg"][:1].lower() + item["msg"][1:]).format(**context)
            words = f"expected {kind}{f': {description}' if description else ''}; {came}"
        problems.setdefault(path, words)
    return list(problems.items())
