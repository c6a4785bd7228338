"""The money bridge: worked by hand, to the fen, and over real runs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure import bridge as module
from sim.measure.bridge import ORDER_ACCOUNTS, accounts, bridge, contribution
from sim.shop.money import MONEY
from tests.measure.handmade import leave, order

ZERO = dict.fromkeys(("orders", *ORDER_ACCOUNTS, "wages", "acquisition"), 0)


def test_worked_by_hand() -> None:
    """Two orders of 100 and 40 fen contribution become three of 110 and 45; wages rise by 5.

    Volume (3 - 2) * 80 / 2 = 40; price 330 - 1.5 * 200 = 30; goods -195 + 1.5 * 120 = -15; wages -5.
    """
    before = ZERO | {"orders": 2, "price": 200, "goods": -120, "wages": -10}
    after = ZERO | {"orders": 3, "price": 330, "goods": -195, "wages": -15}
    bars = bridge(before, after)
    assert {name: bar for name, bar in bars.items() if bar} == {"volume": 40, "price": 30, "goods": -15, "wages": -5}
    assert sum(bars.values()) == contribution(after) - contribution(before) == 50


def test_uneven_fen_add_up() -> None:
    """Three orders become two, and no bar is whole: volume -1/3 * 1, price 1 - 2/3 * 2, goods -1 + 2/3 * 1."""
    before = ZERO | {"orders": 3, "price": 2, "goods": -1}
    after = ZERO | {"orders": 2, "price": 1, "goods": -1}
    bars = bridge(before, after)
    assert bars["volume"] + bars["price"] + bars["goods"] == -1
    assert [round(x) for x in (-1 / 3, -1 / 3, -1 / 3)] == [0, 0, 0]  # rounding one by one would lose the fen


def test_a_shop_without_orders() -> None:
    """From none and to none the difference is volume alone; accounts without orders are refused."""
    some = ZERO | {"orders": 2, "price": 200, "goods": -120}
    for before, after, volume in ((ZERO, some, 80), (some, ZERO, -80), (ZERO, ZERO, 0)):
        bars = bridge(before, after)
        assert bars["volume"] == volume
        assert not any(bar for name, bar in bars.items() if name != "volume")
    with pytest.raises(ValueError, match="without orders"):
        bridge(ZERO | {"price": 1}, some)


SUMS = st.fixed_dictionaries(
    {"orders": st.integers(1, 10**6)} | {name: st.integers(-(10**12), 10**12) for name in (*ORDER_ACCOUNTS, "wages")}
)


@given(SUMS, SUMS)
def test_bars_add_up_to_the_fen(before: dict[str, int], after: dict[str, int]) -> None:
    assert sum(bridge(before, after).values()) == contribution(after) - contribution(before)
    assert not any(bridge(before, before).values())


def test_accounts_by_hand(tmp_path: Path) -> None:
    """Postage is seen at its everyday fee: 6 yuan charged once and forgone once, 8 paid twice, is a perk of 6."""
    orders = [
        order(0, 3.0, discount_fen=500, gift_fen=100, points_fen=50, service_fen=20, membership_fee_fen=1_500),
        order(0, 9.5, shipping_charged_fen=0, post_forgone_fen=600, refund_fen=10_000, goods_fen=700),
    ]
    found = accounts(leave(tmp_path / "run", [{}], orders, costs={"wages": 12.34, "points_revaluation": -0.5}))
    assert found == {
        "orders": 2, "price": 20_000, "discounts": -500, "perks": -700, "points": -50, "post": 1_200 - 1_600,
        "goods": -6_700, "service": -20, "returns": -10_000, "fees": 1_500, "wages": -1_234, "acquisition": 0, "messages": 0,
        "points_revaluation": 50, "other": 0,
    }  # fmt: skip


def adds_up(folder: Path) -> bool:
    """Do the accounts of a run add up to the contribution that its summary tells?"""
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["contribution"]
    return contribution(accounts(folder)) == round(told * 100)


@pytest.mark.parametrize("name", ["none", "escalating", "points"])
def test_accounts_of_a_run_add_up_to_its_contribution(runs: dict[str, Path], name: str) -> None:
    assert adds_up(runs[name])


@pytest.mark.parametrize("lost", [("perks", "post_forgone_fen"), ("post", "shipping_paid_fen"), ("goods", "goods_fen")])
def test_an_account_left_out_is_found(
    runs: dict[str, Path], lost: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: without one column the sums no longer add up."""
    name, column = lost
    part = {key: sign for key, sign in ORDER_ACCOUNTS[name].items() if key != column}
    monkeypatch.setattr(module, "ORDER_ACCOUNTS", ORDER_ACCOUNTS | {name: part})
    assert not adds_up(runs["escalating"])


def test_every_money_account_has_its_bar() -> None:
    """An account that the ledger gains must find its place in the bridge."""
    assert {column for part in ORDER_ACCOUNTS.values() for column in part} == {*MONEY, "post_forgone_fen"}


def test_bridge_between_real_runs(runs: dict[str, Path]) -> None:
    """From `none` to the escalating policy: to the fen, perks and discounts below zero; twice `none` is zero."""
    before, after = accounts(runs["none"]), accounts(runs["escalating"])
    bars = bridge(before, after)
    assert sum(bars.values()) == contribution(after) - contribution(before) != 0
    assert bars["discounts"] < 0 and bars["perks"] < 0
    assert not any(bridge(before, accounts(runs["again"])).values())
