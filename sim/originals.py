"""The Python originals of compiled formulas, and records that they read and write, for the oracle."""

from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from sim import arrivals as arriving
from sim.columns import plain
from sim.joining import joins
from sim.lives import begin_life, is_lapsed, live
from sim.mail import answer, copy_file
from sim.people import opening, passing_on, satisfaction, steps, traits, waiting
from sim.people.clock import season_after
from sim.reach import tell_reward, tell_tier
from sim.shop import customers as file
from sim.shop import desk as service_desk
from sim.shop import money
from sim.shop.cash import pay_rest, wants


def original(function: Any, seen: dict[Any, Any] | None = None) -> Any:
    """The Python original of a compiled function, with all compiled functions that it calls replaced by theirs."""
    seen = {} if seen is None else seen
    source = getattr(function, "py_func", None)
    if source is None:
        return function
    if function not in seen:
        names: dict[str, Any] = dict(source.__globals__)
        seen[function] = FunctionType(source.__code__, names, source.__name__, source.__defaults__)
        for name in source.__code__.co_names:
            if hasattr(names.get(name), "py_func"):
                names[name] = original(names[name], seen)
    return seen[function]


def record(dtype: Any) -> SimpleNamespace:
    """A zeroed record as plain Python numbers and lists."""
    return plain(np.zeros(1, dtype)[0])


FORMULAS: dict[str, Any] = {
    f.py_func.__name__: f
    for f in (
        steps.begin, steps.meet, steps.approach, steps.passer, steps.decide, steps.experience, steps.go_elsewhere, steps.finish,
        traits.draw_choice_traits, traits.draw_life_traits, season_after, satisfaction.after_sales, satisfaction.tier_change,
        money.goods_cost, money.ring_up, file.open_file, file.book_order, file.book_return, file.new_period,
        service_desk.handle, service_desk.chat, tell_reward, tell_tier, arriving.candidate, arriving.uncovered,
        opening.deliver, opening.hear, opening.present, opening.coupon_size, answer, copy_file,
        passing_on.friend_key, passing_on.passes_on, passing_on.stays, passing_on.bound,
        waiting.expect_coupon, waiting.come_for_it, waiting.put_off, begin_life, is_lapsed, live,
        wants, pay_rest, joins,
    )
}  # fmt: skip
