"""One customer's life: what the records hold, and when and why it ended."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.measure.life import life
from sim.visits import CAUSES, PRICE
from tests.measure.handmade import leave, order


@pytest.mark.parametrize(
    ("ends", "day", "cause"),
    [
        ({}, None, None),
        ({"left_at": 70.0, "away_cause": PRICE, "category_end": 80.0}, 70.0, "price"),
        ({"left_at": 90.0, "away_cause": PRICE, "category_end": 80.0}, 80.0, "category_over"),
        ({"moved_at": 5.5, "category_end": 80.0}, 5.5, "moved"),
        ({"moved_at": 400.5}, None, None),
    ],
)
def test_the_first_end_counts(tmp_path: Path, ends: dict[str, Any], day: float | None, cause: str | None) -> None:
    """By the end of a run of 400 days."""
    told = life(leave(tmp_path / "run", [{"shopper": 7} | ends], [order(7, 3.0)]), 7)
    assert told is not None and (told["exit_day"], told["exit_cause"]) == (day, cause)


def test_orders_by_hand(tmp_path: Path) -> None:
    """Own orders only, by time; somebody else has another life, and a stranger none."""
    orders = [order(1, 9.0, order_number=5, discount_fen=300, ask_fen=500, refused=True), order(2, 4.0), order(1, 2.0)]
    folder = leave(tmp_path / "run", [{"shopper": 1, "segment": 3}, {"shopper": 2}], orders, parts=2)
    told = life(folder, 1)
    assert told is not None
    assert [row["time"] for row in told["orders"]] == [2.0, 9.0]
    last = told["orders"][-1]
    assert (last["discount_fen"], last["ask_fen"], last["refused"], last["order_number"]) == (300, 500, True, 5)
    assert (told["segment"], told["known"], told["index"]) == ("heavy", True, True)
    assert told["at_end"]["satisfaction"] == 0.25
    assert life(folder, 3) is None


def test_lives_of_a_run(runs: dict[str, Path], rows: Any) -> None:
    """Nobody orders after leaving the shop for good; the same shopper has the same past in both worlds."""
    orders, people = rows("escalating")
    often = people["shopper"][np.argsort(-people["run_orders"])[:3]]
    left = people["shopper"][(people["left_at"] > 0) & (people["left_at"] < 400) & (people["segment"] > 0)][:3]
    assert len(left) == 3
    for shopper in map(int, [*often, *left]):
        told, other = life(runs["escalating"], shopper), life(runs["none"], shopper)
        assert told is not None
        mine = orders["shopper"] == shopper
        assert [row["contribution_fen"] for row in told["orders"]] == orders["contribution_fen"][mine].tolist()
        if told["exit_day"] is not None:
            assert told["exit_cause"] in CAUSES[1:]
            assert all(row["time"] <= told["exit_day"] for row in told["orders"])
        if told["known"]:
            assert other is not None and other["before"] == told["before"]
