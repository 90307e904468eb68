"""Where each key of a TOML document stands, so that a mistake can be shown with its line.

`tomllib` gives values without their places. This reads a document that `tomllib` has accepted once more, only for the
line of every table, key and array element; it is no second parser and judges nothing.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right

__all__ = ["KeyPath", "key_lines", "line_of"]

KeyPath = tuple[str | int, ...]

_SPACE = " \t"
_BLANK = " \t\r\n"


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""
    The line, counted from 1, of every table, key and array element of a valid TOML document.

    Examples
    --------
    >>> key_lines('title = "x"\n[[sites]]\nname = "Kirkuk"\n')[("sites", 0, "name")]
    3
    """
    return _Places(text).read()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    """The line of a key, or of the nearest thing round it that stands in the document."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Places:
    """One pass over the text; `at` is the reading position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}  # how many [[tables]] of a name there were so far
        self.starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]

    def read(self) -> dict[KeyPath, int]:
        """Go through headers and `key = value` lines."""
        base: KeyPath = ()
        while self.skip_blank():
            if self.text.startswith("[[", self.at):
                self.at += 2
                base = self.header(many=True)
            elif self.text[self.at] == "[":
                self.at += 1
                base = self.header(many=False)
            else:
                self.pair(base)
        return self.lines

    def mark(self, path: KeyPath) -> None:
        """Note the line of a path; its first place counts."""
        self.lines.setdefault(path, bisect_right(self.starts, self.at))

    def header(self, *, many: bool) -> KeyPath:
        """The path of a [table] or the next of some [[tables]]."""
        *outer, last = self.key()
        path: KeyPath = ()
        for part in outer:
            path = (*path, part)
            self.mark(path)
            if path in self.arrays:
                path = (*path, self.arrays[path] - 1)
        path = (*path, last)
        self.mark(path)
        if many:
            count = self.arrays.get(path, 0)
            self.arrays[path] = count + 1
            path = (*path, count)
            self.mark(path)
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        return path

    def pair(self, base: KeyPath) -> None:
        """One `key = value`, marked at every part of a dotted key."""
        start = self.at
        keys = self.key()
        after, self.at = self.at, start
        for count in range(1, len(keys) + 1):
            self.mark((*base, *keys[:count]))
        self.at = self.text.index("=", after) + 1
        self.value((*base, *keys))

    def key(self) -> list[str]:
        """A bare, quoted or dotted key."""
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            start = self.at
            if self.text[self.at] in "\"'":
                self.string()
                parts.append(next(iter(tomllib.loads(f"{self.text[start : self.at]} = 0"))))
            else:
                while self.at < len(self.text) and self.text[self.at] not in " \t=.]\r\n":
                    self.at += 1
                parts.append(self.text[start : self.at])
            self.skip(_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                return parts
            self.at += 1

    def value(self, path: KeyPath) -> None:
        """Any value; arrays and inline tables are entered."""
        self.skip(_SPACE)
        char = self.text[self.at]
        if char in "\"'":
            self.string()
        elif char == "[":
            self.at += 1
            index = 0
            while self.skip_blank() and self.text[self.at] != "]":
                self.mark((*path, index))
                self.value((*path, index))
                index += 1
                self.skip_blank()
                self.at += self.text[self.at] == ","
            self.at += 1
        elif char == "{":
            self.at += 1
            while self.skip_blank() and self.text[self.at] != "}":
                self.pair(path)
                self.skip_blank()
                self.at += self.text[self.at] == ","
            self.at += 1
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\r\n":
                self.at += 1

    def string(self) -> None:
        """Pass over a string of any of the four kinds."""
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(mark)
        if len(mark) == 3:  # a multi-line string may end with quotes of its own
            self.skip(quote)

    def skip(self, chars: str) -> None:
        """Pass over any of these characters."""
        while self.at < len(self.text) and self.text[self.at] in chars:
            self.at += 1

    def skip_blank(self) -> bool:
        """Pass over blanks, line ends and comments; false at the end of the text."""
        while True:
            self.skip(_BLANK)
            if self.text[self.at : self.at + 1] != "#":
                return self.at < len(self.text)
            while self.at < len(self.text) and self.text[self.at] != "\n":
                self.at += 1
