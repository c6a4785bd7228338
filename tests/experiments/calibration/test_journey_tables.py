"""The yardstick of the Complete Journey, counted by hand on three households; and the chain's specials and booklets."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from benchmarks import journey_data
from benchmarks.journey import facts
from benchmarks.journey_shop import COUPONS, Booklets, Specials
from sim.contract import Touch
from sim.errors import RegularsError

TABLES = {
    "transactions": """(1, 10, 100, 2, 6.0e0, 2.0e0, 0.0e0, 0.0e0, 1, TIMESTAMP '2017-01-03 10:00:00'),
        (1, 10, 200, 1, 1.0e0, 0.0e0, 0.5e0, 0.0e0, 1, TIMESTAMP '2017-01-03 10:00:00'),
        (1, 11, 100, 1, 4.0e0, 0.0e0, 0.0e0, 0.0e0, 2, TIMESTAMP '2017-01-12 10:00:00'),
        (2, 12, 200, 1, 3.0e0, 0.0e0, 1.5e0, 0.0e0, 2, TIMESTAMP '2017-01-13 10:00:00'),
        (3, 13, 100, 9, 24.0e0, 10.0e0, 0.0e0, 2.0e0, 9, TIMESTAMP '2017-03-01 10:00:00')
        t(household_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc, week,
          transaction_timestamp)""",
    "campaigns": "(7, 1), (7, 2), (8, 1), (8, 3), (9, 2) t(campaign_id, household_id)",
    "campaign_descriptions": """(7, 'Type A', DATE '2017-01-10', DATE '2017-01-20'),
        (8, 'Type B', DATE '2017-02-01', DATE '2017-03-10'), (9, 'Type B', DATE '2016-12-20', DATE '2017-01-20')
        t(campaign_id, campaign_type, start_date, end_date)""",
    "coupons": "(1, 200, 7), (2, 100, 8) t(coupon_upc, product_id, campaign_id)",
    "coupon_redemptions": """(2, 1, 7, DATE '2017-01-13'), (2, 5, 7, DATE '2017-01-13'), (3, 2, 8, DATE '2017-03-01')
        t(household_id, coupon_upc, campaign_id, redemption_date)""",
}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up tables where the fetched ones would lie."""
    monkeypatch.chdir(tmp_path)
    journey_data.FOLDER.mkdir(parents=True)
    for name, rows in TABLES.items():
        values, columns = rows.rsplit("t(", 1)
        duckdb.sql(f"COPY (SELECT * FROM (VALUES {values}) t({columns}) TO '{journey_data.FOLDER}/{name}.parquet'")


@pytest.mark.usefixtures("tables")
def test_counted_by_hand() -> None:
    """Campaign 9 began before the log. Campaign 7 ends on day 19: it counts until 19, not until 18."""
    seen = journey_data.real()
    assert seen.spend.tolist() == [11.0, 3.0, 24.0] and seen.order_days == pytest.approx(4 / 3)
    assert seen.discount_share == pytest.approx(12 / 52)  # 2 + 10 off of 38 paid, 12 off and 2 matched
    pairs = sorted(zip(seen.household.tolist(), seen.broad.tolist(), seen.times_used.tolist(), strict=True))
    assert pairs == [(0, False, 0), (0, True, 0), (1, True, 1), (2, False, 1)]
    assert len(journey_data.real(last=19).household) == 2 and len(journey_data.real(first=10).household) == 2
    with pytest.raises(IndexError):
        journey_data.real(last=18)


def test_facts_of_ten_households() -> None:
    """Two booklets each; the one of most spend used both, thrice in all, the next but one once."""
    used = np.zeros(20, np.int64)
    used[[18, 19, 14]] = 2, 1, 1
    seen = journey_data.Redeeming(np.arange(10.0), np.repeat(np.arange(10), 2), used, np.ones(20, bool), 0.1, 3.0)
    found = facts(seen)
    assert found["redemption"] == 3 / 20 and found["ever"] == 2 / 10 and found["top tenth"] == 3 / 4
    assert found["ever by quintile"].tolist() == [0, 0, 0, 0.5, 0.5]


@pytest.mark.usefixtures("tables")
def test_what_the_chain_did() -> None:
    """Places in the list of spend when a campaign began, what its coupons fit, and what they took off."""
    first, second = journey_data.campaigns()
    assert (first.number, first.day, first.last, first.broad, first.sent.tolist()) == (7, 9, 19, True, [True])
    assert (second.number, second.day, second.sent.tolist()) == (8, 31, [True, False])  # household 3 came later
    assert journey_data.coupon_value(364) == pytest.approx(0.75) and journey_data.coupon_value(20) == 1.5
    assert journey_data.fitting(364) == (0.5, 0.5)  # narrow: baskets 13 and 12; broad: 12 and 11


def test_without_tables_one_line_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is named."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegularsError, match="data/journey holds no tables; fetch them: python -m"):
        journey_data.shelf(10)


def test_specials_are_as_often_in_each_class() -> None:
    """20 of 53 weeks each; whole weeks; another seed is another plan."""
    plan = Specials(0.386, 0.25)
    assert (plan.on.sum(axis=0) == 20).all()
    times = np.array([0.0, 6.9, 7.0, 364.9])
    cuts = plan.offer(type("At", (), {"time": times})()).discount  # type: ignore[arg-type]
    assert np.array_equal(cuts[0], cuts[1]) and np.array_equal(cuts > 0, plan.on[[0, 0, 1, 52]])
    assert not np.array_equal(plan.on, replace(plan, seed=1).on)


class Shop:
    """A shop of six customers."""

    def __init__(self) -> None:
        self.day, self.sent = 0.0, []  # type: tuple[float, list[Any]]

    def customers(self) -> Any:
        """Ascending spend, so that the last has spent most."""
        return type("File", (), {"customer": np.arange(6) + 100, "spend": np.arange(6.0)})()

    def send(self, touch: Touch) -> None:
        """Notes it."""
        self.sent.append((self.day, touch))


def test_booklets_go_to_the_same_places_of_the_list() -> None:
    """Three real places, six customers: each place stands for two."""
    one = journey_data.Campaign(4, 5, 14, True, 5, np.array([True, False, True]))
    shop = Shop()
    for wait in Booklets((one, replace(one, number=5, day=9, broad=False)), 2.0).processes(shop):  # type: ignore[arg-type]
        shop.day += wait
    (first, broad), (second, narrow) = shop.sent
    assert (first, second) == (5.0, 9.0) and sorted(broad.customer.tolist()) == [100, 101, 104, 105]
    assert broad.days_valid == 10 and broad.uses == COUPONS and broad.wave == "broad 4" and narrow.wave == "narrow 5"
    assert sum(broad.classes) == 3 and sum(narrow.classes) == 1
