"""The lift split: worked by hand, fair, exact, to the fen, and over real runs."""

from fractions import Fraction
from itertools import permutations
from math import factorial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure.lift import FACTORS, SUMS, groups, shapley, split
from sim.measure.records import SEGMENTS
from tests.measure.handmade import leave, order

DAY = 86_400


def sums(*values: int) -> dict[str, int]:
    return dict(zip(SUMS, values, strict=True))


def walked(before: list[Fraction], after: list[Fraction], path: tuple[int, ...]) -> list[Fraction]:
    """What each factor adds when the factors change one by one in this order."""
    now, found = list(before), [Fraction(0)] * len(before)
    for i in path:
        level = product(now)
        now[i] = after[i]
        found[i] = product(now) - level
    return found


def product(factors: list[Fraction]) -> Fraction:
    total = Fraction(1)
    for factor in factors:
        total *= factor
    return total


def test_two_factors_share_the_corner() -> None:
    """2 * 3 becomes 4 * 5: each alone adds 6 and 4, the corner of 4 is halved."""
    two = [Fraction(2), Fraction(3)]
    four = [Fraction(4), Fraction(5)]
    assert shapley(two, four) == [Fraction(8), Fraction(6)]


FACTOR = st.fractions(-5, 5, max_denominator=20)


@given(st.lists(st.tuples(FACTOR, FACTOR), min_size=1, max_size=5))
def test_shares_are_the_mean_over_all_orders(pairs: list[tuple[Fraction, Fraction]]) -> None:
    """Shapley's definition; shares add up to the change and turn their sign with the direction."""
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    n = len(pairs)
    walks = [walked(before, after, path) for path in permutations(range(n))]
    mean = [sum((walk[i] for walk in walks), Fraction(0)) / factorial(n) for i in range(n)]
    shares = shapley(before, after)
    assert shares == mean
    assert sum(shares) == product(after) - product(before)
    assert shapley(after, before) == [-share for share in shares]


def test_one_order_of_change_is_the_fault_that_shapley_repairs() -> None:
    """Changing factors in one fixed order adds up too, but the way back tells another story."""
    two, four = [Fraction(2), Fraction(3)], [Fraction(4), Fraction(5)]
    there, back = walked(two, four, (0, 1)), walked(four, two, (0, 1))
    assert sum(there) == -sum(back)
    assert there != [-share for share in back]


def test_worked_by_hand() -> None:
    """Only the visits per need differ (4 of 8, then 6 of 8): all of the 400 fen is recall."""
    before = {"light": sums(2, 100 * DAY, 8, 4, 2, 800)}
    after = {"light": sums(2, 100 * DAY, 8, 6, 3, 1_200)}
    assert split(before, after) == {"light": dict.fromkeys(FACTORS, 0) | {"recall": 400}}


def test_nothing_over_nothing_explains_nothing() -> None:
    """Nobody orders: choice falls to 0 and takes all with it; the value of no order counts as the other run's."""
    some, none = sums(2, 100 * DAY, 8, 4, 2, 800), sums(2, 100 * DAY, 8, 4, 0, 0)
    assert split({"light": some}, {"light": none})["light"] == dict.fromkeys(FACTORS, 0) | {"choice": -800}
    empty = sums(0, 0, 0, 0, 0, 0)
    assert split({"light": empty}, {"light": some})["light"] == dict.fromkeys(FACTORS, 0) | {"people": 800}
    assert not any(split({"light": empty}, {"light": empty})["light"].values())


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="orders is 2, but visits is 0"):
        split({"light": sums(2, DAY, 8, 0, 2, 800)}, {"light": sums(0, 0, 0, 0, 0, 0)})
    with pytest.raises(ValueError, match="groups differ"):
        split({"light": sums(0, 0, 0, 0, 0, 0)}, {"heavy": sums(0, 0, 0, 0, 0, 0)})


@st.composite
def chain(draw: st.DrawFn) -> dict[str, int]:
    """Sums that can be: once one is 0, those after it are."""
    values = [draw(st.integers(1, 10**9)) for _ in range(5)] + [draw(st.integers(-(10**9), 10**9))]
    first_zero = draw(st.integers(0, 12))
    return sums(*(value if i < first_zero else 0 for i, value in enumerate(values)))


@given(chain(), chain())
def test_the_split_adds_up_to_the_fen(before: dict[str, int], after: dict[str, int]) -> None:
    parts = split({"heavy": before}, {"heavy": after})["heavy"]
    assert sum(parts.values()) == after["contribution_fen"] - before["contribution_fen"]
    assert not any(split({"heavy": before}, {"heavy": before})["heavy"].values())


def test_groups_by_hand(tmp_path: Path) -> None:
    """Alive to the first of turning away, end of category, moving, end; a newcomer's first visit is a need too."""
    people = [
        {"shopper": 0, "segment": 1, "needs_alive": 3, "considered": 2, "left_at": 50.25, "category_end": 70.0},
        {"shopper": 1, "segment": 1, "needs_alive": 9, "considered": 7},
        {"shopper": 2, "segment": 3, "needs_alive": 5, "considered": 5, "moved_at": 10.0},
        {"shopper": 3, "segment": 3, "left_at": -3.0},
        {"shopper": 4, "segment": 0, "first_order": 30.0, "needs_alive": 1, "considered": 1, "left_at": 40.0},
    ]
    orders = [
        order(0, 20.0, segment=1),
        order(1, 30.0, segment=1),
        order(2, 5.0, segment=3),
        order(4, 30.0, segment=0),
        order(4, 35.0, segment=0, order_number=2),
    ]
    found = groups(leave(tmp_path / "run", people, orders, days=100))
    assert found == {
        "newcomers": sums(1, 10 * DAY, 2, 2, 2, 2 * 3_800),
        "light": sums(2, 50 * DAY + DAY // 4 + 100 * DAY, 12, 9, 2, 2 * 3_800),
        "medium": sums(0, 0, 0, 0, 0, 0),
        "heavy": sums(2, 10 * DAY, 5, 5, 1, 3_800),
    }


@pytest.mark.parametrize("name", ["none", "escalating", "points"])
def test_groups_of_a_run_are_sound(runs: dict[str, Path], name: str, rows: Any) -> None:
    """No order without a visit, no visit without a need; the money is that of the order rows."""
    orders, people = rows(name)
    found = groups(runs[name])
    assert all(0 < of["orders"] <= of["visits"] <= of["needs"] for of in found.values())
    assert sum(of["contribution_fen"] for of in found.values()) == orders["contribution_fen"].sum()
    assert sum(of["people"] for of in found.values()) == len(people["shopper"])
    known = people["segment"] > 0
    assert sum(found[group]["orders"] for group in SEGMENTS[1:]) == people["run_orders"][known].sum()


def test_split_between_real_runs(runs: dict[str, Path]) -> None:
    """To the fen in each group; nobody known at day 0 comes or goes; twice `none` is zero throughout."""
    before, after = groups(runs["none"]), groups(runs["escalating"])
    parts = split(before, after)
    for name in SEGMENTS:
        total = after[name]["contribution_fen"] - before[name]["contribution_fen"]
        assert sum(parts[name].values()) == total != 0
    assert not any(parts[name]["people"] for name in SEGMENTS[1:])
    again = split(before, groups(runs["again"]))
    assert not any(part for of in again.values() for part in of.values())
