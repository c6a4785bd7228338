"""A user's policy that fails in the midst of a run: one line with its name, file and line, and nothing half-written."""

import sys

import pytest

from sim.errors import RegularsError
from sim.loading import load_policy
from tests.test_command import SMALL, here, mine, started, typed
from tests.worlds import small, trade

assert here  # the fixture, used by name

SOURCE = """
from typing import Any
import numpy as np
from sim.contract import Offer, PointsProgramme, Settlement, policy_class

def helper(value):
    return 1 // value

@policy_class
class Mine:
    cut: Any = 0.1

    @property
    def points_programme(self):
        return {programme}

    def offer(self, visit):
        a = visit.orders
        return {offer}

    def settle(self, receipt):
        return {settle}

    def processes(self, shop):
        yield 3
        {process}
"""
RIGHT = {"programme": "None", "offer": "Offer()", "settle": "Settlement()", "process": "yield 2"}


def at(method, text):
    """`Mine.method (my_policy.py, line n): ` for the line of the source that begins with a text."""
    lines = [line.strip() for line in SOURCE.splitlines()]
    number = next(number for number, line in enumerate(lines, 1) if line.startswith(text))
    return f"Mine.{method} (my_policy.py, line {number}): "


OFFER, BEGINS = at("offer", "return {offer}"), at("offer", "def offer")
HELPER = at("offer", "return 1 // value")
SETTLE, SETTLING = at("settle", "def settle"), at("settle", "return {settle}")
PROCESS, WAITS = at("processes", "{process}"), at("processes", "def processes")
TERMS, PROGRAMME = at("points_programme", "@property"), at("points_programme", "return {programme}")
SHARE = "allowed: a share of list price, 0 to 0.95"
FAULTS = [
    ({"offer": "Offer(discount=1 // 0)"}, OFFER + "ZeroDivisionError: integer division or modulo by zero"),
    ({"offer": "Offer(discount=helper(0))"}, HELPER + "ZeroDivisionError"),
    ({"offer": "np.zeros(3)[a + 99]"}, OFFER + "IndexError: index "),
    ({"offer": "visit.satisfaction"}, OFFER + "AttributeError: 'Visit' object has no attribute 'satisfaction'"),
    ({"offer": "a.__setitem__(0, 9)"}, OFFER + "ValueError: assignment destination is read-only"),
    ({"offer": "exit(0)"}, OFFER + "SystemExit: 0"),
    ({"offer": "next(iter(()))"}, OFFER + "StopIteration()"),
    ({"offer": "None"}, BEGINS + "returned NoneType; allowed: sim.contract.Offer"),
    ({"offer": "0.1"}, BEGINS + "returned float; allowed: sim.contract.Offer"),
    ({"offer": "Offer(discount=1.0)"}, BEGINS + "Offer.discount is 1 for "),
    ({"offer": "Offer(discount=7)"}, BEGINS + "Offer.discount is 7 for "),
    ({"offer": "Offer(discount=-0.01)"}, BEGINS + "Offer.discount is -0.01 for "),
    ({"offer": "Offer(discount=0 * a / 0)"}, BEGINS + "Offer.discount is nan for "),
    ({"offer": "Offer(discount=np.zeros(len(a) + 1))"}, BEGINS + "Offer.discount has shape ("),
    ({"offer": "Offer(discount=np.zeros((len(a), 3)))"}, BEGINS + "Offer.discount has shape ("),
    ({"offer": "Offer(discount='10 %')"}, BEGINS + f"Offer.discount is '10 %'; {SHARE}"),
    ({"offer": "Offer(free_post=0.5)"}, BEGINS + "Offer.free_post is 0.5 for "),
    ({"offer": "Offer(gift=-1)"}, BEGINS + "Offer.gift is -1 for "),
    ({"offer": "Offer(gift=np.zeros((len(a), 4)))"}, BEGINS + "Offer.gift has shape ("),
    ({"offer": "Offer(points=float('inf'))"}, BEGINS + "Offer.points is inf for "),
    ({"offer": "Offer(discont=1)"}, OFFER + "TypeError: Offer.__init__() got an unexpected keyword argument 'discont'"),
    ({"settle": "None"}, SETTLE + "returned NoneType; allowed: sim.contract.Settlement"),
    ({"settle": "Settlement(tier=1.5)"}, SETTLE + "Settlement.tier is 1.5 for "),
    ({"settle": "Settlement(tier=np.nan)"}, SETTLE + "Settlement.tier is nan for "),
    ({"settle": "Settlement(tier=np.zeros(999))"}, SETTLE + "Settlement.tier has shape (999,); allowed: one number"),
    ({"settle": "Settlement(tier=1, tier_span=-1)"}, SETTLE + "Settlement.tier_span is -1 for "),
    ({"settle": "receipt.paid[9999]"}, SETTLING + "IndexError"),
    ({"process": "shop.assign(Settlement(tier=[1]*999))"}, PROCESS + "Settlement.tier has shape (999,)"),
    ({"process": "shop.assign(None)"}, PROCESS + "returned NoneType; allowed: sim.contract.Settlement"),
    ({"process": "shop.world.people"}, PROCESS + "AttributeError: 'ShopDoor' object has no attribute 'world'"),
    ({"process": "shop.customers().spend[:] = 1"}, PROCESS + "ValueError: assignment destination is read-only"),
    ({"process": "yield -1"}, WAITS + "the wait it yields is -1 for 1 of 1; allowed: days, more than 0"),
    ({"process": "yield 'a week'"}, WAITS + "the wait it yields is 'a week'; allowed: days, more than 0"),
    ({"process": "yield float('nan')"}, WAITS + "the wait it yields is nan"),
    ({"programme": "PointsProgramme(threshold=-1)"}, TERMS + "threshold is -1; allowed: a whole number >= 0"),
    ({"programme": "PointsProgramme(expiry_days=1.5)"}, TERMS + "expiry_days is 1.5; allowed: a whole number >= 1"),
    ({"programme": "PointsProgramme(cost_ratio=2)"}, TERMS + "cost_ratio is 2 for 1 of 1; allowed: a number, 0 to 1"),
    ({"programme": "{}"}, TERMS + "is dict; allowed: sim.contract.PointsProgramme or None"),
    ({"programme": "self.treshold"}, PROGRAMME + "AttributeError: 'Mine' object has no attribute 'treshold'"),
]


