"""Curves by day and by order number: by hand, and the same as the summary and the order rows say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.measure.curves import contribution_by_day, ladder, retention_curve
from sim.plots import retention_curve as drawn
from tests.measure.handmade import leave, order


def test_retention_by_hand(tmp_path: Path) -> None:
    """An order at 10 counts on days 10 to 99, one at 50.5 on days 51 to 140: 10 to 140 together, half the group."""
    people = [{"shopper": 0}, {"shopper": 1}, {"shopper": 2, "index": False}]
    folder = leave(tmp_path / "run", people, [order(0, 10.0), order(0, 50.5), order(2, 20.0)], days=200)
    assert retention_curve(folder) == pytest.approx(np.repeat([0, 0.5, 0], [10, 131, 60]))


@pytest.mark.parametrize("name", ["none", "escalating"])
def test_retention_is_that_of_summary_and_picture(runs: dict[str, Path], name: str, rows: Any) -> None:
    curve = retention_curve(runs[name])
    told = json.loads((runs[name] / "summary.json").read_text(encoding="utf-8"))["retention"]
    assert [curve[int(h)] for h in told] == list(told.values())
    orders, people = rows(name)
    assert np.array_equal(curve, drawn(orders, people["shopper"][people["index"].astype(bool)], 400))


def test_contribution_by_day(tmp_path: Path, runs: dict[str, Path]) -> None:
    """On the day of the money; the sum is the contribution but for refunds that fall after the end."""
    folder = leave(tmp_path / "run", [{}], [order(0, 3.5), order(0, 3.9)], days=5, costs={"wages": 1.0})
    assert contribution_by_day(folder).tolist() == [-100, 0, 0, 2 * 3_800, 0]
    told = json.loads((runs["none"] / "summary.json").read_text(encoding="utf-8"))["contribution"]
    assert 0 <= contribution_by_day(runs["none"]).sum() / 100 - told < 0.05 * abs(told) + 500


def test_ladder(runs: dict[str, Path], rows: Any) -> None:
    """Sums by order number are those of the rows."""
    orders, _ = rows("escalating")
    steps = ladder(runs["escalating"])
    assert [step["number"] for step in steps] == list(range(1, 21))
    second = orders["order_number"] == 2
    given = sum(orders[name][second].sum() for name in ("discount_fen", "gift_fen", "post_forgone_fen", "points_fen"))
    assert steps[1] == {
        "number": 2, "orders": second.sum(), "list_fen": orders["list_fen"][second].sum(), "reward_fen": given,
        "contribution_fen": orders["contribution_fen"][second].sum(),
    }  # fmt: skip
    assert given > 0
