"""A run on disk: shards, processes and a kept past change nothing; what is shared is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.campaigns.referral import Referral
from policies.campaigns.winback import Winback
from policies.member_price import MemberPrice
from policies.none import NoPolicy
from policies.paid_tier import PaidTier
from policies.points import Points
from policies.rfm import Rfm
from sim.config import Config
from sim.errors import RegularsError
from sim.history import Shelf
from sim.jobs import answered, checked
from sim.measure.summary import money
from sim.part import trade
from sim.plots import read
from sim.run import run
from sim.store import Store
from tests.worlds import small

APART: dict[str, Any] = {"service": {"desk": False}, "shoppers": 200, "days": 90, "run_off_days": 30}
POLICY = MemberPrice(spend=(200.0, 500.0), cut=(0.03, 0.08))


def left(config: Config, folder: Path, shelf: Shelf | None = None) -> tuple[dict[str, Any], Any, Any, Any]:
    """Summary, orders, shoppers and daily books of a run, the shoppers in order of their keys."""
    folder.mkdir()
    summary = run(config, POLICY, False, folder, shelf=shelf)
    orders = read(sorted((folder / "orders").glob("*.parquet")))
    shoppers, daily = read([folder / "shoppers.parquet"]), read([folder / "daily.parquet"])
    order = np.argsort(shoppers["shopper"])
    return summary, orders, {name: column[order] for name, column in shoppers.items()}, daily


def equal(one: Any, other: Any) -> bool:
    """Are two tables equal, column for column?"""
    return list(one) == list(other) and all(
        np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f") for n in one
    )


@pytest.mark.parametrize("policy", [Points(), PaidTier(), Rfm()], ids=lambda policy: type(policy).__name__)
def test_a_summary_is_the_same_whatever_is_recorded(policy: Any, tmp_path: Path) -> None:
    """With campaigns and friends, too: a run that keeps nothing else reads the same people and pages."""
    campaigns = {"referral": Referral(), "winback": Winback()}
    found = []
    for record in ("summary", "shoppers", "orders"):
        (tmp_path / record).mkdir()
        config = small(shoppers=300, days=200, record=record, campaign={name: {} for name in campaigns})
        found.append(run(config, policy, False, tmp_path / record, campaigns=campaigns))
    assert found[0] == found[1] == found[2]
    assert found[0]["campaigns"]["winback"]


@pytest.mark.parametrize("workers", [1, 2])
def test_three_shards_leave_what_the_whole_leaves(workers: int, tmp_path: Path) -> None:
    """Orders, shoppers, books and summary, in one process or two; the second half of the orders is not sorted apart."""
    whole = left(small(**APART), tmp_path / "whole")
    parts = left(small(**APART, shards=3, workers=workers), tmp_path / "parts")
    assert whole[0] == parts[0]
    assert all(equal(one, other) for one, other in zip(whole[1:], parts[1:], strict=True))
    assert len(whole[1]["time"]) > 100


def test_where_shoppers_share_something_shards_are_refused(tmp_path: Path) -> None:
    """The line names what is shared."""
    base: dict[str, Any] = {"shards": 2, "runs_dir": str(tmp_path), "policy": {"name": "none"}}
    points = {"name": "points", "_target_": "policies.points.Points"}
    rfm = {"name": "rfm", "_target_": "policies.rfm.Rfm"}
    away: dict[str, Any] = {"service": {"desk": False}}
    for more, said in (
        ({}, "desk"),
        (away | {"market": {"imitation_share": 0.5}}, "imitation_share"),
        (away | {"policy": points}, "policy: the cost of a point"),
        (away | {"policy": rfm}, "policy: it reviews"),
    ):
        with pytest.raises(RegularsError, match=f"shards: 2 was given; allowed: 1, since.*{said}"):
            answered(checked(base | more))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "market", [{}, {"imitation_share": 0.6, "price_wars": [{"start": -20, "days": 60, "depth": 0.1}]}]
)
def test_a_kept_past_is_the_past(market: dict[str, Any], tmp_path: Path) -> None:
    """A run on a past from the shelf, kept by a run of another length, leaves what a run from the opening leaves."""
    shelf = Shelf(Store(tmp_path / "runs"), "0" * 64)
    busy = {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0}
    config = small(shoppers=200, days=90, run_off_days=30, market=market, service=busy)
    longer = config.model_copy(update={"days": 120})
    left(longer, tmp_path / "first", shelf)
    assert shelf.find(0) is not None
    kept, traded = left(config, tmp_path / "kept", shelf), left(config, tmp_path / "traded")
    assert kept[0] == traded[0]
    assert all(equal(one, other) for one, other in zip(kept[1:], traded[1:], strict=True))


def test_a_past_under_another_seed_is_not_the_past(tmp_path: Path) -> None:
    """The planted fault of the test above: a shelf that answers for the wrong world is seen."""
    shelf = Shelf(Store(tmp_path / "runs"), "0" * 64)
    config = small(shoppers=200, days=60, run_off_days=0)
    left(config.model_copy(update={"seed": 1}), tmp_path / "first", shelf)
    assert left(config, tmp_path / "wrong", shelf)[0] != left(config, tmp_path / "right")[0]


def test_imitation_goes_on_from_the_past(tmp_path: Path) -> None:
    """Rivals imitate on day 10 what the shop conceded 30 days before, which was before day 0."""
    market = {"imitation_share": 1.0, "imitation_lag_days": 30}
    config = small(shoppers=200, days=20, run_off_days=0, market=market, record="summary")
    generous = MemberPrice(spend=(1.0, 2.0), cut=(0.2, 0.2))
    after = [trade(config, NoPolicy(), past, tmp_path).books for past in (generous, NoPolicy())]
    assert money(after[0])["orders"] != money(after[1])["orders"]


def test_points_owed_at_the_end_cost_the_run_off(tmp_path: Path) -> None:
    """Gifts handed out in the run-off are in `contribution_run_off`, and the points add up over the end."""
    config = small(shoppers=200, days=90, run_off_days=60, record="summary")
    summary = run(config, Points(threshold=100), False, tmp_path)
    points = summary["points"]
    assert points["issued"] == sum(points[n] for n in ("pending", "available", "redeemed", "expired", "clawed_back"))
    assert summary["contribution_run_off"] != summary["contribution"]
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
