"""Whether this installation can do its work: what is looked at, in order, and what to do where something is amiss.

Nothing is changed, and nothing leaves the machine unless it is asked for. What is installed is looked at in
`doctor_install.py`, what lies on the disk and beyond it in `doctor_disk.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from geoops.core.errors import GeoopsError
from geoops.report import doctor_disk, doctor_install
from geoops.report.doctor_words import FAIL, OK, WARN, Check, Finding

__all__ = ["FAIL", "OK", "WARN", "Check", "checks"]

Progress = Callable[[str, float], None]


def checks(*, network: bool = False, progress: Progress | None = None) -> list[Check]:
    """
    All checks, in order; one that breaks is itself a finding.

    Parameters
    ----------
    network
        Whether a public source is asked for a small file; otherwise the check says that it was not tried.
    progress
        Called with what is looked at and the share done.
    """
    looks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", doctor_install.python),
        ("libraries", doctor_install.libraries),
        ("kernels", doctor_install.kernels),
        ("extras", doctor_install.extras),
        ("fonts", doctor_install.fonts),
        ("layers", doctor_disk.layers),
        ("ages", doctor_disk.ages),
        ("gazetteer", doctor_disk.gazetteer),
        ("cache", doctor_disk.cache),
        ("disk", doctor_disk.disk),
        ("network", partial(doctor_disk.network, ask=network)),
    ]
    found = []
    for number, (name, look) in enumerate(looks):
        if progress is not None:
            progress(name, number / len(looks))
        found.append(_tried(name, look))
    return found


def _tried(name: str, look: Callable[[], Finding]) -> Check:
    """One check, with whatever it raises as its detail."""
    try:
        result, detail, remedy = look()
    except GeoopsError as error:  # its words say what to do
        return Check(name, FAIL, str(error).split("\n")[0], "")
    except Exception as error:  # noqa: BLE001  a broken library raises whatever it likes, and the other checks go on
        return Check(name, FAIL, f"{type(error).__name__}: {error}", "install geoops again")
    return Check(name, result, detail, remedy)
