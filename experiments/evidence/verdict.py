"""From the figures of seeds to a verdict: the interval over seeds must lie on one side of the claim's threshold."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.evidence.claim import Claim, Figures
from experiments.evidence.gather import Seen
from experiments.twins.findings import mean

HOLDS, PARTLY, FAILS, UNKNOWN = "holds", "only where", "does not hold", "cannot be measured"
LEAST_SEEDS = 2


def interval(figures: Sequence[Figures], name: str, level: float) -> dict[str, float | None] | None:
    """Mean of a figure over seeds with its t interval; None where a seed has none."""
    values = [one.get(name) for one in figures]
    known = np.array([value for value in values if value is not None], dtype=float)
    return mean(known, level) if len(known) == len(values) >= LEAST_SEEDS else None


def side(told: Mapping[str, float | None] | None, threshold: float, above: bool) -> bool | None:
    """Does the claim hold for this figure? None where the interval reaches over the threshold."""
    if told is None or told["low"] is None or told["high"] is None:
        return None
    if told["low"] > threshold:
        return above
    if told["high"] < threshold:
        return not above
    return None


def judged(claim: Claim, seen: Mapping[float | None, Seen], level: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of a claim in `claims.json`, and what stands behind it: why, other figures, the sweep."""
    row: dict[str, Any] = {"claim": claim.text, "measure": claim.measure, "figure": None, "low": None, "high": None,
                           "seeds": 0, "verdict": UNKNOWN, "flips_at": None, "runs": []}  # fmt: skip
    behind: dict[str, Any] = {"because": claim.missing, "figures": {}, "sweep": None}
    at = seen.get(None)
    if at is not None and at.error is not None:
        behind["because"] = at.error
    elif at is not None:
        told = interval(at.figures, "figure", level)
        row |= {"seeds": len(at.figures), "runs": at.keys}
        row |= {} if told is None else {"figure": told["mean"], "low": told["low"], "high": told["high"]}
        names = [name for name in at.figures[0] if name not in ("figure", "flips_at")]
        behind["figures"] = {name: interval(at.figures, name, level) for name in names}
        if claim.missing is None:
            behind["sweep"] = _swept(claim, seen, level)
            row["flips_at"] = _flips(at, behind["sweep"])
            row["verdict"], behind["because"] = _verdict(claim, told, behind, row["flips_at"], len(at.figures))
    if row["verdict"] == UNKNOWN:
        row["measure"] = f"{claim.measure}. Not yet: {behind['because']}"
    return row, behind


def _verdict(
    claim: Claim, told: Mapping[str, float | None] | None, behind: Mapping[str, Any], flips: float | None, seeds: int
) -> tuple[str, str]:
    """The verdict, and the sentence that says why."""
    if told is None:
        return UNKNOWN, "the worlds are too short, too small or too few for the figure"
    main = side(told, claim.threshold, claim.above)
    parts = {name: side(behind["figures"].get(name), 0.0, True) for name in claim.also}
    right = [name for name, state in parts.items() if state]
    wrong = [name for name, state in parts.items() if not state]
    relation = "above" if claim.above else "below"
    base = f"figure {told['mean']:.3g} must lie {relation} {claim.threshold:g}"
    split = flips is not None and claim.sweep is not None and not claim.sweep.beyond
    if main is None and not split:
        return UNKNOWN, f"{base}: cannot tell by {seeds} seeds, its interval reaches over the threshold"
    if split:
        where = behind["sweep"]
        return (
            PARTLY,
            f"{base}; it flips at {where['key']} {flips:.3g}, holds at {where['holds']}, not at {where['fails']}",
        )
    if main and not wrong:
        return HOLDS, base if not parts else f"{base}, and so it is with {', '.join(right)}"
    if main:
        return PARTLY, f"{base}: it does; but not {', '.join(wrong)}"
    if right:
        return PARTLY, f"{base}: it does not; only {', '.join(right)}"
    return FAILS, base


def _swept(claim: Claim, seen: Mapping[float | None, Seen], level: float) -> dict[str, Any] | None:
    """The sweep of a claim: mean figure and side by value."""
    if claim.sweep is None:
        return None
    values, points = claim.sweep.values, []
    for value in values:
        at = seen.get(value)
        told = None if at is None or at.error is not None else interval(at.figures, "figure", level)
        points.append({"value": value, "figure": told, "holds": side(told, claim.threshold, claim.above)})
    return {
        "key": claim.sweep.key,
        "points": points,
        "holds": [one["value"] for one in points if one["holds"] is True],
        "fails": [one["value"] for one in points if one["holds"] is False],
        "flips_at": _crossing(points, claim.threshold),
    }


def _crossing(points: Sequence[Mapping[str, Any]], threshold: float) -> float | None:
    """Where the line through the means passes the threshold, between two values whose sides are sure and differ."""
    sure = [point for point in points if point["holds"] is not None]
    for one, two in pairwise(sure):
        if one["holds"] != two["holds"]:
            path = [p for p in points if one["value"] <= p["value"] <= two["value"] and p["figure"] is not None]
            for a, b in pairwise(path):
                y0, y1 = a["figure"]["mean"] - threshold, b["figure"]["mean"] - threshold
                if y0 * y1 <= 0 and y0 != y1:
                    return float(a["value"] + (b["value"] - a["value"]) * y0 / (y0 - y1))
    return None


def _flips(at: Seen, swept: Mapping[str, Any] | None) -> float | None:
    """By the sweep, else the median of what the seeds say themselves."""
    if swept is not None:
        return None if swept["flips_at"] is None else float(swept["flips_at"])
    known = [value for one in at.figures if (value := one.get("flips_at")) is not None]
    return float(np.median(known)) if len(known) * 2 > len(at.figures) else None
