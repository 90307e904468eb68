"""What the fault laboratory counts: inputs tried, and each way in which one of them could do harm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

HARMS = ("crashes", "silent wrong answers", "files lost or half-written", "foreign bytes read", "requests that left")
"""What must stay at nought. A crash is a signal, an error that is not geoops's own, an endless call or too much memory."""


@dataclass
class Tally:
    """One experiment's counts, with a sentence for each harm that was met."""

    name: str
    inputs: int = 0
    seed: int | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    harms: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    measured: dict[str, object] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    """Sentences on what was to be reached and was not."""

    def met(self, harm: str, sentence: str) -> None:
        """Count a harm and keep its sentence."""
        if harm not in HARMS:
            msg = f"no such harm: {harm!r}; there are {', '.join(HARMS)}"
            raise ValueError(msg)
        self.harms[harm] += 1
        self.findings.append(f"{harm}: {sentence}")

    def row(self) -> dict[str, object]:
        """The experiment as a row of `outputs/reliability.json`."""
        return {
            "experiment": self.name,
            "inputs": self.inputs,
            **({} if self.seed is None else {"seed": self.seed}),
            **{harm: self.harms[harm] for harm in HARMS},
            "outcomes": dict(sorted(self.outcomes.items())),
            **({"measured": self.measured} if self.measured else {}),
            **({"missed": self.missed} if self.missed else {}),
        }


def table(tallies: list[Tally]) -> str:
    """The experiments as lines of text, with their sum."""
    head = f"{'experiment':<34}{'inputs':>9}" + "".join(f"{harm:>28}" for harm in HARMS)
    lines = [head, "-" * len(head)]
    lines += [f"{t.name:<34}{t.inputs:>9,}" + "".join(f"{t.harms[h]:>28}" for h in HARMS) for t in tallies]
    total = "".join(f"{sum(t.harms[h] for t in tallies):>28}" for h in HARMS)
    lines += ["-" * len(head), f"{'all':<34}{sum(t.inputs for t in tallies):>9,}" + total]
    return "\n".join(lines)
