"""How thoroughly the property tests look: the profile comes from `--hypothesis-profile` or `HYPOTHESIS_PROFILE`.

`default` is what `make test` runs. `release` tries 45 times as many inputs a property (`GEOOPS_TIMES`), so that all of
them together pass 100,000; `brief` is for mutation testing, where the same tests run hundreds of times.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import Phase, settings

TIMES = int(os.environ.get("GEOOPS_TIMES", "45"))
settings.register_profile("release", max_examples=100, deadline=None)
settings.register_profile(
    "brief", max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
if "HYPOTHESIS_PROFILE" in os.environ:
    settings.load_profile(os.environ["HYPOTHESIS_PROFILE"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that states its own number of examples follows the profile all the same, unless it is the default one."""
    profile = settings.get_current_profile_name()
    if profile not in {"release", "brief"}:
        return
    done = set()
    for item in items:
        function = getattr(item, "obj", None)
        function = getattr(function, "__func__", function)  # of a method
        own = getattr(function, "_hypothesis_internal_use_settings", None)
        if own is None or function in done:
            continue
        done.add(function)  # a parametrised test is one function
        function._hypothesis_internal_use_settings = (
            settings(own, max_examples=own.max_examples * TIMES, deadline=None)
            if profile == "release"
            else settings(settings.default, suppress_health_check=own.suppress_health_check)
        )


def pytest_collection_finish() -> None:
    """Forget what functions of geoops remember: collecting the tests has called some of them, before the code was changed."""
    if settings.get_current_profile_name() != "brief":
        return
    for name, module in list(sys.modules.items()):
        if name.startswith("geoops"):
            for value in vars(module).values():
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()
