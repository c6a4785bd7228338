"""Twin worlds: figures that add up, are complete, and the same every time; how many seeds, one budget."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np

from experiments.compare import Compare
from experiments.twins import gather, study
from experiments.twins.arms import Arm
from sim.measure.records import opened
from tests.experiments.conftest import add_policy, found, latest

COPY = "from policies.points import Points\n"
LONGER = ["shoppers=80", "days=130"]


def every(node, path=()):
    """All values of a nested answer, with their place."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from every(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from every(value, (*path, number))
    else:
        yield path, node


def test_a_policy_and_its_copy_are_identical_everywhere(told, here):
    """A/A on the same seeds: 0 to the last digit, said as identical, and no p anywhere."""
    add_policy(here, "copy", COPY, "copy_policy.Points")
    code, out, err = told(
        "policies=[points,copy]", "seeds=3", "--config-dir", str(here / "conf"), *LONGER, "baseline=points"
    )
    assert (code, err) == (0, "")
    assert "points and copy are identical in contribution at 3 seeds" in " ".join(out.split())
    answer = found()
    compared = {name: about for name, about in answer["outcomes"].items() if about["arms"] and about["tested"]}
    assert len(compared) > 30
    for about in compared.values():
        minus = about["arms"]["copy"]["difference"]
        assert (minus["mean"], minus["low"], minus["high"], minus["identical"]) == (0.0, 0.0, 0.0, True)
    assert all(bar["sum_fen"] == 0 for bar in answer["bridge"]["copy"]["bars"].values())
    assert {value for path, value in every(answer["lift"]) if path[-1] in ("mean", "sum_fen")} == {0.0}
    assert {v for path, v in every(answer["curves"]) if "difference" in path and path[-1] != "seeds"} == {0.0}
    assert answer["rewards"]["copy"]["orders"]["all"]["incremental"]["mean"] == 0.0
    assert answer["best"]["contribution"]["copy"]["chance_of_best"] == 0.5
    assert not [path for path, _ in every(answer) if "p_value" in path]


def test_the_bridge_and_the_lift_add_up_to_the_fen(told):
    """Bars, and factors with shop costs, give the difference of the contributions, fen for fen, at all seeds together."""
    assert told("policies=[none,points,escalating]", "seeds=3", *LONGER)[0] == 0
    answer = found()
    arms = answer["outcomes"]["contribution"]["arms"]
    for arm in ("points", "escalating"):
        difference = round(arms[arm]["difference"]["mean"] * 3 * 100)
        assert difference != 0
        bridge, lift = answer["bridge"][arm], answer["lift"][arm]
        assert sum(bar["sum_fen"] for bar in bridge["bars"].values()) == difference == bridge["difference_sum_fen"]
        factors = [factor["sum_fen"] for group in lift["groups"].values() for factor in group.values()]
        assert sum(factors) + lift["shop_costs"]["sum_fen"] == difference


def test_every_figure_has_its_definition_seeds_and_interval(told):
    assert told("policies=[none,points]", "seeds=3", *LONGER)[0] == 0
    answer = found()
    for name, about in answer["outcomes"].items():
        assert about["text"] and about["group"] and about["horizon"] and about["unit"] and about["seeds"] == 3, name
        assert about["arms"] or about["reason"], name
    means = [(path[:-1], value) for path, value in every(answer) if path[-1] == "mean" and np.isscalar(value)]
    assert len(means) > 300
    for path, _ in means:
        node = answer
        for step in path:
            node = node[step]
        if path[-1] != "relative" and path[0] not in ("margin_floor", "alike"):
            assert node["low"] <= node["mean"] <= node["high"] and node["seeds"] == 3, path
    blocks = {"bridge", "lift", "rewards.orders", "rewards.customers", "rewards.deciles", "retention", "survival", "best",
              "contribution_by_period", "order_ladder", "margin_floor", "alike", "all_at_once", "variance_ratio"}  # fmt: skip
    assert blocks <= set(answer["definitions"])
    rows = list(csv.DictReader((latest() / "table.csv").open(encoding="utf-8")))
    assert {row["outcome"] for row in rows} == {name for name, about in answer["outcomes"].items() if about["arms"]}


def test_the_same_question_gives_the_same_bytes(told, here, kept):
    """With the answer removed and the runs found again, and with all of it computed anew elsewhere."""
    words = ["policies=[none,points]", "seeds=3", "figures=true", "shopper=3"]
    told(*words)
    first, before = latest(), {}
    for path in sorted(first.rglob("*")):
        if path.is_file() and path.name != "run.json":
            before[path.relative_to(first)] = path.read_bytes()
    shutil.rmtree("results")
    told(*words)
    assert json.loads((first / "run.json").read_text())["reused_runs"] == 6
    assert {name: (first / name).read_bytes() for name in before} == before
    told(*words, f"runs_dir={here / 'anew'}", "results_dir=again")
    assert json.loads((here / "again" / first.name / "run.json").read_text())["new_runs"] == 6
    assert {name: (here / "again" / first.name / name).read_bytes() for name in before} == before
    text = before[Path("comparison.json")].decode()
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"
    assert (
        str(here) not in text and str(kept) not in text and "worker_seconds" not in text and "reused_runs" not in text
    )
    keys = json.loads(text)["runs"]
    assert {arm: len(by_seed) for arm, by_seed in keys.items()} == {"none": 3, "points": 3}


def test_an_answer_that_is_there_is_not_worked_out_again(told, monkeypatch):
    told("policies=[none,points]", "seeds=2")
    monkeypatch.setattr(gather, "against_twin", None)
    code, out, _ = told("policies=[none,points]", "seeds=2")
    assert code == 0 and "Read: " in out


