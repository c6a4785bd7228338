"""What is written down at day 0: the last order and the cycle of each customer's past, whatever the run then does."""

import numpy as np
import pytest

from policies.escalating import Escalating
from sim.measure import summary
from tests.worlds import small, trade

CONFIG = small(population={"shop_age_days": 500})


def wrong_pages() -> int:
    """Customers whose page does not say what their order rows from the shop's opening to day 0 say."""
    world, orders = trade(CONFIG, Escalating())
    found = 0
    for page in world.customers.rows[world.customers.rows["orders"] > 0]:
        past = np.sort(orders["time"][(orders["shopper"] == page["key"]) & (orders["time"] < 0)])
        category = CONFIG.population.category_gap_days
        cycle = float(np.diff(past).mean()) if len(past) >= 3 else category if len(past) else np.nan
        last = past[-1] if len(past) else np.nan
        told = [page["history_last_order"], page["history_cycle"]]
        found += not np.allclose(told, [last, cycle], rtol=1e-9, equal_nan=True)
    return found


def test_the_past_is_written_down_at_day_0() -> None:
    """Newcomers have none."""
    assert wrong_pages() == 0


def test_another_number_of_orders_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: own cycles from two orders on."""
    monkeypatch.setattr(summary, "OWN_CYCLE_ORDERS", 2)
    assert wrong_pages() > 10
