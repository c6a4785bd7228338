"""Rules of document 1 and 2 for who is lost, judged on the customer file as of a day by who came back."""

from typing import Any

import numpy as np

from sim.contract import F64
from sim.measure.records import RunRecords

HORIZON = 180  # days in which a customer may still come back
YEAR = 365

# Who reaches q own mean gaps after the third or a later order, and is not back within the horizon after that moment.
_CROSSING = """
WITH placed AS (
    SELECT time, order_number AS n, first_order, lead(time) OVER (PARTITION BY shopper ORDER BY time) AS next
    FROM orders JOIN shoppers USING (shopper)),
crossing AS (SELECT next, time + $q * (time - first_order) / (n - 1) AS day FROM placed WHERE n >= 3)
SELECT count(*) AS n, count(*) FILTER (next IS NULL OR next > day + $horizon) AS lost FROM crossing
WHERE (next IS NULL OR next > day) AND day <= $days - $horizon
"""


def crossing(run: RunRecords, cycles: float) -> float:
    """Share not back within 180 days of the moment at which their silence reached so many own cycles; nan for nobody."""
    row = run.rows(_CROSSING, q=cycles, horizon=HORIZON, days=run.days)[0]
    return row["lost"] / row["n"] if row["n"] else np.nan


def stock(file: dict[str, Any], day: float, cycle: Any, cycles: float, horizon: float = HORIZON) -> float:
    """Of those silent for more than so many cycles on a day, the share that is not back within the horizon.

    Args:
        file: From `looks.standing`.
        day: Of the judgement.
        cycle: Days, one number or shape (n,); nan leaves a customer out.
        cycles: The rule.
        horizon: Days.
    """
    silent = day - file["last"] > cycles * cycle
    return float(np.mean(lost(file, day, horizon)[silent])) if silent.any() else np.nan


def lost(file: dict[str, Any], day: float, horizon: float) -> Any:
    """Who had no order in the horizon after a day, shape (n,)."""
    return ~(file["back"] < day + horizon)


def errors(silence: F64, gone: Any, cut: float) -> float:
    """False alarms and misses of a cut-off, share of customers."""
    return float(np.mean((silence > cut) != gone))


def best_cut(silence: F64, gone: Any) -> tuple[float, float]:
    """The cut-off with fewest errors, days, and its share of errors."""
    cuts = np.unique(np.quantile(silence, np.linspace(0, 1, 101)))
    wrong = [errors(silence, gone, cut) for cut in cuts]
    k = int(np.argmin(wrong))
    return float(cuts[k]), wrong[k]


def first_reaching(steps: Any, values: Any, goal: float) -> float | None:
    """Where a broken line through (steps, values) first reaches `goal` from below; None if it does nowhere."""
    for k, value in enumerate(values):
        if value is not None and value >= goal:
            if k == 0 or values[k - 1] is None:
                return float(steps[k])
            part = (goal - values[k - 1]) / (value - values[k - 1])
            return float(steps[k - 1] + part * (steps[k] - steps[k - 1]))
    return None


def ranking(score: F64, hit: Any) -> float:
    """Chance that one of `hit` scores above one who is not (area under the curve); nan if all are alike."""
    if not hit.any() or hit.all():
        return np.nan
    from scipy.stats import rankdata

    ranks = rankdata(score)
    n = int(hit.sum())
    return float((ranks[hit].sum() - n * (n + 1) / 2) / (n * (len(hit) - n)))
