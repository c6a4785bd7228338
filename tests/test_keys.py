"""Never yesterday's answer: what a user may edit between two commands, through the command itself."""

import json
import sys

import numpy as np
import pytest

from tests.orders.conftest import simulate
from tests.orders.test_given import TRUE
from tests.test_command import SMALL, here, mine, started, typed

assert here  # the fixture, used by name

SOURCE = """
from sim.contract import Offer, Settlement, policy_class
from my_terms import CUT

@policy_class
class Mine:
    cut: float = 0.1

    def offer(self, visit):
        return Offer(discount=CUT, gift=0.0)

    def settle(self, receipt):
        return Settlement()
"""


@pytest.fixture
def ask(here, monkeypatch, capsys):
    """A command as a new process would answer it: the summary (None: it was there already), and how many runs there are."""

    def answer(*arguments):
        for module in ("my_policy", "my_terms"):
            sys.modules.pop(module, None)
        before = {path: path.stat().st_mtime_ns for path in here.glob("runs/*/run.json")}
        code, _, err = typed(monkeypatch, capsys, "--config-dir", "conf", *arguments)
        assert code == 0, err
        after = {path: path.stat().st_mtime_ns for path in here.glob("runs/*/run.json")}
        fresh = [path for path in after if before.get(path) != after[path]]
        assert len(fresh) <= 1
        return (json.loads((fresh[0].parent / "summary.json").read_text()) if fresh else None), len(after)

    return answer


def write_log(path, log, value=None):
    """An order log as a shop would export it; `value` replaces the value of the last order."""
    values = log.value.copy()
    if value is not None:
        values[-1] = value
    days = np.datetime64("2024-12-31") + np.floor(log.day).astype(int)
    rows = [f"{log.customers[c]},{d},{v:.2f}" for c, d, v in zip(log.customer, days, values, strict=True)]
    path.write_text("customer,date,value\n" + "\n".join(rows) + "\n")


def test_an_edited_policy_is_run_anew_and_the_old_text_finds_its_old_run(here, ask):
    mine(here, SOURCE)
    (here / "my_terms.py").write_text("CUT = 0.1\n")
    first, runs = ask("policy=mine", *SMALL)
    assert first["discounts"] > 0 and first["perks"] == 0 and runs == 1
    assert ask("policy=mine", *SMALL) == (None, 1)
    (here / "my_policy.py").write_text(SOURCE.replace("gift=0.0", "gift=3.0"))
    second, runs = ask("policy=mine", *SMALL)
    assert second["perks"] > 0 and runs == 2
    (here / "my_policy.py").write_text(SOURCE)
    assert ask("policy=mine", *SMALL) == (None, 2)


def test_an_edited_module_that_the_policy_imports_from_its_own_folder_counts(here, ask):
    mine(here, SOURCE)
    (here / "my_terms.py").write_text("CUT = 0.1\n")
    first, _ = ask("policy=mine", *SMALL)
    (here / "my_terms.py").write_text("CUT = 0.3\n")
    second, runs = ask("policy=mine", *SMALL)
    assert second["discounts"] > 2 * first["discounts"] and runs == 2
    past, runs = ask("policy=none", "history_policy=mine", *SMALL)
    assert past["discounts"] == 0 and runs == 3
    (here / "my_terms.py").write_text("CUT = 0.2\n")
    assert ask("policy=none", "history_policy=mine", *SMALL)[1] == 4  # the past was another one


def test_what_the_policy_does_not_import_does_not_count(here, ask):
    mine(here, SOURCE)
    (here / "my_terms.py").write_text("CUT = 0.1\n")
    ask("policy=mine", *SMALL)
    (here / "notes.py").write_text("CUT = 0.9\n")
    assert ask("policy=mine", *SMALL) == (None, 1)


ORDERS = ("population=orders", "orders=log.csv", "policy=points", "days=20", "run_off_days=0")


def test_an_edited_log_is_read_anew(here, ask):
    log = simulate(TRUE, 300, own_share=0.4, seed=21).log
    (here / "conf").mkdir()
    write_log(here / "log.csv", log)
    first, _ = ask(*ORDERS)
    assert ask(*ORDERS) == (None, 1)
    write_log(here / "log.csv", log, value=9_999.0)
    second, runs = ask(*ORDERS)
    assert runs == 2 and second["revenue"] != first["revenue"]
    write_log(here / "log.csv", log)
    assert ask(*ORDERS) == (None, 2)
    (here / "other.csv").write_bytes((here / "log.csv").read_bytes())
    assert ask(*[item.replace("log.csv", "other.csv") for item in ORDERS]) == (None, 2)  # the same log elsewhere


def test_a_log_that_is_edited_during_the_run_answers_nothing(here, monkeypatch, capsys):
    log = simulate(TRUE, 200, own_share=0.4, seed=22).log
    write_log(here / "log.csv", log)
    from sim import run as module

    def edited(*arguments):
        write_log(here / "log.csv", log, value=1.0)
        return true(*arguments)

    true = module.run
    monkeypatch.setattr(module, "run", edited)
    code, out, err = typed(monkeypatch, capsys, *ORDERS)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == "orders: 'log.csv' was edited during the run; nothing was kept, start again"
    assert not [path for path in here.glob("runs/*") if path.is_dir()]
    monkeypatch.setattr(module, "run", true)
    assert typed(monkeypatch, capsys, *ORDERS)[0] == 0


@pytest.mark.parametrize("order", [("summary", "shoppers", "orders"), ("orders", "summary", "shoppers")])
def test_more_records_are_computed_and_fewer_are_served(here, ask, order):
    (here / "conf").mkdir()
    rank = ("summary", "shoppers", "orders")
    best = -1
    for record in order:
        found, runs = ask("policy=points", f"record={record}", *SMALL)
        assert (found is not None) == (rank.index(record) > best) and runs == 1
        best = max(best, rank.index(record))
        (run,) = here.glob("runs/points-*")
        assert (run / "shoppers.parquet").exists() == (best >= 1)
        assert bool(list(run.glob("orders/*.parquet"))) == (best == 2)


def test_in_processes_of_their_own(here):
    mine(here, SOURCE)
    found = []
    for cut in ("0.1", "0.3"):
        (here / "my_terms.py").write_text(f"CUT = {cut}\n")
        process = started("--config-dir", "conf", "policy=mine", "record=summary", *SMALL, cwd=here)
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err.decode()
        found.append({path.name for path in here.glob("runs/mine-*")})
    assert len(found[0]) == 1 and len(found[1]) == 2


def test_an_edited_layer_of_a_stack_counts(here, ask):
    """The sources of the layers are in the key, and their levers and names."""
    mine(here, SOURCE)
    terms = here / "my_terms.py"
    terms.write_text("CUT = 0.05\n")
    stack = ("+policy=stack", "+policy@policy.layers.a=mine", "+policy@policy.layers.b=cashback", *SMALL)
    assert ask(*stack)[1] == 1
    assert ask(*stack) == (None, 1)
    terms.write_text("CUT = 0.25\n")
    assert ask(*stack)[1] == 2
    assert ask(*stack, "policy.layers.b.share=0.2")[1] == 3
    terms.write_text("CUT = 0.05\n")
    assert ask(*stack) == (None, 3)
