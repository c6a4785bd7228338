"""A comparison of worlds with and without campaigns: the truth beside the shop's estimate."""

import json

import pytest

from sim.measure.true_effect import true_effects
from tests.experiments.conftest import found, latest

WORLD = ["shoppers=200", "days=60", "population.shop_age_days=200"]
WORLD += ["messages.sms.open=1", "messages.nudge=0.9", "messages.return_prob=0.9"]  # read, and to some effect
BOTH = "+campaign=[winback,check_in]"


def test_each_campaign_has_its_own_twin(told):
    """Two campaigns: three twins; every figure is that of the two folders, mean over seeds."""
    code, _, _ = told("policies=[none]", BOTH, "truth=true", "seeds=2", *WORLD)
    assert code == 0
    said = found()
    assert said["arms"] == ["none without campaigns", "none without winback", "none without check_in", "none"]
    assert said["baseline"] == "none without campaigns"
    twins = {(arm, name): told["twin"] for arm, by in said["campaigns"].items() for name, told in by.items()}
    assert twins == {
        ("none", "winback"): "none without winback",
        ("none", "check_in"): "none without check_in",
        ("none without winback", "check_in"): "none without campaigns",
        ("none without check_in", "winback"): "none without campaigns",
    }
    folders = json.loads((latest() / "run.json").read_text())["folders"]
    by_seed = [
        true_effects(folders[f"none seed {seed}"], folders[f"none without winback seed {seed}"], "winback")
        for seed in (0, 1)
    ]
    cell = said["campaigns"]["none"]["winback"]["response"]["30"]
    for name in ("true", "stimulated", "natural", "shop"):
        assert cell[name]["mean"] == pytest.approx(sum(one["response"]["30"][name] for one in by_seed) / 2)
    assert cell["shop_less_true"]["mean"] == pytest.approx(cell["shop"]["mean"] - cell["true"]["mean"])
    assert cell["true"]["low"] < cell["true"]["mean"] < cell["true"]["high"]
    report = (latest() / "report.md").read_text()
    assert "the shop's estimate and the truth" in report and "| none | winback | none without winback |" in report


def test_runs_that_are_there_are_paired_too(told):
    """By their configs; without a twin nothing is said of campaigns."""
    assert told("policies=[none]", "+campaign=[winback]", "truth=true", "seeds=2", *WORLD)[0] == 0
    assert set(found()["campaigns"]) == {"none"}
    assert told("policies=[none,points]", "+campaign=[winback]", "seeds=2", *WORLD)[0] == 0
    assert found()["campaigns"] == {}
    assert "the truth" not in (latest() / "report.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["policies=[none]", "truth=true"], "truth: true was given without a campaign"),
        (["policies=[none]", "+campaign=winback", "truth=true", "race=true"], "truth: was given with race=true"),
        (["policies=[none]", "+campaign=winback", "truth=true", "budget=equal"], "truth: was given with budget=equal"),
        (["runs=[runs/*]", "truth=true"], "truth: was given with runs=..."),
        (["policies=[none]", "+campaign=winback"], "policies:"),
    ],
)
def test_what_cannot_be_is_refused(told, words, said):
    code, out, err = told(*words, tiny="runs=[runs/*]" not in words)
    assert code == 1 and out == "" and err.startswith(said) and err.count("\n") == 1
