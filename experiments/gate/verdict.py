"""Pass, fail or cannot tell: one-sided tests of every bound of a gate, and what follows for the gate as a whole.

A gate passes only if every bound passes, so no correction is needed there (intersection-union): a policy that breaks a
bound passes with a chance of at most (1 - level) / 2. It fails if any bound fails, so the p-values of failing go through
Holm: a policy that keeps every bound fails with a chance of at most (1 - level) / 2, however many bounds there are.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from experiments.gate.rules import Gate, Kind
from experiments.paired import student
from experiments.paired.difference import deviation
from experiments.paired.equivalence import Answer, more_seeds
from experiments.paired.families import adjust
from experiments.paired.relative import Estimate, relative
from experiments.paired.values import F64

Side = Literal["least", "most"]
NO_FIGURE = "no figure: the run is too short, or a group or denominator is empty in some world"
NO_SHARE = "the baseline's mean is not above 0, so a share of it says nothing; kind: absolute would"


@dataclass(frozen=True)
class Bound:
    """One bound of one threshold on one measure."""

    threshold: str
    measure: str
    kind: Kind
    side: Side
    limit: float


@dataclass(frozen=True)
class Finding:
    """What the worlds say of a bound.

    Attributes:
        bound: Which.
        answer: pass, fail or cannot tell.
        estimate: The change, or the policy's own figure (kind value), with its interval at the gate's level; share of
            the baseline's mean (relative) or unit of the measure. None without a figure.
        policy_mean, baseline_mean: Unit of the measure; None without a figure.
        p_pass, p_fail: Of the one-sided tests that would make it pass, and fail; `p_fail` by Holm over all bounds.
        more_seeds: That would decide it with a chance of 80 % if the truth is what was seen; 0 when decided; None if
            10,000 would not.
        leaning: Whether what was seen keeps the bound.
        reason: Why there is no figure, else "".
    """

    bound: Bound
    answer: Answer
    estimate: Estimate | None = None
    policy_mean: float | None = None
    baseline_mean: float | None = None
    p_pass: float | None = None
    p_fail: float | None = None
    more_seeds: int | None = 0
    leaning: bool | None = None
    reason: str = ""


def bounds(gate: Gate) -> Iterator[Bound]:
    """Every bound of a gate, in the order of its file."""
    for name, threshold in gate.thresholds.items():
        for measure in threshold.measure:
            if threshold.least is not None:
                yield Bound(name, measure, threshold.kind, "least", threshold.least)
            if threshold.most is not None:
                yield Bound(name, measure, threshold.kind, "most", threshold.most)


def above(bound: Bound, ours: F64, base: F64) -> F64:
    """How far each seed stands on the right side of a bound, shape (seeds,), unit of the measure.

    A relative bound is tested as `ours - (1 + limit) base`, so that the doubt about the baseline's mean is in it.
    """
    reached = ours if bound.kind == "value" else ours - base
    distance = reached - bound.limit * (base if bound.kind == "relative" else 1.0)
    return np.asarray(distance if bound.side == "least" else -distance)


def tests(distances: Sequence[F64], level: float) -> list[tuple[Answer, float, float]]:
    """Answer, p of passing, and Holm's p of failing, of a family of bounds.

    Args:
        distances: Of each bound, from `above`, shape (seeds,) with at least 2 seeds, finite.
        level: In (0, 1).
    """
    pairs = [_p_values(one) for one in distances]
    failing, error = adjust([fail for _, fail in pairs]), (1.0 - level) / 2.0
    return [
        ("pass" if passing <= error else "fail" if fail <= error else "cannot tell", passing, fail)
        for (passing, _), fail in zip(pairs, failing, strict=True)
    ]


def _p_values(distance: F64) -> tuple[float, float]:
    """One-sided p of a mean above 0, and of one below; where luck plays no part the sign decides, and 0 keeps a bound."""
    from scipy.special import stdtr

    spread, seeds = deviation(distance), len(distance)
    if spread == 0.0:
        return (0.0, 1.0) if distance[0] >= 0.0 else (1.0, 0.0)
    t = float(distance.mean()) / spread * math.sqrt(seeds)
    return float(stdtr(seeds - 1, -t)), float(stdtr(seeds - 1, t))


def judge(gate: Gate, values: Mapping[str, tuple[F64, F64]]) -> list[Finding]:
    """Every bound of a gate, answered.

    Args:
        gate: From `rules.read_gate`.
        values: By outcome, the policy's and the baseline's figures on the same luck, each of shape (seeds,) with at
            least 2 seeds; nan where a world has none.
    """
    asked = list(bounds(gate))
    reasons = [_reason(bound, *values[bound.measure]) for bound in asked]
    family = [bound for bound, reason in zip(asked, reasons, strict=True) if not reason]
    distances = [above(bound, *values[bound.measure]) for bound in family]
    found = iter(zip(distances, tests(distances, gate.level), strict=True))
    told = []
    for bound, reason in zip(asked, reasons, strict=True):
        if reason:
            told.append(Finding(bound, "cannot tell", more_seeds=None, reason=reason))
            continue
        distance, (answer, passing, failing) = next(found)
        ours, base = values[bound.measure]
        more = 0 if answer != "cannot tell" else _more(distance, gate.level, len(family))
        told.append(
            Finding(
                bound, answer, _estimate(bound, ours, base, gate.level), float(ours.mean()),
                float(base.mean()) if np.isfinite(base).all() else None, passing, failing, more, bool(distance.mean() >= 0.0),
            )
        )  # fmt: skip
    return told


def _reason(bound: Bound, ours: F64, base: F64) -> str:
    needed = [ours] if bound.kind == "value" else [ours, base]
    if not all(np.isfinite(one).all() for one in needed):
        return NO_FIGURE
    return NO_SHARE if bound.kind == "relative" and base.mean() <= 0.0 else ""


def _estimate(bound: Bound, ours: F64, base: F64, level: float) -> Estimate:
    """The figure that a reader sees; a bound lies outside its interval when the test of that bound alone says so."""
    if bound.kind == "relative":
        share = relative(ours, base, level)
        return share or Estimate(float(ours.mean() / base.mean()) - 1.0, None, None)
    seen = ours if bound.kind == "value" else ours - base
    middle, width = float(seen.mean()), student.half_width(deviation(seen), len(seen), level)
    return Estimate(middle, middle - width, middle + width)


def _more(distance: F64, level: float, family: int) -> int | None:
    """Seeds that would decide a bound; a failing one has to be sure beside all others (Bonferroni, Holm's worst case)."""
    mean = float(distance.mean())
    return more_seeds(abs(mean), distance, level if mean >= 0.0 else 1.0 - (1.0 - level) / family)


def overall(findings: Sequence[Finding]) -> tuple[Answer, int | None]:
    """The gate's verdict, and how many more seeds would give one: 0 when decided, None if no number worth waiting for."""
    answers = {one.answer for one in findings}
    if "fail" in answers:
        return "fail", 0
    if answers == {"pass"}:
        return "pass", 0
    waiting = [one for one in findings if one.answer == "cannot tell"]
    failing = [one.more_seeds for one in waiting if one.leaning is False and one.more_seeds is not None]
    if failing:  # one sure failure is enough
        return "cannot tell", min(failing)
    numbers: list[Any] = [one.more_seeds for one in waiting]
    return "cannot tell", None if None in numbers else max(numbers)
