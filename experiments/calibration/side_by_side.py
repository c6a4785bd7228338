"""Many simulated logs at a time, in threads: simulating lets go of the interpreter."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sim.machine import processors

_MOST = 8  # logs in memory at a time


def side_by_side(figures: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
    """`figures` of each set of arguments, in order."""
    with ThreadPoolExecutor(min(processors(), _MOST)) as pool:
        return list(pool.map(figures, *arguments))
