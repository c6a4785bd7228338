"""The whole analysis of a test: every pair of arms, outcome and method, Holm, Tukey, sample ratio, power."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Any

from experiments.arms import sums
from experiments.arms.answer import Answer
from experiments.arms.means import cuped, tukey, welch
from experiments.arms.power import (
    Row,
    Wanted,
    planned_mean,
    planned_share,
    reached_by_means,
    reached_by_shares,
    size_needed,
)
from experiments.arms.proportions import is_doubtful, newcombe
from experiments.arms.read import Customers, control_arm
from experiments.arms.survival import cox, fit_cox, logrank, read_counts
from sim.errors import RegularsError, unknown

MISMATCH = 0.001  # p of the sample-ratio check below which the assignment is not to be trusted (Kohavi et al. 2020)
FAMILIES = {"outcomes": ("welch", "newcombe"), "cuped": ("cuped",), "logrank": ("logrank",), "cox": ("cox",)}
NO_TIME = "no time and event columns"


@dataclass(frozen=True)
class Question:
    """What was asked: control arm (None to guess), expected shares by arm, effects by outcome, error rate, plan."""

    control: str | None
    shares: Mapping[str, float] | None
    effect: Mapping[str, float] | None
    wanted: Wanted
    plan_customers: int
    plan_effect_sd: float
    plan_change: float


def analysed(customers: Customers, question: Question) -> dict[str, Any]:
    """Everything that is reported, as JSON values; it depends on the data and the question only."""
    control, guessed = control_arm(customers.arms, question.control)
    said = [*customers.said, *([guessed] if guessed else [])]
    pairs, columns = ordered_pairs(customers.arms, control), sums.columns(customers)
    for name in question.effect or ():
        if name not in customers.outcomes:
            raise unknown("effect", "outcome", name, customers.outcomes)
    sizes = sums.arm_sizes(customers)
    lines = _outcome_lines(customers, columns, pairs, question.wanted.alpha, said)
    lines += _survival_lines(customers, pairs, control, question.wanted.alpha, said)
    place = {pair: at for at, pair in enumerate(pairs)}
    lines.sort(key=lambda line: place[line["treatment"], line["control"]])
    families = adjusted(lines, control, question.wanted.alpha)
    said += _missing(customers, columns, sizes)
    return {
        "arms": _arms(customers, columns, sizes),
        "control": control,
        "pairs": lines,
        "families": families,
        "tukey": _tukey_lines(customers, columns, pairs, question.wanted.alpha),
        "srm": sample_ratio(customers.arms, sizes, question.shares),
        "power": _power(customers, columns, lines, control, question),
        "said": list(dict.fromkeys(said)),
    }


def ordered_pairs(arms: Sequence[str], control: str) -> list[tuple[str, str]]:
    """All pairs of (treatment, control): first those against the control arm, then the others by name."""
    others = [arm for arm in arms if arm != control]
    return [(arm, control) for arm in others] + list(combinations(others, 2))


def sample_ratio(arms: Sequence[str], sizes: Sequence[int], shares: Mapping[str, float] | None) -> dict[str, Any]:
    """Chi-square test of the arm sizes against the shares that were meant.

    Args:
        arms, sizes: Names and customers of the arms.
        shares: Expected parts by arm, > 0, in any unit; None for equal parts.
    Source:
        Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD.
    """
    from scipy.stats import chisquare

    for arm in shares or ():
        if arm not in arms:
            raise unknown("shares", "arm", arm, arms)
    lacking = [arm for arm in arms if shares is not None and arm not in shares]
    if lacking:
        raise RegularsError(f"shares: no share is given for {', '.join(lacking)}; needed: one for every arm")
    parts = [1.0 if shares is None else shares[arm] for arm in arms]
    expected = [sum(sizes) * part / sum(parts) for part in parts]
    test = chisquare(sizes, expected)
    return {
        "method": "chi-square",
        "observed": dict(zip(arms, sizes, strict=True)),
        "expected": dict(zip(arms, expected, strict=True)),
        "expected_from": "equal parts" if shares is None else "shares",
        "statistic": float(test.statistic),
        "df": len(arms) - 1,
        "p_value": float(test.pvalue),
        "mismatch": bool(test.pvalue < MISMATCH),
        "threshold": MISMATCH,
    }


def adjusted(lines: list[dict[str, Any]], control: str, alpha: float) -> list[dict[str, Any]]:
    """Holm over each family of tests against the control arm; writes `p_holm` into the lines (None outside a family)."""
    from statsmodels.stats.multitest import multipletests

    families = []
    for line in lines:
        line["p_holm"] = None
    for name, methods in FAMILIES.items():
        members = [
            line
            for line in lines
            if line["method"] in methods and line["control"] == control and line["p_value"] is not None
        ]
        if not members:
            continue
        rejected, values, _, _ = multipletests([line["p_value"] for line in members], alpha=alpha, method="holm")
        for line, value in zip(members, values, strict=True):
            line["p_holm"] = float(value)
        told = [
            {key: line[key] for key in ("treatment", "control", "metric", "method", "p_value", "p_holm")}
            | {"reject": bool(no)}
            for line, no in zip(members, rejected, strict=True)
        ]
        families.append({"family": name, "method": "holm", "alpha": alpha, "tests": told})
    return families


def _outcome_lines(
    customers: Customers,
    columns: Mapping[str, sums.Column],
    pairs: Sequence[tuple[str, str]],
    alpha: float,
    said: list[str],
) -> list[dict[str, Any]]:
    """Welch and CUPED for amounts, Newcombe for shares; both where a constant column may be either."""
    lines, place = [], customers.arms.index
    for metric in customers.outcomes:
        column, covariate = columns[metric], customers.covariates.get(metric)
        is_amount = not column.is_share or column.is_constant
        joint = sums.pairs(customers, metric, covariate) if is_amount and covariate else None
        for treatment, control in pairs:
            a, b = place(treatment), place(control)
            answers: list[Answer] = []
            if is_amount:
                answers.append(welch(column.samples[a], column.samples[b], alpha))
                answers.append(
                    cuped(joint[a], joint[b], alpha)
                    if joint
                    else Answer("cuped", reason="no covariate from before the test")
                )
            if column.is_share:
                answers.append(newcombe(column.samples[a], column.samples[b], alpha))
                if is_doubtful(column.samples[a], column.samples[b]) and not column.is_constant:
                    said.append(f"{metric}, {treatment} against {control}: few customers, so that p is rough")
            lines += [_line(treatment, control, metric, answer) for answer in answers]
    return lines


def _survival_lines(
    customers: Customers, pairs: Sequence[tuple[str, str]], control: str, alpha: float, said: list[str]
) -> list[dict[str, Any]]:
    """Log-rank test of each pair, and one Cox model over all arms; pairs without the control arm are its contrasts."""
    if customers.time is None:
        return [_line(*pair, None, Answer(method, reason=NO_TIME)) for pair in pairs for method in ("logrank", "cox")]
    counts, told = read_counts(customers)
    said += told
    fit, place = fit_cox(counts, customers.arms.index(control)), customers.arms.index
    lines = [
        _line(treatment, other, customers.time, answer)
        for treatment, other in pairs
        for answer in (
            logrank(counts, place(treatment), place(other)),
            cox(counts, fit, place(treatment), place(other), alpha),
        )
    ]
    said += [
        f"{line['metric']}, {line['treatment']} against {line['control']}: few events, so that p is rough"
        for line in lines
        if line.get("rough")
    ]
    return lines


def _tukey_lines(
    customers: Customers, columns: Mapping[str, sums.Column], pairs: Sequence[tuple[str, str]], alpha: float
) -> list[dict[str, Any]]:
    places = [(customers.arms.index(treatment), customers.arms.index(control)) for treatment, control in pairs]
    return [
        _line(*pair, metric, answer)
        for metric in customers.outcomes
        if not columns[metric].is_share or columns[metric].is_constant
        for pair, answer in zip(pairs, tukey(columns[metric].samples, places, alpha), strict=True)
    ]


def _power(
    customers: Customers,
    columns: Mapping[str, sums.Column],
    lines: Sequence[Mapping[str, Any]],
    control: str,
    question: Question,
) -> dict[str, Any]:
    wanted, reached, place = question.wanted, [], customers.arms.index
    means, shares = [], []
    base = place(control)
    for metric in customers.outcomes:
        column, effect = columns[metric], (question.effect or {}).get(metric)
        if column.is_share:
            shares.append({"metric": metric} | planned_share(column.samples[base], question.plan_change, wanted))
        else:
            means.append({"metric": metric} | planned_mean(column.samples[base], question.plan_customers, wanted))
        for treatment in customers.arms:
            if treatment == control:
                continue
            sample, other = column.samples[place(treatment)], column.samples[base]
            row: Row = (
                reached_by_shares(sample, other, wanted, effect)
                if column.is_share
                else reached_by_means(welch(sample, other, wanted.alpha), sample, other, wanted, effect)
            )
            reached.append({"treatment": treatment, "control": control, "metric": metric} | row)
    return {
        "alpha": wanted.alpha,
        "power_wanted": wanted.power,
        "reached": reached,
        "plan": {
            "n_per_arm": question.plan_customers,
            "means": means,
            "effect_sd": {
                "effect_sd": question.plan_effect_sd,
                "n_per_arm": size_needed(question.plan_effect_sd, wanted),
            },
            "shares": shares,
        },
    }


def _arms(customers: Customers, columns: Mapping[str, sums.Column], sizes: Sequence[int]) -> dict[str, Any]:
    told = {}
    for at, (arm, size) in enumerate(zip(customers.arms, sizes, strict=True)):
        samples = {name: column.samples[at] for name, column in columns.items()}
        told[arm] = {
            "n": size,
            "known": {name: sample.n for name, sample in samples.items()},
            "mean": {name: sample.mean for name, sample in samples.items()},
            "sd": {name: None if sample.var is None else sqrt(sample.var) for name, sample in samples.items()},
        }
    return told


def _missing(customers: Customers, columns: Mapping[str, sums.Column], sizes: Sequence[int]) -> list[str]:
    said, total = [], sum(sizes)
    for name in [*customers.outcomes, *dict.fromkeys(customers.covariates.values())]:
        gone = total - sum(sample.n for sample in columns[name].samples)
        if gone:
            said.append(f"{name}: {gone} of {total} customers have no value: left out where it is needed")
    return said


def _line(treatment: str, control: str, metric: str | None, answer: Answer) -> dict[str, Any]:
    return {"treatment": treatment, "control": control, "metric": metric} | answer.plain()
