"""What goes into a comparison: runs that are there, runs that fail, and command lines that are wrong."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import compare as command
from sim.draws import KIND_ADS, KIND_LOGGED, hash_key, shopper_key
from sim.loading import HOME
from sim.measure.records import opened
from tests.experiments.conftest import TINY, add_policy, found, latest

BRITTLE = """
import numpy as np

from policies.none import NoPolicy
from sim.contract import policy_class


@policy_class
class Brittle(NoPolicy):
    at: float = 0.0

    def offer(self, visit):
        assert not np.any(abs(visit.time - self.at) < 1e-9), "broken down"
        return super().offer(visit)
"""


@pytest.fixture(scope="module")
def multirun(tmp_path_factory):
    """What one Hydra multirun left: a swept lever, a swept world key, two seeds."""
    folder = tmp_path_factory.mktemp("multirun")
    words = [
        "-m",
        "+policy=points",
        "policy.earn_rate=0.005,0.01",
        "market=general,price_war",
        "seed=0,1",
        *TINY,
        "figures=false",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words], cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


def environment():
    return os.environ | {"PYTHONPATH": str(HOME)}


def test_runs_of_a_multirun_become_arms_with_factors(told, multirun):
    code, _, err = told(f"runs=[{multirun}/runs/points-*]", "seeds_are=of_the_runs", tiny=False)
    assert code == 1 and "seeds_are" in err
    code, _, err = told(f"runs=[{multirun}/runs/points-*]", tiny=False)
    assert (code, err) == (0, "")
    answer = found()
    assert answer["arms"] == [
        f"market={market} earn_rate={rate}" for market in ("general", "price_war") for rate in (0.005, 0.01)
    ]
    assert answer["factors"]["market=price_war earn_rate=0.01"] == {"market": "price_war", "earn_rate": 0.01}
    assert answer["seeds"] == [0, 1] and answer["baseline"] == answer["arms"][0]
    effects = {(effect["factor"], effect["step"]) for effect in answer["sweep"]["effects"]}
    assert effects == {("market", "price_war against general"), ("earn_rate", "0.01 against 0.005")}
    code, _, err = told(f"runs=[{multirun}/runs/points-*]", "baseline=market=general earn_rate=0.01", tiny=False)
    assert (code, found()["baseline"]) == (0, "market=general earn_rate=0.01")


def test_a_run_that_fails_costs_its_seed_and_is_named(told, here, kept):
    """A user's policy that breaks down in one world of three: the others are compared, exit code 1."""
    told("policies=[none,points]", "seeds=[0,1,2]")
    answer, runs = found(), json.loads((latest() / "run.json").read_text())["folders"]
    with opened(runs["none seed 1"]) as records:
        first = records.rows("SELECT min(time) AS first FROM orders")[0]["first"]
    add_policy(here, "brittle", BRITTLE, "brittle_policy.Brittle", at=first)
    code, out, err = told("policies=[none,brittle]", "seeds=[0,1,2]", "--config-dir", str(here / "conf"))
    assert code == 1 and answer["seeds"] == [0, 1, 2]
    assert (
        err.startswith("brittle, seed 1: ")
        and "broken down" in err
        and "1 of 6 runs failed" in err
        and len(err.splitlines()) == 2
    )
    assert found()["seeds"] == [0, 2] and found()["left_out"] == {"brittle": [1]}
    assert "brittle failed at seed 1" in (latest() / "report.md").read_text()
    assert "identical" in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("polices=[none,points]", "polices: there is no key 'polices'; did you mean policies?"),
        ("policies=[points]", "policies: ['points'] was given; allowed: two or more names of conf/policy"),
        ("policies=[none,none]", "policies: none was given twice; allowed: each once"),
        ("policies=[none,ponits]", "policy=ponits: there is no policy 'ponits'; did you mean points?"),
        ("policies=[none,points] policy=rfm", "policy: was given; allowed: not here, write policies=[...]"),
        ("policies=[none,points] policy.earn_rate=0.02", "policy.earn_rate: was given; allowed: not here"),
        ("policies=[none,points] seed=3", "seed: was given; allowed: not here, write seeds=20"),
        ("policies=[none,points] seeds=0", "seeds: 0 was given; allowed: how many (20), which ([0,1,2]), or auto"),
        ("policies=[none,points] seeds=[1,-1]", "seeds: [1, -1] was given; allowed: how many"),
        ("policies=[none,points] seeds=5 precision=0.1", "precision: was given without seeds=auto"),
        ("policies=[none,points] race=true seeds=5", "race: was given with seeds=..."),
        ("policies=[none,points] max_seeds=50", "max_seeds: was given without seeds=auto or race=true"),
        ("policies=[none,points] baseline=rfm", "baseline: there is no arm 'rfm'"),
        ("policies=[none,points] outcome=profit", "outcome: there is no outcome 'profit'"),
        ("policies=[none,points] outcome=active_customers", "outcome: 'active_customers' was given; allowed: one of which"),
        ("policies=[none,points] level=95", "level: 95 was given; allowed: a number > 0.5 and < 1"),
        ("policies=[none,points] scheduler=tcp://a:1", "scheduler: was given without executor=dask"),
        ("policies=[none,points] shoppers=-5", "shoppers: -5 was given; allowed: a whole number >= 1 or null"),
        ("policies=[none,points] shopers=50", "shopers: there is no key 'shopers'; did you mean shoppers?"),
        ("policies=[none,points] population=genral", "population=genral: there is no population 'genral'"),
        ("policies=[none,points] population.price_coeff=3", "population.price_coeff: there is no key 'price_coeff'"),
        ("policies=[none,points] --config-dir nowhere", "--config-dir: there is no folder 'nowhere'"),
        ("policies=[none,points] -m", "'-m' is no flag of this command"),
        ("policies=[none,points] orders=none.csv", "orders: 'none.csv' was given; allowed: null"),
        ("policies=[none,points] runs_dir=/proc/nope", "/proc/nope: No such file or directory"),
        ("policies=[none,points] outcome=retention_365 seeds=auto", "outcome: 'retention_365' was given; allowed: one that these worlds"),
        ("policies=[none,points] budget=equal baseline=points", "budget: equal was given, but no policy has a programme that costs"),
        ("policies=[none,points] seeds=1", "seeds: 1 was given; allowed: two or more, as intervals are over seeds (or one,"),
        ("policies=[none,points] seeds=[7]", "seeds: [7] was given; allowed: two or more"),
        ("policies=[none,points] seeds=[1,2,1]", "seeds: [1, 2, 1] was given; allowed: each once"),
        ("policies=[none,points] shopper=50", "shopper: 50 was given, who is in no world; allowed: 0 to 49 (customers of day 0), or"),
        ("policies=[none,points] shopper=5764607523034234880", "shopper: 5764607523034234880 was given, who is in no world"),
        ("runs=[]", "runs: [] was given; allowed: folders of runs"),
        ("runs=[nothing-*]", "runs: no run matches 'nothing-*'"),
        ("runs=[nothing-*] policies=[none,points]", "policies: was given with runs=..."),
        ("hydra.mode=MULTIRUN policies=[none,points]", "hydra.mode: was given; allowed: not here"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(told, words, line):
    code, out, err = told(*words.split(), tiny=not words.startswith("runs"))
    assert code == 1 and out == ""
    assert err.startswith(line), err
    assert len(err.splitlines()) == 1 + err.count("\n  allowed: ") and "Traceback" not in err
    assert not Path("results").exists() or not list(Path("results").glob("compare-*"))


def test_a_shopper_who_cannot_be_there_is_told_before_the_first_run(told, here):
    """Of a made-up population by number, of a log by its ids; one of the last seed alone is a newcomer, told after it."""
    world = ["policies=[none,points]", f"runs_dir={here / 'none'}"]
    assert told(*world, "shopper=77")[0] == 1
    log = here / "log.csv"
    log.write_text("customer,date,value\n" + "".join(f"c{k % 9},2024-0{1 + k % 7}-1{k % 5},50\n" for k in range(60)))
    logged = [*world, "population=orders", f"orders={log}", "shoppers=4", "days=30", "run_off_days=0"]
    keys = sorted(shopper_key(KIND_LOGGED, hash_key(f"c{k}")) for k in range(9))
    for stranger in (0, keys[4]):
        code, _, err = told(*logged, f"shopper={stranger}", tiny=False)
        assert code == 1 and err.startswith(
            f"shopper: {stranger} was given, who is in no world; allowed: a number of the"
        )
    assert not (here / "none").exists()
    assert told(*logged, "seeds=1", f"shopper={keys[3]}", tiny=False)[0] == 0
    code, _, err = told("policies=[none,points]", "seeds=1", f"shopper={shopper_key(KIND_ADS, 1)}")
    assert code == 1 and "who is in no world of seed 0" in err


def test_a_shopper_of_no_run_is_told_before_the_runs_are_measured(told, multirun, monkeypatch):
    monkeypatch.setattr("experiments.twins.study.add", None)
    code, _, err = told(f"runs=[{multirun}/runs/points-*]", "shopper=50", tiny=False)
    assert code == 1 and err.startswith(
        "shopper: 50 was given, who is in no run of seed 0; allowed: a number of the column"
    )


def test_runs_that_are_no_arms_are_refused(told, multirun, here):
    one = sorted(multirun.glob("runs/points-*"))[0]
    assert "they differ in nothing but the seed" in told(f"runs={one}", tiny=False)[2]
    shutil.copytree(one, here / "half")
    (here / "half" / "config.yaml").unlink()
    assert "is no whole run" in told(f"runs=[{one},half]", tiny=False)[2]
    shutil.copytree(one, here / "twice")
    assert "are one world and seed" in told(f"runs=[{one},twice]", tiny=False)[2]


def test_the_help_is_quick_and_names_every_key():
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "experiments.compare", "--help"], env=environment(),
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0 and all(f"  {key}=" in done.stdout for key in command.Compare.model_fields)
    assert not [
        name for name in ("numba", "scipy", "statsmodels", "matplotlib", "hydra") if f"| {name}\n" in done.stderr
    ]