def test_seeds_are_added_until_the_precision_is_met_or_the_budget_spent(told):
    world = ["policies=[none,points]", "outcome=orders", "seeds=auto"]
    assert told(*world, "precision=0.02", "max_seeds=24")[0] == 0
    met = found()["how_many_seeds"]
    assert met["reason"] == "precision met" and met["half_width"] <= 0.02 and 10 <= len(found()["seeds"]) < 24
    assert told(*world, "precision=0.001", "max_seeds=11")[0] == 0
    spent = found()
    assert spent["how_many_seeds"]["reason"] == "budget spent" and len(spent["seeds"]) == 11
    assert "11 seeds, the budget" in (latest() / "report.md").read_text()


def test_a_race_goes_on_with_those_that_may_be_best(told):
    arms = "policies=[none,points,escalating,hard_line]"
    assert told(arms, "race=true", "race_lead=0.3", "outcome=orders", "max_seeds=14")[0] == 0
    race = found()["how_many_seeds"]
    assert race["winner"] in ("none", "points", "escalating", "hard_line") and race["survivors"]
    assert len(found()["seeds"]) == 10  # of all arms
    assert told(arms, "race=true", "race_lead=0.0001", "outcome=orders", "max_seeds=12")[0] == 0
    race = found()["how_many_seeds"]
    assert race["winner"] is None and race["race_seeds"] == 12 and "budget of 12 seeds is spent" in race["why"]
    assert set(race["runs"]) == {f"{arm} seed {seed}" for arm in race["survivors"] for seed in (10, 11)}


def test_a_race_is_told_alike_however_many_workers_run_ahead_of_its_end(monkeypatch):
    """Its end depends on the worlds only, and so does the list of its runs, which is a part of the answer's key."""
    orders = 100.0 + np.random.default_rng(5).normal([[0.0], [0.2], [0.9]], 1.0, (3, 70))

    def more(runs, seeds, machine, rate, rows=None):
        cells = [(row, seed) for row in rows or range(3) for seed in seeds]
        runs.told |= {
            (row, seed): {"key": f"{row} {seed}", "measures": {"outcomes": {"orders": orders[row, seed]}}}
            for row, seed in cells
        }
        runs.seeds.extend(seed for seed in seeds if seed not in runs.seeds)

    monkeypatch.setattr(study, "_more", more)
    asked = Compare(race=True, race_lead=0.004, outcome="orders", max_seeds=70)
    arms = tuple(Arm(name, {}) for name in ("low", "middle", "high"))
    told = [study._race(study.Runs(arms), asked, study.Machine(workers)) for workers in (1, 7)]
    assert told[0] == told[1] and told[0]["winner"] == "high"
    assert 10 < told[0]["race_seeds"] < 70 and (told[0]["race_seeds"] - 10) % 7  # or nobody ran ahead
    assert max(int(name.split()[-1]) for name in told[1]["runs"]) == told[0]["race_seeds"] - 1


def test_for_a_shopper_who_buys_nothing_others_are_named(told):
    """Of 50 customers in 30 days somebody buys nothing, whatever the luck."""
    told("policies=[none,points]", "seeds=1", "shopper=0")
    with opened(json.loads((latest() / "run.json").read_text())["folders"]["none seed 0"]) as run:
        orders = {
            row["shopper"]: row["n"] for row in run.rows("SELECT shopper, count(*) n FROM orders GROUP BY shopper")
        }
    idle = next(shopper for shopper in range(50) if shopper not in orders)
    told("policies=[none,points]", "seeds=1", f"shopper={idle}")
    answer = found()["shopper"]
    assert not answer["lives"]["none"]["orders"]
    assert not answer["lives"]["points"]["orders"]
    assert [orders[one] for one in answer["others"]] == sorted(orders.values())[::-1][:3]
    assert f"those who bought most: {answer['others'][0]}" in (latest() / "report.md").read_text()
    told("policies=[none,points]", "seeds=1", f"shopper={max(orders, key=orders.get)}")
    assert "others" not in found()["shopper"]


def test_one_budget_for_all(told):
    """Levers are scaled until the programmes cost the same on the pilot seeds, here all seeds: within 2 %."""
    world = ["policies=[none,points,member_price,rfm]", "seeds=3", "budget=equal", "shoppers=300", "days=90"]
    code, _, err = told(*world)
    assert (code, err) == (0, "")
    answer = found()
    costs = [
        told["mean"]["mean"] for told in answer["outcomes"]["programme_cost"]["arms"].values() if told["mean"]["mean"]
    ]
    assert len(costs) == 3 and max(costs) / min(costs) < 1.045
    scales = [factors["budget_scale"] for factors in answer["factors"].values() if "budget_scale" in factors]
    assert scales and min(scales) < 0.9
    report = (latest() / "report.md").read_text()
    assert "budgets equal." in report.splitlines()[0] and "levers were scaled to one programme cost" in report


def test_cox_on_disjoint_seeds(told):
    told("policies=[none,points]", "seeds=4", "survival=cox", *LONGER)
    tests = found()["disjoint_seeds"]["points"]
    assert (
        tests["cox"]["low"] < tests["cox"]["difference"] < tests["cox"]["high"]
        and 0 <= tests["logrank"]["p_value"] <= 1
    )
    told("policies=[none,points,escalating]", "seeds=2", "survival=cox", *LONGER)
    assert found()["disjoint_seeds"]["reason"] == "3 arms need 3 seeds or more, one at least for each; there are 2"
