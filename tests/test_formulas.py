"""Each formula of the mind and of the money against its Python original, bit for bit.

The engine runs the formulas compiled, the oracle runs their originals: they may differ in no bit, edges included.
Points are random within the documented ranges, with the ends of each range in every combination. The fast tests take
a sample; `-m slow` takes a million points a formula, and a million rows in all for those that read records.
"""

import inspect
import struct
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from importlib import import_module
from itertools import product
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import sim.people
from sim.calendar import make_calendar
from sim.columns import constants, plain
from sim.config import Catalogue, Events, Market, Messages, Service
from sim.originals import original
from sim.people import choice, clock, leaving, opening, passing_on, recall, reference, satisfaction, skew, traits
from sim.people.luck import PLACES
from sim.people.person import mind_constants
from sim.population import Population, SubCycle
from sim.shop import money
from sim.shop.desk import CONTACT
from tests.made_up import (
    SEED,
    some_habits,
    some_messages,
    some_orders,
    some_pages,
    some_people,
    some_visits,
    some_waves,
    sometimes,
)
from tests.worlds import small

FAST, SLOW = 50_000, 1_000_000  # points for each scalar formula
FEW, MANY = 250, 8_000  # rows for each formula that reads records

# -- scalars --------------------------------------------------------------------------------------------------------

SCALARS: dict[Any, tuple[tuple[float, float], ...]] = {  # ends of each argument's range
    choice.price_utility: ((-3, 3), (-3, 3), (0, 50), (0, 1), (1, 4)),
    choice.exp_bounded: ((-1e3, 1e3),),
    choice.share: ((-60, 60), (0, 1e22)),
    clock.pull: ((0, 1e5), (0, 1e12), (0.1, 1e3)),
    leaving.hazard: ((0, 1), (-30, 30), (0, 5)),
    leaving.leaves: ((0, 1), (0, 1), (-30, 30), (0, 5)),
    leaving.strain: ((-30, 30), (0, 5)),
    opening.open_chance: ((0, 1), (2.0**-53, 1 - 2.0**-53), (0, 1e3), (0.1, 1e3)),
    recall.recall: ((-1, 1e3), (0.05, 100), (0.5, 8), (0, 1)),
    reference.reference: ((0, 5), (-3, 3), (0, 1)),
    satisfaction.wait_hurt: ((-10, 1e5), (0, 10)),
    skew.skewed: ((-8.2, 8.2), (-2, 2)),
    traits.lognormal: ((1e-3, 1e4), (0, 2), (-8.3, 8.3)),
    money.fen: ((0, 1e12),),
}


def points(ranges: tuple[tuple[float, float], ...], n: int) -> Iterable[tuple[float, ...]]:
    """All corners, then `n` random points, half of them by size (log-uniform in the distance to the lower end)."""
    yield from product(*[(float(low), float(high)) for low, high in ranges])
    luck, columns = np.random.default_rng(1), []
    for low, high in ranges:
        even = luck.uniform(0, 1, n)
        columns.append((low + (high - low) * np.where(luck.random(n) < 0.5, even, 10 ** (-12 * even))).tolist())
    yield from zip(*columns, strict=True)


def bits(value: Any) -> Any:
    """A number, or a tuple of numbers, as its bits."""
    if isinstance(value, tuple):
        return tuple(bits(v) for v in value)
    return None if value is None else struct.pack("<d", value)


