"""The Complete Journey, slow: its log is fetched by hand, and never kept here."""

import pytest

from benchmarks.journey import ORDERS, chain, fit, judged, rows
from benchmarks.journey_data import FOLDER


@pytest.mark.slow
@pytest.mark.skipif(not (ORDERS.exists() and FOLDER.exists()), reason="fetch it: python -m sim.orders.fetch journey")
def test_no_row_misses() -> None:
    """Discounts and coupons of the chain. If a few use most coupons and the rest none, redemption is too concentrated."""
    given = chain()
    law = fit(given)
    assert [row.fact for row in rows(*judged(given, law)["all"]) if row.verdict == "miss"] == []
    few = rows(*judged(given, (law[0], 0.25, law[2]))["all"])
    assert "top tenth's share of visits with a coupon" in [row.fact for row in few if row.verdict == "miss"]
