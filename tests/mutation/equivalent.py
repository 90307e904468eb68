"""Mutants that no test can find out, because they change nothing that can be seen: each kind with its reason.

A survivor is one of these only if the line that it takes away and the line that it puts there both fit. They are counted
apart, and named with their reason where survivors are listed.
"""

from __future__ import annotations

import re

__all__ = ["reason_of"]

_KINDS = (
    (
        r"zip\(.*strict=True\)",
        r"zip\((?!.*strict=True).*\)",
        "a guard: both have one length, as the one was made from the other a few lines above",
    ),
    (
        r'lowered\.replace\("ş", "sh?"\)',
        r'lowered\.replace\("ş", "SH?"\)|lowered\.replace\("Ş", "s"\)',
        "the normal form is taken next, which folds case and makes s of ş",
    ),
    (
        r'\.replace\("zh", "z h"\)',
        r'\.replace\("zh", "Z H"\)',
        "the normal form is taken next, which folds case",
    ),
    (
        r'\(record\.country or ""\)\.split\(";"\)',
        r'\(record\.country or "XXXX"\)\.split\(";"\)',
        "no country has either for its code",
    ),
    (
        r'\.split\(";"\)\), default=0\.0$',
        r'\.split\(";"\)\), default=1\.0$',
        "a split text has at least one part, so the default is never taken",
    ),
    (
        r'if "zh" in normal\(name\) else \(\)',
        r'if \("zh" in normal\(name\)\) or True else \(\)',
        "without zh the name that is read anew is the name itself, whose own keys are taken out at the end",
    ),
    (
        r"score_cutoff=allowed\) if allowed else 1$",
        r"score_cutoff=allowed\) if allowed else 2$",
        "either is more than the nought that is allowed",
    ),
    (
        r"last, wanted = _folded\(name\[-1:\]\), query\.compact\[-1:\]",
        r"last, wanted = _folded\(name\[\+1:\]\), query\.compact\[-1:\]",
        "a short cut past names that share no sound anyway: without it the sounds are compared, with the same end",
    ),
)


def reason_of(difference: str) -> str | None:
    """Why a mutant, given as the diff of its function, cannot be found out; None if it can."""
    lines = difference.splitlines()
    taken = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    put = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    if len(taken) != 1 or len(put) != 1:
        return None
    return next((why for old, new, why in _KINDS if re.search(old, taken[0]) and re.search(new, put[0])), None)
