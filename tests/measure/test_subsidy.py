"""Subsidised, incremental and displaced: by hand, against a slow count, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import RegularsError
from sim.measure import subsidy
from sim.measure.subsidy import GROUPS, subsidised
from tests.measure.handmade import leave, order

PEOPLE = [
    {"shopper": 0, "segment": 1},
    {"shopper": 1, "segment": 3},
    {"shopper": 2, "segment": 2, "index": False, "history_last_order": -500.0},
]
NEWCOMER = {"segment": 0, "index": False, "history_last_order": np.nan, "history_cycle": np.nan, "first_order": 5.0}
CUT = {"discount_fen": 500, "gift_fen": 100, "points_fen": 50}
# Shopper 0 buys at needs 3 (in both) and 4 (rewarded only); 1 at need 7 (twin only); 2 at need 2 on another day.
HERE = [
    order(0, 10.0, need=3, **CUT), order(0, 40.0, need=4, **CUT), order(2, 90.0, need=2, segment=2),
    order(9, 5.0, need=1, segment=0, **CUT),
]  # fmt: skip
THERE = [order(0, 10.0, need=3), order(1, 20.0, need=7, segment=3), order(2, 30.0, need=2, segment=2)]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    mine = leave(tmp_path / "here", [*PEOPLE, NEWCOMER | {"shopper": 9}], HERE)
    return mine, leave(tmp_path / "there", PEOPLE, THERE)


def test_orders_by_hand(pair: tuple[Path, Path]) -> None:
    """A rewarded order costs 6.50 and brings 101; a plain one brings 106. The need counts, not the day."""
    found = subsidised(*pair)["orders"]
    assert list(found) == list(GROUPS)
    assert found["light"] == {
        "orders": 2, "twin_orders": 1, "shared_orders": 1, "subsidised_fen": 650, "shared_twin_reward_fen": 0,
        "winning_fen": 650, "shared_spend_fen": 10_100, "shared_twin_spend_fen": 10_600, "incremental_fen": 10_100,
        "displaced_fen": 0,
    }  # fmt: skip
    assert found["heavy"]["displaced_fen"] == 10_600 and found["heavy"]["orders"] == 0
    assert found["medium"]["shared_orders"] == 1 and found["medium"]["displaced_fen"] == 0
    assert found["newcomers"]["winning_fen"] == 650 and found["newcomers"]["subsidised_fen"] == 0
    assert found["dormant"] == found["medium"]
    for name in found["all"]:
        assert found["all"][name] == sum(found[group][name] for group in ("newcomers", "light", "medium", "heavy"))
        assert found["all"][name] == sum(found[group][name] for group in ("newcomers", "index", "dormant"))


def test_customers_by_hand(pair: tuple[Path, Path]) -> None:
    """Shopper 0 brings 2 * 31.5 against 38, shopper 1 nothing against 38, shopper 2 the same; newcomers are no part."""
    told = subsidised(*pair)
    assert told["customers"]["all"] == {
        "people": 3, "more_value": 1, "equal_value": 1, "less_value": 1, "more_spend": 1, "equal_spend": 1,
        "less_spend": 1, "value_fen": 2 * 3_150 - 3_800 - 3_800, "spend_fen": 2 * 10_100 - 10_600 - 10_600,
    }  # fmt: skip
    assert told["customers"]["heavy"]["less_value"] == told["customers"]["index"]["less_value"] == 1
    assert [tenth["value_fen"] for tenth in told["deciles"]] == [-3_800, 0, 2_500]


def test_no_orders_at_all(tmp_path: Path) -> None:
    one, other = leave(tmp_path / "one", PEOPLE, []), leave(tmp_path / "other", PEOPLE, [])
    assert not any(subsidised(one, other)["orders"]["all"].values())


def slow(here: Any, there: Any) -> dict[str, int]:
    """The same by Python's own sets, over everybody."""
    mine, its = (
        {address: i for i, address in enumerate(zip(o["shopper"], o["need"], strict=True))} for o in (here, there)
    )
    assert len(mine) == len(here["shopper"])  # one order, one need
    reward = here["discount_fen"] + here["gift_fen"] + here["post_forgone_fen"] + here["points_fen"]
    spend, twin = (
        o["list_fen"] - o["discount_fen"] + o["shipping_charged_fen"] - o["refund_fen"] for o in (here, there)
    )
    shared = [mine[address] for address in mine.keys() & its.keys()]
    return {
        "shared_orders": len(shared),
        "subsidised_fen": reward[shared].sum(),
        "incremental_fen": spend[[mine[address] for address in mine.keys() - its.keys()]].sum(),
        "displaced_fen": twin[[its[address] for address in its.keys() - mine.keys()]].sum(),
    }