def unequal(one: Callable[..., Any], other: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> int:
    """Number of points at which two functions differ in a bit."""
    return sum(bits(one(*point)) != bits(other(*point)) for point in arguments)


def by_name(function: Any) -> str:
    return function.py_func.__name__


@pytest.mark.parametrize("formula", SCALARS, ids=by_name)
@pytest.mark.parametrize("n", [FAST, pytest.param(SLOW, marks=pytest.mark.slow)])
def test_scalar_formulas_equal_their_originals(formula: Any, n: int) -> None:
    """To the last bit at every point."""
    assert unequal(formula, original(formula), points(SCALARS[formula], n)) == 0


def test_another_order_of_operations_is_seen() -> None:
    """Planted fault: recall written another way, equal on paper."""

    def rewritten(cycles: float, half_life: float, steepness: float, floor: float) -> float:
        lost = (max(cycles, 0.0) / half_life) ** steepness
        return (1.0 + floor * lost) / (1.0 + lost)

    assert unequal(recall.recall, rewritten, points(SCALARS[recall.recall], 1_000)) > 100


# -- formulas that read people, visits and constants ----------------------------------------------------------------

KINDS = (
    SubCycle(name="weekly", share=0.5, cycle_factor=0.6, regularity=3.0),
    SubCycle(name="monthly", share=0.3, cycle_factor=1.2, regularity=1.0, basket_factor=2.0),
    SubCycle(name="rare", share=0.2, cycle_factor=2.0, regularity=0.5, basket_factor=0.5),
)
MINDS = {
    "general": (Population(), Market()),
    "gamma rates, six rivals": (
        Population(
            rate="gamma",
            exit_after_first=False,
            outside_util=-50.0,
            season={6: 2.0, 2: 0.3},
            value_rate_correlation=0.3,
            basket_log_skew_between=1.2,
        ),
        Market(rival_count=6, rival_ratings=(4.8, 4.2, 4.6), rival_programme=0.2),
    ),
    "kinds of need, ages out, no rival": (
        Population(sub_cycles=KINDS, category_exit_age_days=900.0, moving_rate=0.0, min_gap_days=0.0),
        Market(rival_count=0),
    ),
}
CALENDAR = make_calendar(Population(season={6: 2.0, 2: 0.3}), Events(), date(2025, 1, 1), -1000, 1000)
BUSY = Messages(unsubscribe=0.2, sleeping_dog=0.3, return_prob=0.3, nudge=0.4, checkin_adopt=0.5, warmth=0.1)
LIMITS: dict[str, tuple[float, float]] = {  # ends of the ranges of numbers that formulas take next to records
    "u": (2.0**-53, 1 - 2.0**-53), "w": (2.0**-53, 1 - 2.0**-53), "pick": (2.0**-53, 1 - 2.0**-53),
    "time": (-1000, 1200), "gap": (0, 5e3), "market": (-1, 0.5), "others": (0, 1e22), "outside": (0, 1e22),
    "liking": (-20, 20), "paid": (-20, 20), "x": (-1.7, 0), "coef": (0, 30), "drop": (0, 20), "booked": (1e-9, 0.8),
    "experience": (-20, 5), "hurt": (0, 10), "wait": (0, 1e4), "point_cost": (0, 1), "basket": (0.01, 1e7),
    "granted": (0, 1e5), "size": (0, 0.5), "now": (-1000, 990), "next_time": (-1000, 1300), "base": (0, 1),
}  # fmt: skip
WHOLE = {
    "j": 6,
    "need": 60,
    "cause": 10,
    "before": 10,
    "after": 10,
    "day": 30,
    "shop": 7,
    "key": 2**40,
    "ordinal": 9,
    "week": 200,
}
FLAGS = ("referrer_stays", "offer", "recovered", "answered", "prospect")


def formulas() -> list[Any]:
    """All compiled formulas of `sim.people` (the loops of `batch` and `luck` apart) and of `sim.shop.money`."""
    loops = ("batch", "luck")
    names = [f"sim.people.{m.name}" for m in iter_modules(sim.people.__path__) if m.name not in loops]
    modules = [*map(import_module, names), money]
    found = [(m, f) for m in modules for f in vars(m).values() if isinstance(f, Dispatcher)]
    return [f for m, f in found if f.py_func.__module__ == m.__name__]


RECORDS = [f for f in formulas() if f not in SCALARS]


@cache
def mind_of(name: str) -> Any:
    population, market = MINDS[name]
    return constants(mind_constants(population, Catalogue(), market, 0.2))[0]


def column(name: str, n: int, luck: Any) -> list[Any]:
    """Random numbers for an argument, both ends of its range among them."""
    if name == "luck":
        return list(luck.random((n, PLACES)))
    if name in FLAGS:
        return (luck.random(n) < 0.5).tolist()
    if name in WHOLE:
        return luck.integers(0, WHOLE[name], n).tolist()
    low, high = LIMITS[name]
    return sometimes(luck, sometimes(luck, luck.uniform(low, high, n), low), high).tolist()


def tables_and_arguments(formula: Any, n: int, mind: Any) -> tuple[dict[str, Any], list[list[Any]]]:
    """Records by argument, shape (n,) each; and the columns of the formula's arguments (None for records)."""
    luck = np.random.default_rng(2)
    people = some_people(n, mind, luck)
    made = {
        "p": people, "v": some_visits(people, mind, luck), "c": some_pages(n, luck), "o": some_orders(n, luck),
        "t": some_messages(n, luck), "wave": some_waves(n, luck), "habit": some_habits(people, luck),
        "books": np.zeros((n, 40, len(money.BOOKS)), np.int64), "contact": np.zeros(n, CONTACT),
    }  # fmt: skip
    shop = constants(money.shop_constants(Population(), Catalogue(), Service()))[0]
    fixed = {
        "mind": mind, "seed": SEED, "clock": CALENDAR.clock, "factor": CALENDAR.factor, "origin": CALENDAR.origin,
        "m": constants(opening.message_constants(BUSY))[0], "rival_level": luck.normal(0, 0.3, 6), "last": 39,
    }  # fmt: skip
    fixed["r"] = constants(passing_on.referral_constants(small(messages={"referral_rate": 0.5})))[0]
    if by_name(formula) != "use_shop":  # there it is the number of a shop
        fixed["shop"] = shop
    names = list(inspect.signature(formula.py_func).parameters)
    columns: list[list[Any]] = []
    for name in names:
        if name in made:
            columns.append([])
        else:
            columns.append([fixed[name]] * n if name in fixed else column(name, n, luck))
    return {name: made[name] for name in names if name in made}, columns


def as_python(value: Any) -> Any:
    """An argument as plain Python numbers, for the original."""
    return plain(value) if isinstance(value, np.void) else value.tolist() if isinstance(value, np.ndarray) else value


def differing(formula: Any, source: Any, n: int, mind: Any) -> list[str]:
    """Fields, or `returned`, in which a compiled formula and a Python function differ by a bit over `n` rows."""
    tables, columns = tables_and_arguments(formula, n, mind)
    names = list(inspect.signature(formula.py_func).parameters)
    told = {name: np.zeros_like(table) for name, table in tables.items()}
    shared = {id(value): as_python(value) for values in columns for value in values[:1]}
    found = set()
    for i in range(n):
        mine = {name: table[i] for name, table in tables.items()}
        yours = {name: as_python(row) for name, row in mine.items()}
        given = [mine[a] if a in mine else values[i] for a, values in zip(names, columns, strict=True)]
        plainly = [yours[a] if a in yours else shared.get(id(v), v) for a, v in zip(names, given, strict=True)]
        if bits(formula(*given)) != bits(source(*plainly)):
            found.add("returned")
        for name, row in yours.items():
            if isinstance(row, list):
                told[name][i] = row
            else:
                for field, value in vars(row).items():
                    told[name][i][field] = value
    for name, table in tables.items():
        for field in table.dtype.names or (None,):
            one, other = (table, told[name]) if field is None else (table[field], told[name][field])
            if one.tobytes() != other.tobytes():
                found.add(f"{name}.{field}")
    return sorted(found)


@pytest.mark.parametrize("formula", RECORDS, ids=by_name)
@pytest.mark.parametrize("n", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_formulas_over_records_equal_their_originals(formula: Any, n: int) -> None:
    """What they return and every field they write, to the last bit, in each kind of world."""
    for name in MINDS:
        assert differing(formula, original(formula), n, mind_of(name)) == [], name


def test_a_field_left_out_is_seen() -> None:
    """Planted fault: an original that forgets a field differs in it."""

    def forgetful(p: Any, *others: Any) -> None:
        last = p.last_grant
        original(reference.learn)(p, *others)
        p.last_grant = last

    assert differing(reference.learn, forgetful, 50, mind_of("general")) == ["p.last_grant"]
    assert differing(reference.fade, lambda p, mind: None, 50, mind_of("general")) == ["p.expectation"]


def test_all_minds_share_their_kernels() -> None:
    """Constants of all settings have one layout, so that nothing is compiled again for another population."""
    assert len({mind_of(name).dtype for name in MINDS}) == 1