def failing(folder, change):
    mine(folder, SOURCE.format(**RIGHT | change))
    for name in [name for name in sys.modules if name == "my_policy"]:
        del sys.modules[name]  # of an earlier test, in another folder


@pytest.mark.parametrize(("change", "told"), FAULTS)
def test_a_policy_that_fails_is_one_line(here, change, told):
    failing(here, change)
    sys.path.append(str(here))  # the fixture takes it away again
    policy = load_policy({"name": "mine", "_target_": "my_policy.Mine"})
    shop = small(shoppers=30, days=20, policy={"name": "mine"}, population={"shop_age_days": 60})
    with pytest.raises(RegularsError) as caught:
        trade(shop, policy)
    assert str(caught.value).startswith(f"policy=mine: {told}") and "\n" not in str(caught.value)


@pytest.mark.parametrize(("change", "told"), FAULTS[::8])
def test_a_policy_that_fails_ends_the_command_with_one_line(here, monkeypatch, capsys, change, told):
    failing(here, change)
    code, out, err = typed(monkeypatch, capsys, "--config-dir", "conf", "policy=mine", *SMALL)
    assert code == 1 and out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"policy=mine: {told}")
    assert not [path for path in here.glob("runs/*") if path.is_dir() and path.name != ".history"]  # the past is whole


def test_the_policy_that_does_not_fail_ends_well(here, monkeypatch, capsys):
    """The planted fault of the tests above is in the policy: without it the same command succeeds."""
    failing(here, {})
    assert typed(monkeypatch, capsys, "--config-dir", "conf", "policy=mine", *SMALL)[0] == 0
    assert len(list(here.glob("runs/mine-*"))) == 1


def test_a_policy_of_the_past_is_named_as_such_and_the_other_jobs_of_a_sweep_go_on(here, monkeypatch, capsys):
    failing(here, {"offer": "Offer(discount=2)"})
    line = ("--config-dir", "conf", "-m", "policy=points", "history_policy=mine,none", *SMALL)
    code, out, err = typed(monkeypatch, capsys, *line)
    assert code == 1
    (told,) = err.splitlines()
    assert told.startswith(f"#0: history_policy=mine: {BEGINS}Offer.discount is 2 for ")
    assert out.count("Written to ") == 1 and len(list(here.glob("runs/points-*"))) == 1


def test_in_a_process_of_its_own_and_late_in_the_run(here):
    failing(here, {"offer": "Offer(discount=(visit.time > 15) / (visit.time <= 15))"})
    process = started("--config-dir", "conf", "policy=mine", "progress=true", *SMALL, cwd=here)
    out, err = process.communicate(timeout=300)
    said = [line for line in err.decode().splitlines() if line.strip() and not line.startswith("Compiling")]
    assert process.returncode == 1 and out == b"" and b"Traceback" not in err
    assert said[-1].startswith(f"policy=mine: {BEGINS}Offer.discount is inf for ")
    assert not list(here.glob("runs/mine-*"))


def test_a_fault_of_ours_is_not_put_down_to_the_policy(here, monkeypatch, capsys):
    failing(here, {})
    monkeypatch.setattr("sim.acts.close_sale", None)
    with pytest.raises(TypeError):
        typed(monkeypatch, capsys, "--config-dir", "conf", "policy=mine", *SMALL)
    assert not list(here.glob("runs/mine-*"))


def test_the_user_may_ask_for_the_traceback(here):
    failing(here, {"offer": "Offer(discount=helper(0))"})
    process = started("--config-dir", "conf", "policy=mine", *SMALL, cwd=here, full="1")
    err = process.communicate(timeout=300)[1]
    assert process.returncode != 0 and b"Traceback" in err and b"return 1 // value" in err
