"""Time to lapse: worked by hand, against a slow count of real runs, and with faults planted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.measure import gaps
from sim.measure.survival import survival
from tests.measure.handmade import leave, order

PEOPLE = [
    {"shopper": 0, "history_last_order": -10.0, "history_cycle": 40.0},  # 70 days on; then 50 + 80, 100 + 80: lapses
    {"shopper": 1, "history_last_order": -5.0, "history_cycle": 20.0},  # 35; 30 + 40 = 70: lapses
    {"shopper": 2, "history_last_order": -300.0, "history_cycle": 100.0},  # lapsed at day -100
    {"shopper": 3, "history_last_order": -500.0, "index": False},
    {"shopper": 4, "segment": 0, "index": False, "history_last_order": np.nan, "history_cycle": np.nan},
]
ORDERS = [order(0, 50.0), order(0, 100.0), order(0, 385.0), order(1, 30.0), order(1, 368.0), order(4, 20.0)]


@pytest.mark.parametrize("parts", [1, 3])
def test_worked_by_hand(tmp_path: Path, parts: int) -> None:
    """Lapsed on the first midnight after two cycles; who comes back later stays lapsed; others do not count."""
    curve = survival(leave(tmp_path / "run", PEOPLE, ORDERS, days=400, parts=parts))
    assert curve.shape == (401,)
    assert curve == pytest.approx(np.repeat([2 / 3, 1 / 3, 0], [71, 110, 220]))


@pytest.mark.parametrize(("time", "left"), [(30.0, 1.0), (30.5, 0.0)])
def test_an_order_on_the_last_moment_is_in_time(tmp_path: Path, time: float, left: float) -> None:
    """Two cycles of 20 days after day -10 end at 30.0 sharp."""
    one = [{"shopper": 0, "history_last_order": -10.0, "history_cycle": 20.0}]
    curve = survival(leave(tmp_path / "run", one, [order(0, time)], days=40))
    assert curve[30] == 1 and curve[31] == left


def test_no_order_and_no_group(tmp_path: Path) -> None:
    """A run without orders has its curve; a run without an index group has none."""
    quiet = survival(leave(tmp_path / "quiet", PEOPLE[:1], [], days=100))
    assert quiet == pytest.approx(np.repeat([1, 0], [71, 30]))
    assert np.isnan(survival(leave(tmp_path / "empty", PEOPLE[3:], ORDERS[-1:], days=100))).all()


def counted(orders: dict[str, Any], people: dict[str, Any], days: int) -> Any:
    """The same curve, customer by customer."""
    index = people["index"].astype(bool)
    first = []
    for shopper, last, cycle in zip(
        people["shopper"][index], people["history_last_order"][index], people["history_cycle"][index], strict=True
    ):
        for time in np.sort(orders["time"][orders["shopper"] == shopper]):
            if time > last + 2 * cycle:
                break
            last = time
        first.append(last + 2 * cycle)
    return np.array([np.mean(np.array(first) >= day) for day in range(days + 1)])


@pytest.mark.parametrize("name", ["none", "points"])
def test_equals_a_slow_count(runs: dict[str, Path], name: str, rows: Any) -> None:
    curve = survival(runs[name])
    assert curve == pytest.approx(counted(*rows(name), 400), abs=1e-12)
    assert 0 < curve[-1] < curve[0] < 1
    assert (np.diff(curve) <= 0).all()


@pytest.mark.parametrize(
    ("right", "wrong"), [("next > lapses", "next > lapses + 20"), ("ORDER BY time", "ORDER BY -time")]
)
def test_a_planted_fault_is_found(
    runs: dict[str, Path], right: str, wrong: str, monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    name = next(name for name in ("_GAPS", "_LAPSED") if right in getattr(gaps, name))
    monkeypatch.setattr(gaps, name, getattr(gaps, name).replace(right, wrong))
    assert np.abs(survival(runs["none"]) - counted(*rows("none"), 400)).max() > 0.001
