"""The small file against answers that scipy, statsmodels, tea-tasting and lifelines gave, and what each must notice."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from experiments.arms import analysis, means, survival
from tests.experiments.asked import DATA, SMALL, answer, line

PEERS = json.loads((DATA / "peers_small.json").read_text())
PAIRS = [name.split("_vs_") for name in PEERS["pairs"]]
CLOSE = {"rel": 1e-6, "abs": 1e-9}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return answer(tmp_path_factory.mktemp("ab"), SMALL)


def close(ours, theirs):
    return ours == approx(theirs, **CLOSE)


def test_arms(found):
    assert set(found["arms"]) == set(PEERS["arms"])
    for name, arm in PEERS["arms"].items():
        ours = found["arms"][name]
        assert ours["n"] == arm["n"]
        assert all(close(ours["mean"][metric], value) for metric, value in arm["mean"].items())
        assert all(close(ours["sd"][metric], value) for metric, value in arm["sd"].items())


def test_every_pair_metric_and_method_is_there_in_the_order_of_the_peers(found):
    seen = dict.fromkeys((row["treatment"], row["control"]) for row in found["pairs"])
    assert list(seen) == [tuple(pair) for pair in PAIRS]
    told = [(row["metric"], row["method"]) for row in found["pairs"][:7]]
    assert told == [
        ("spend", "welch"),
        ("spend", "cuped"),
        ("margin", "welch"),
        ("margin", "cuped"),
        ("retained", "newcombe"),
        ("days_to_lapse", "logrank"),
        ("days_to_lapse", "cox"),
    ]
    assert len(found["pairs"]) == 21 and found["control"] == "control"


def same_welch(ours, theirs):
    return all(
        [
            close(ours["difference"], theirs["diff"]),
            close([ours["low"], ours["high"]], theirs["ci95"]),
            close(ours["p_value"], theirs["p"]),
            close(ours["statistic"], theirs["t"]),
            close(ours["df"], theirs["df"]),
        ]
    )


@pytest.mark.parametrize(("treatment", "control"), PAIRS)
@pytest.mark.parametrize("metric", ["spend", "margin"])
def test_welch_and_cuped(found, treatment, control, metric):
    peer = PEERS["pairs"][f"{treatment}_vs_{control}"]
    assert same_welch(line(found, treatment, control, "welch", metric), peer[f"welch_{metric}"])
    ours = line(found, treatment, control, "cuped", metric)
    assert same_welch(ours, peer[f"cuped_plain_welch_{metric}"])
    assert close(ours["theta"], peer[f"cuped_theta_pooled_over_both_arms_{metric}"])


@pytest.mark.parametrize(("treatment", "control"), PAIRS)
def test_newcombe_and_logrank(found, treatment, control):
    peer = PEERS["pairs"][f"{treatment}_vs_{control}"]
    ours = line(found, treatment, control, "newcombe")
    assert close([ours["low"], ours["high"]], peer["retained"]["newcombe_ci95"])
    assert close(ours["difference"], peer["retained"]["diff"])
    assert close([ours["statistic"], ours["p_value"]], [peer["retained"]["z"], peer["retained"]["z_pooled_p"]])
    ours = line(found, treatment, control, "logrank")
    assert close([ours["statistic"], ours["p_value"]], [peer["logrank"]["chi2"], peer["logrank"]["p"]])


@pytest.mark.parametrize("arm", ["coupon", "points"])
def test_cox(found, arm):
    peer, ours = PEERS["cox"]["unadjusted"]["coef"][arm], line(found, arm, "control", "cox")
    assert ours["statistic"] == ours["difference"] == approx(peer["coef"], abs=1e-5)
    assert ours["se"] == approx(peer["se"], abs=1e-5)
    assert ours["p_value"] == approx(peer["p"], abs=1e-5)
    ratios = [ours["hazard_ratio_low"], ours["hazard_ratio_high"]]
    assert ratios == approx(peer["hr_ci95"], abs=1e-5) and np.exp([ours["low"], ours["high"]]) == approx(ratios)


@pytest.mark.parametrize("metric", ["spend", "margin"])
@pytest.mark.parametrize(("treatment", "control"), PAIRS)
def test_tukey(found, metric, treatment, control):
    peer = PEERS["anova"][metric]["tukey_scipy"][f"{treatment}-{control}"]
    ours = line(found, treatment, control, "tukey", metric, "tukey")
    assert close(ours["difference"], peer["diff"])
    assert close([ours["low"], ours["high"]], peer["ci95"])
    assert ours["p_value"] == approx(peer["p"], abs=1e-4)


def test_holm(found):
    (family,) = (family for family in found["families"] if family["family"] == "outcomes")
    ours = {f"{t['treatment']}_vs_{t['control']}|{t['metric']}": t for t in family["tests"]}
    assert set(ours) == set(PEERS["multiplicity"]["family"])
    assert all(close(ours[name]["p_value"], p) for name, p in PEERS["multiplicity"]["family"].items())
    for name, peer in PEERS["multiplicity"]["holm"].items():
        assert close(ours[name]["p_holm"], peer["p_adj"]) and ours[name]["reject"] == peer["reject"]


def test_sample_ratio(found, tmp_path):
    assert close([found["srm"]["statistic"], found["srm"]["p_value"]], [PEERS["srm"]["chi2"], PEERS["srm"]["p"]])
    frame = pd.DataFrame({"arm": ["a"] * 10200 + ["b"] * 9800, "spend": np.arange(20000) % 7})
    peer, ours = PEERS["srm_example_10200_9800"], answer(tmp_path, frame)["srm"]
    assert close([ours["statistic"], ours["p_value"]], [peer["chi2"], peer["p"]])
    ours = answer(tmp_path, frame, "shares={a: 0.51, b: 0.49}")["srm"]
    assert ours["statistic"] == approx(0, abs=1e-12) and ours["p_value"] == approx(1)


def test_power(found):
    plan, peer = found["power"]["plan"], PEERS["power"]
    spend = next(row for row in plan["means"] if row["metric"] == "spend")
    assert close(spend["detectable"], peer["mde_spend_n20000_80pct"])
    assert close(spend["detectable_sd"], peer["mde_in_sd"])
    assert close(plan["effect_sd"]["n_per_arm"], peer["n_per_arm_for_d_0.05"])
    (retained,) = plan["shares"]
    assert (retained["from"], retained["to"]) == approx((0.6, 0.62))
    assert close(retained["n_per_arm"], peer["n_per_arm_for_0.6_to_0.62"])


def student(treatment, control, alpha, method="welch"):
    """The planted fault of Welch: one variance for both arms."""
    both = ((treatment.n - 1) * treatment.var + (control.n - 1) * control.var) / (treatment.n + control.n - 2)
    return means_welch(replace(treatment, var=both), replace(control, var=both), alpha, method)


def within(a, b):
    """The planted fault of CUPED: theta from what varies within the arms, not over both together."""
    return means_pooled(replace(a, x=0.0, y=0.0), replace(b, x=0.0, y=0.0))


means_welch, means_pooled, likelihood = means.welch, means.pooled, survival._likelihood


def breslow(coefficients, at_risk, events):
    """The planted fault of Cox: tied events as if each met all who were at risk."""
    tied = events.sum(axis=1).max()
    rows = [(at, arm) for at, arm in zip(*np.nonzero(events), strict=True) for _ in range(int(events[at, arm]))]
    assert tied > 1
    single = np.zeros((len(rows), events.shape[1]))
    single[np.arange(len(rows)), [arm for _, arm in rows]] = 1
    return likelihood(coefficients, at_risk[[at for at, _ in rows]], single)


@pytest.mark.parametrize(
    ("module", "name", "fault", "test"),
    [
        (analysis, "welch", student, lambda f: test_welch_and_cuped(f, "coupon", "points", "margin")),
        (means, "pooled", within, lambda f: test_welch_and_cuped(f, "coupon", "points", "spend")),
        (survival, "_likelihood", breslow, lambda f: test_cox(f, "coupon")),
    ],
    ids=["one variance", "theta within arms", "Breslow's ties"],
)
def test_a_planted_fault_is_seen(tmp_path, monkeypatch, module, name, fault, test):
    monkeypatch.setattr(module, name, fault)
    wrong = answer(tmp_path, SMALL)
    with pytest.raises(AssertionError):
        test(wrong)
