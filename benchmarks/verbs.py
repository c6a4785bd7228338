"""Where a run's time goes: CPU-seconds of each verb of the trading day, by wrapping the functions that carry it out."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim import house, midnight, tick
from sim.people import batch
from sim.shop import register

VERBS = {
    "due": [(batch, "due")],
    "meet (recall, misses)": [(batch, "meet_all")],
    "sort": [(tick, "in_order")],
    "approach": [(batch, "approach_all")],
    "welcome prospects": [(batch, "welcome"), (register, "keep_newcomers")],
    "price up": [(register, "price_up")],
    "desk": [(tick, "serve"), (tick, "due_contacts")],
    "greet": [(house, "greet")],
    "read the offer": [(tick, "read_offer")],
    "decide": [(batch, "decide_all")],
    "ring up": [(register, "ring_up_all"), (register, "add_contacts"), (tick, "tell_rewards")],
    "settle": [(house, "receipt"), (house, "read_settlement")],
    "experience, next need": [(batch, "experience_all")],
    "midnight": [(batch, "hear_all"), (register, "take_returns"), (midnight, "midnight"), (midnight, "new_period_all")],
}


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """CPU-seconds by verb while the block runs."""
    spent: dict[str, float] = defaultdict(float)
    kept = [(home, name, getattr(home, name)) for places in VERBS.values() for home, name in places]
    for verb, places in VERBS.items():
        for home, name in places:
            setattr(home, name, _wrapped(getattr(home, name), spent, verb))
    try:
        yield spent
    finally:
        for home, name, function in kept:
            setattr(home, name, function)


def _wrapped(function: Callable[..., Any], spent: dict[str, float], verb: str) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments)
        finally:
            spent[verb] += time.process_time() - began

    return run
