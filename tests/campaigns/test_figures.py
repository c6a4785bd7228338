"""The campaign table against the files of the run, and against worlds in which the effect is known."""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from policies.none import NoPolicy
from sim.measure.campaigns import money_after, response
from sim.run import run
from sim.table import notes
from tests.campaigns.worlds import CAMPAIGNS, LOUD, Everybody
from tests.worlds import small


def ran(folder: Path, campaigns: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], Any]:
    """Summary and touches (a table of DuckDB) of a run."""
    config = small(**changes, campaign={name: {"name": name} for name in campaigns})
    run(config, NoPolicy(), False, folder, campaigns=campaigns)
    return json.loads((folder / "summary.json").read_text()), duckdb.from_parquet(str(folder / "touches.parquet"))


def test_the_table_is_what_the_files_say(tmp_path: Path) -> None:
    """Counts, cost, responses and contribution of every wave, added up again from touches and orders."""
    summary, touches = ran(tmp_path, CAMPAIGNS, **LOUD)
    assert sorted(summary["campaigns"]) == sorted(set(touches.project("campaign").fetchnumpy()["campaign"]))
    orders = duckdb.from_parquet(str(tmp_path / "orders" / "*.parquet")).fetchnumpy()
    told = touches.fetchnumpy()
    days, by_shopper = summary["days"], {}
    for shopper, time, value in zip(orders["shopper"], orders["time"], orders["contribution_fen"], strict=True):
        by_shopper.setdefault(int(shopper), []).append((float(time), int(value)))
    checked = 0
    for campaign, figures in summary["campaigns"].items():
        for wave, said in figures["waves"].items():
            rows = np.flatnonzero((told["campaign"] == campaign) & (told["wave"] == wave))
            sent = rows[~told["holdout"][rows]]
            assert (said["sent"], said["held_out"]) == (len(sent), len(rows) - len(sent))
            for name, column in (("opened", "opened"), ("coupons_used", "used"), ("unsubscribed", "unsubscribed")):
                assert said[name] == told[column][sent].sum()
            for h in (2, 10, 30, 90):
                kept = [i for i in rows if told["time"][i] + h <= days]
                first = [
                    any(0 <= t - told["time"][i] < h for t, _ in by_shopper.get(int(told["shopper"][i]), []))
                    for i in kept
                ]
                held = told["holdout"][kept] if kept else np.zeros(0, bool)
                answered = np.array(first, bool)
                assert said["response"][str(h)]["gross"] == answered[~held].sum()
                if held.any():
                    assert said["response"][str(h)]["natural"] == answered[held].mean()
                checked += 1
            for i in rows[:50]:
                mine = by_shopper.get(int(told["shopper"][i]), [])
                assert told["contribution_90_fen"][i] == sum(v for t, v in mine if 0 <= t - told["time"][i] < 90)
    assert checked > 40


def test_money_of_messages_and_coupons(tmp_path: Path) -> None:
    """Shop costs hold the messages to the fen, and the contribution is that of the rows less the shop costs."""
    summary, _ = ran(tmp_path, CAMPAIGNS, **LOUD)
    spent = sum(figures["cost"] for figures in summary["campaigns"].values())
    assert summary["shop_costs"]["messages"] == pytest.approx(spent, abs=0.006) and spent > 100
    orders = duckdb.from_parquet(str(tmp_path / "orders" / "*.parquet")).fetchnumpy()
    rows = int(orders["contribution_fen"].sum()) / 100
    assert summary["contribution"] == pytest.approx(rows - sum(summary["shop_costs"].values()), abs=1e-6)
    assert summary["coupons"] == pytest.approx(int(orders["coupon_fen"].sum()) / 100) and summary["coupons"] > 0
    assert summary["discounts"] >= summary["coupons"]


def test_without_campaigns_there_is_nothing_of_them(tmp_path: Path) -> None:
    """No file, an empty table, no cost."""
    run(small(), NoPolicy(), False, tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["campaigns"] == {} and summary["shop_costs"]["messages"] == 0
    assert not (tmp_path / "touches.parquet").exists()


@pytest.mark.parametrize(("effect", "seen"), [(False, False), (True, True)], ids=["no effect", "planted effect"])
def test_the_estimate_sees_what_is_there(effect: bool, seen: bool, tmp_path: Path) -> None:
    """Half held out, one message, 4,000 customers: an unread message has no effect within 4.5 standard errors.

    A right engine fails one seed in 150,000; an effect of 5 points in the response of 30 days passes for none at most
    once in 1,000 (standard error 0.7 points). A coupon of 60 %, read by all, is such an effect.
    """
    messages = {"sms": {"open": 1.0 if effect else 0.0}, "sleeping_dog": 0.0, "nudge": 0.5}
    campaign = Everybody(times=1, holdout=0.5, coupon_share=0.6)
    summary, _ = ran(tmp_path, {"it": campaign}, shoppers=4000, days=60, messages=messages)
    told = summary["campaigns"]["it"]["response"]["30"]
    error = (told["high"] - told["low"]) / 2 / 1.96
    assert 0.003 < error < 0.02
    assert (abs(told["difference"]) > 4.5 * error) == seen


def test_response_by_hand() -> None:
    """Six messages: two of three answered, one of two held out; the last has no 10 days left."""
    judged = {
        "time": np.array([0.0, 0.0, 0.0, 0.0, 0.0, 95.0]),
        "holdout": np.array([False, False, False, True, True, False]),
        "next_order": np.array([1.0, 9.9, 10.0, np.nan, 3.0, 96.0]),
        "contribution_90_fen": np.array([100, 200, 300, 0, 400, 9]),
    }
    told = response(judged, 10, 100)
    assert (told["customers"], told["gross"], told["held_out"]) == (3, 2, 2)
    assert told["difference"] == pytest.approx(2 / 3 - 1 / 2) and told["low"] < told["difference"] < told["high"]
    assert told["incremental"] == pytest.approx(3 * (2 / 3 - 1 / 2))
    money = money_after(judged, 100)
    assert (money["stimulated"], money["natural"], money["difference"]) == (2.0, 2.0, 0.0)
    assert response({name: column[:0] for name, column in judged.items()}, 10, 100)["difference"] is None


def test_a_campaign_that_never_spoke_is_told_of() -> None:
    """One line for it, none for one that sent something."""
    summary = {"days": 60, "campaigns": {"first_notice": {"sent": 0}, "care": {"sent": 3}}}
    (line,) = notes(summary)
    assert line.startswith("Campaign first_notice sent no message in these 60 days")
