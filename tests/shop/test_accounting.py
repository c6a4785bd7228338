"""IFRS 15 against the standard's example as worked in the exact figures of the parameter table."""

import pytest

from sim.shop.accounting import contract_balance, deferred_revenue, released


@pytest.mark.parametrize(
    ("redemption", "expected"), [(0.97, (91_158, 8_842, 9_700)), (0.95, (91_324, 8_676, 9_500))], ids=["97 %", "95 %"]
)
def test_the_standards_example(redemption: float, expected: tuple[int, int, int]) -> None:
    """100,000 of sales, 10,000 points of face value 1; 4,500 are redeemed in the first year."""
    goods, points, _ = expected
    deferred = deferred_revenue(100_000, 10_000, redemption)
    assert round(deferred) == points
    assert round(100_000 - deferred) == goods


def test_release_and_catch_up() -> None:
    """Year 2: 4,500 of 9,700; year 3: 8,500 of 9,900 in all, less what was released before."""
    deferred = deferred_revenue(100_000, 10_000, 0.97)
    second = released(deferred, 4_500, 9_700)
    assert round(second) == 4_102
    assert round(released(deferred, 8_500, 9_900) - second) == 3_490
    deferred = deferred_revenue(100_000, 10_000, 0.95)
    second = released(deferred, 4_500, 9_500)
    assert round(second) == 4_110
    assert round(released(deferred, 8_500, 9_700) - second) == 3_493


def test_balance_of_a_programme() -> None:
    """Nothing redeemed yet: all is deferred. All redeemed or lapsed: nothing is. In between, the standard's year 2."""
    assert round(contract_balance(100_000, 10_000, 0, 10_000, 0.97)) == 8_842
    assert contract_balance(100_000, 10_000, 8_000, 0, 0.97) == pytest.approx(0)
    left = contract_balance(100_000, 10_000, 4_500, 5_500, 5_200 / 5_500)
    assert round(left) == 8_842 - 4_102
    assert contract_balance(100_000, 0, 0, 0, 0.97) == 0


def test_refused() -> None:
    """Arguments out of range are named."""
    with pytest.raises(ValueError, match="redemption 0 to 1"):
        deferred_revenue(1.0, 1.0, 1.5)
    with pytest.raises(ValueError, match="expected > 0"):
        released(1.0, 2.0, 1.0)
