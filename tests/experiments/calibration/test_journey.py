"""The Complete Journey, slow: its log is fetched by hand, and never kept here."""

import pytest

from benchmarks.journey import ORDERS, chain, fit, rows
from benchmarks.journey_data import FOLDER


@pytest.mark.slow
@pytest.mark.skipif(not (ORDERS.exists() and FOLDER.exists()), reason="fetch it: python -m sim.orders.fetch journey")
def test_no_row_misses() -> None:
    """Discounts and coupons of the chain; a world whose shoppers are all alike in coupon use misses a row."""
    given = chain()
    law = fit(given)
    assert [row.fact for row in rows(given, law)[0] if row.verdict == "miss"] == []
    assert [row.fact for row in rows(given, (law[0], 1000.0, given.fitting[1]))[0] if row.verdict == "miss"] != []
