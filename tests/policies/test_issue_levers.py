"""The levers of points beyond Core and of rfm work from the command line, all at once, and bite."""

import json

import pytest

from tests.test_command import SMALL, here, typed

assert here  # the fixture, used by name

POINTS = (
    "+policy=points", "policy.threshold=100", "policy.dearer_gifts=[200,400]", "policy.lapse_on=[2,28]",
    "policy.inactivity_days=30", "policy.head_start=60", "policy.streak_orders=2", "policy.streak_bonus=0.5",
    "policy.tier_spend=[200,500]", "policy.tier_factors=[1.5,2]", "policy.cash_from=50", "policy.cash_ratio=0.5",
)  # fmt: skip
RFM = (
    "+policy=rfm",
    "policy.review_days=30",
    "policy.status_days=90",
    "policy.grace_days=20",
    "policy.soft_landing=true",
)
SHIFTS = ("+policy=rfm", "service=shifts")


def summary(folder, name):
    """Of the one run of a policy."""
    (found,) = folder.glob(f"runs/{name}-*")
    return json.loads((found / "summary.json").read_text())


@pytest.mark.parametrize("words", [POINTS, RFM, SHIFTS], ids=["points", "rfm", "shifts"])
def test_the_levers_work_through_the_command(here, monkeypatch, capsys, words):
    code, _, err = typed(monkeypatch, capsys, *words, *SMALL, "days=120")
    assert code == 0, err
    told = summary(here, words[0].partition("=")[2])
    if words is POINTS:
        assert told["points"]["expired"] > 0 and told["points"]["redeemed"] > 0 and told["perks"] > 0
    else:
        assert told["discounts"] > 0


def test_each_lever_of_points_changes_the_run(here, monkeypatch, capsys):
    """Against points as they stand: without one of the levers the contribution is another."""
    typed(monkeypatch, capsys, *POINTS, *SMALL, "days=120")
    whole = summary(here, "points")["contribution"]
    for off in (
        "dearer_gifts=[]",
        "lapse_on=null",
        "inactivity_days=null",
        "head_start=0",
        "streak_bonus=0",
        "cash_from=0",
    ):
        (folder,) = here.glob("runs/points-*")
        folder.rename(here / off.partition("=")[0])
        assert typed(monkeypatch, capsys, *POINTS, f"policy.{off}", *SMALL, "days=120")[0] == 0
        assert summary(here, "points")["contribution"] != whole, off
