"""Fractions become whole fen without loss."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure.fen import largest_remainder


def test_three_thirds() -> None:
    """Of equal remainders the first gets the fen; below zero rounding down is away from zero."""
    thirds = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}
    assert largest_remainder(thirds, 1) == {"a": 1, "b": 0, "c": 0}
    assert largest_remainder({"a": Fraction(-5, 4), "b": Fraction(-3, 4)}, -2) == {"a": -1, "b": -1}
    assert largest_remainder({"a": Fraction(7), "b": Fraction(0)}, 7) == {"a": 7, "b": 0}


@given(st.lists(st.fractions(-(10**9), 10**9, max_denominator=1000), min_size=1, max_size=12))
def test_parts_add_up_and_move_by_less_than_a_fen(parts: list[Fraction]) -> None:
    total = round(sum(parts))
    named = {str(i): part for i, part in enumerate([*parts, total - sum(parts)])}
    whole = largest_remainder(named, total)
    assert sum(whole.values()) == total
    assert all(abs(whole[name] - part) < 1 for name, part in named.items())


def test_rounding_each_part_alone_is_the_fault_that_this_repairs() -> None:
    thirds = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}
    assert sum(round(part) for part in thirds.values()) != 1


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 0\.5 fen, not to 1"):
        largest_remainder({"a": Fraction(1, 2)}, 1)