def agrees(runs: dict[str, Path], rows: Any) -> bool:
    """Does the answer in the store equal the slow one, and add up?"""
    found = subsidised(runs["escalating"], runs["none"])["orders"]["all"]
    here, there = rows("escalating")[0], rows("none")[0]
    spend, twin = (
        sum(
            int(o[n].sum()) * s
            for n, s in (("list_fen", 1), ("discount_fen", -1), ("shipping_charged_fen", 1), ("refund_fen", -1))
        )
        for o in (here, there)
    )
    return (
        {name: found[name] for name in ("shared_orders", "subsidised_fen", "incremental_fen", "displaced_fen")}
        == slow(here, there)
        and found["shared_spend_fen"] + found["incremental_fen"] == spend
        and found["shared_twin_spend_fen"] + found["displaced_fen"] == twin
    )


def test_equals_a_slow_count(runs: dict[str, Path], rows: Any) -> None:
    assert agrees(runs, rows)
    found = subsidised(runs["escalating"], runs["none"])
    assert min(found["orders"]["all"].values()) >= 0
    assert found["orders"]["all"]["subsidised_fen"] > found["orders"]["all"]["winning_fen"] > 0
    known = found["customers"]["all"]
    assert sum(tenth["value_fen"] for tenth in found["deciles"]) == known["value_fen"]
    assert sum(tenth["people"] for tenth in found["deciles"]) == known["people"] == 400
    assert known["more_value"] + known["equal_value"] + known["less_value"] == 400


@pytest.mark.parametrize(
    "fault", ["here.shopper = there.shopper", "here.need = there.need - 1 AND here.shopper = there.shopper"]
)
def test_a_planted_fault_is_found(
    runs: dict[str, Path], fault: str, monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    """Joined by shopper alone, or by the next need, the answers differ."""
    right = "here.shopper = there.shopper AND here.need = there.need"
    assert right in subsidy._ORDERS
    monkeypatch.setattr(subsidy, "_ORDERS", subsidy._ORDERS.replace(right, fault))
    assert not agrees(runs, rows)


def test_twice_the_same_world(runs: dict[str, Path]) -> None:
    """A/A: every order is shared, nobody wins and nobody loses."""
    found = subsidised(runs["again"], runs["none"])
    for of in found["orders"].values():
        assert of["orders"] == of["twin_orders"] == of["shared_orders"]
        assert of["incremental_fen"] == of["displaced_fen"] == of["winning_fen"] == of["subsidised_fen"] == 0
    assert found["customers"]["all"]["equal_value"] == found["customers"]["all"]["people"] == 400
    assert not any(tenth["value_fen"] for tenth in found["deciles"])


@pytest.mark.parametrize(
    ("told", "people", "said"),
    [
        ({"seed": 1}, PEOPLE, "seed 1, but .* has seed 0"),
        ({"days": 300}, PEOPLE, "days 300, but .* has days 400"),
        ({}, PEOPLE[:2], "1 customers of day 0 are not those of"),
        ({}, [*PEOPLE[:2], PEOPLE[2] | {"segment": 3}], "2 customers of day 0"),
    ],
)
def test_strangers_are_refused(
    pair: tuple[Path, Path], tmp_path: Path, told: dict[str, Any], people: list[dict[str, Any]], said: str
) -> None:
    other = leave(tmp_path / "stranger", people, [], **told)
    with pytest.raises(RegularsError, match=said):
        subsidised(pair[0], other)
