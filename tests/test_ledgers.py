"""Ledgers over random populations, policies and configs: rows, days and run to the fen, points to the point."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from policies.none import NoPolicy
from policies.points import Points
from sim.shop.money import COLUMN, MONEY
from tests.audit import Trail, Watched, audit, followed
from tests.shops import configs, points, policies
from tests.worlds import small

PROOF = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failing shop is shown as found: to shrink it would take minutes
    suppress_health_check=[HealthCheck.too_slow],
)
SHOPS = given(configs(), policies(), st.one_of(st.just(NoPolicy()), points(), policies()))


@settings(PROOF, max_examples=20)
@SHOPS
def test_every_row_day_and_run_adds_up(config: Any, policy: Any, history: Any) -> None:
    """No example of 20 has a sum that is off by a fen or a point."""
    assert audit(followed(config, policy, history)) == []


@pytest.mark.slow
@settings(PROOF, max_examples=200)
@SHOPS
def test_every_row_day_and_run_adds_up_in_many_shops(config: Any, policy: Any, history: Any) -> None:
    """The same for 200 examples."""
    assert audit(followed(config, policy, history)) == []


def test_who_comes_twice_a_day_is_recorded_in_order() -> None:
    """At `min_gap_days` 0 a tick has second visits: rows stay in order of time; without such visits this shows nothing."""
    config = small(shoppers=80, days=60, run_off_days=0, population={"min_gap_days": 0.0, "cycle_mean_days": 2.0})
    found = followed(config, NoPolicy(), NoPolicy())
    assert audit(found) == []
    rows = found.rows
    pairs = np.column_stack([rows["shopper"], np.floor(rows["time"]).astype(np.int64)])
    assert len(np.unique(pairs, axis=0)) < len(rows)  # someone did


@pytest.fixture(scope="module")
def trail() -> Trail:
    """A run in which all accounts and all moves of points occur, also after the end."""
    config = small(
        shoppers=80, days=90, run_off_days=10, population={"return_rate": 0.4}, catalogue={"return_window_days": 30}
    )
    club = Points(earn_rate=0.1, threshold=300, pending_days=3, expiry_days=20)
    return followed(config, club, Points(earn_rate=0.05, threshold=0, pending_days=0, expiry_days=15))


def test_the_auditor_sees_everything_happen(trail: Trail) -> None:
    """The fixed run has returns after its end and moves points in every way, and its sums add up."""
    assert audit(trail) == []
    assert all(value > 0 for value in trail.summary["points"].values())
    assert (trail.daily["refund_fen"] > 0).sum() > 10 and trail.daily["refund_fen"][-1] > 0
    assert trail.rows["points_redeemed"].any() and trail.daily["points_pending_clawed"].any()


@pytest.mark.parametrize("account", [*MONEY, "contribution_fen", "list_profit_fen", "points_earned"])
def test_one_fen_in_one_row_is_seen(trail: Trail, account: str) -> None:
    """Planted fault: one row is off by one."""
    column = trail.orders[account].copy()
    column[len(column) // 2] += 1
    changed = Trail(**{**vars(trail), "orders": {**trail.orders, account: column}})
    assert audit(changed)


@pytest.mark.parametrize("account", [*MONEY, "wages_fen", "acquisition_fen", "orders", "newcomers", "points_redeemed"])
def test_one_fen_on_another_day_is_seen(trail: Trail, account: str) -> None:
    """Planted fault: one fen is booked a day late, in the midst of the run or after its end."""
    for day in (40, len(trail.daily["day"]) - 2):
        column = trail.daily[account].copy()
        column[day] -= 1
        column[day + 1] += 1
        assert audit(Trail(**{**vars(trail), "daily": {**trail.daily, account: column}}))


@pytest.mark.parametrize("figure", ["contribution", "revenue", "discounts", "perks", "membership_fees"])
def test_one_fen_in_the_summary_is_seen(trail: Trail, figure: str) -> None:
    """Planted fault: a figure of the summary is off by a fen."""
    changed = {**trail.summary, figure: trail.summary[figure] + 0.01}
    assert audit(Trail(**{**vars(trail), "summary": changed}))


class Forgetful(Watched):
    """Planted fault: on one midnight one point of one customer is lost, in the file or in a lot."""

    where = "file"

    def _points(self, day: int) -> None:
        super()._points(day)
        if day == 30 and self.where == "file":
            self.customers.rows["points_available"][np.argmax(self.customers.rows["points_available"])] -= 1
        if day == 30 and self.where == "lots":
            lots = self.lots.rows
            lots["left"][np.flatnonzero(lots["live"] & (lots["left"] > 0))[0]] -= 1


class Unbooked(Watched):
    """Planted fault: one expired point is not in the books."""

    def _points(self, day: int) -> None:
        super()._points(day)
        if day == 30:
            self.books[day - self.origin, COLUMN["points_expired"]] -= 1


class FromLots(Forgetful):
    """As `Forgetful`, in a lot."""

    where = "lots"


@pytest.mark.parametrize("world", [Forgetful, FromLots, Unbooked])
def test_one_lost_point_is_seen(trail: Trail, world: type[Watched]) -> None:
    """Each of the three faults turns the audit red, on the day it happens."""
    config = trail.config.model_copy(update={"days": 40, "run_off_days": 0})
    found = audit(followed(config, Points(earn_rate=0.1, threshold=300, expiry_days=20), NoPolicy(), world))
    assert any(line.startswith("midnight 30") for line in found)
