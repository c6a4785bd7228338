"""Where a run's time goes: CPU-seconds of each verb of the trading day, by wrapping the functions that carry it out."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim import acts, house, midnight, tick
from sim.people import batch
from sim.shop import register

ACTS = ("gather", "open_counter", "close_sale", "take_leave")  # compiled as wholes; verb by verb while they are timed
VERBS = {
    "due": [(batch, "due")],
    "meet (recall, misses)": [(acts, "meet_all")],
    "sort": [(acts, "settle_ties"), (midnight, "in_order")],
    "approach": [(acts, "approach_all")],
    "welcome prospects": [(acts, "admit"), (acts, "open_pages"), (acts, "keep_newcomers")],
    "price up": [(acts, "price_up")],
    "desk": [(acts, "serve"), (acts, "book_callers"), (acts, "keep_heard"), (tick, "due_contacts")],
    "greet": [(house, "greet")],
    "read the offer": [(tick, "read_offer")],
    "decide": [(acts, "decide_all")],
    "ring up": [(acts, "ring_up_all"), (acts, "add_contacts"), (acts, "tell_rewards")],
    "settle": [(house, "receipt"), (house, "read_settlement")],
    "experience, next need": [(acts, "experience_all")],
    "midnight": [(batch, "hear_all"), (register, "take_returns"), (midnight, "midnight"), (midnight, "new_period_all")],
}


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """CPU-seconds by verb while the block runs, the compiled acts taken apart into their verbs."""
    spent: dict[str, float] = defaultdict(float)
    kept = [(home, name, getattr(home, name)) for places in VERBS.values() for home, name in places]
    kept += [(acts, name, getattr(acts, name)) for name in ACTS]
    for name in ACTS:
        setattr(acts, name, getattr(acts, name).py_func)
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
