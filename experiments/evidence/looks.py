"""What studies look at in the records of a run: outcomes, sums by question, the customer file as of a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from experiments.evidence.claim import Places
from sim.contract import F64
from sim.errors import RegularsError
from sim.measure.measures import measures
from sim.measure.records import RunRecords, opened, read_summary

# The customer file as of a day: orders so far, first and last of them, and when the customer next came back.
_STANDING = """
WITH own AS (
    SELECT shopper, count(*) AS n, count(*) FILTER (time < $day) AS before,
        max(time) FILTER (time < $day) AS latest, min(time) FILTER (time >= $day) AS back,
        max(need) FILTER (time < $day) AS need
    FROM orders GROUP BY shopper)
SELECT shopper, coalesce(history_last_order, first_order) AS old, latest, back, own.need AS need, first_order AS first,
    s.orders - coalesce(own.n, 0) + coalesce(own.before, 0) AS n, left_at, category_end, moved_at
FROM shoppers AS s LEFT JOIN own USING (shopper) WHERE first_order < $day ORDER BY shopper
"""


def told(folder: Path, *names: str) -> list[float]:
    """Outcomes of a run by name (`sim.measure.definitions`); nan where it has none."""
    found = measures(folder)["outcomes"]
    return [np.nan if found[name] is None else float(found[name]) for name in names]


def told_one(folder: Path, name: str) -> float:
    """One outcome of a run."""
    return told(folder, name)[0]


def lift(places: Places, world: str, base: str, name: str) -> float:
    """Relative change of an outcome from one world to its twin, share."""
    return ratio(told_one(places[world], name), told_one(places[base], name)) - 1


def ratio(over: float, under: float) -> float:
    """Quotient, nan without a base."""
    return over / under if under else np.nan


@contextmanager
def questions(folder: Path, twin: Path | None = None) -> Iterator[RunRecords]:
    """The records of a run, open, and those of its twin."""
    with opened(folder, twin) as run:
        yield run


def one(run: RunRecords, sql: str, **values: Any) -> dict[str, Any]:
    """The only row of a question."""
    return run.rows(sql, **values)[0]


_EXPECTATION = "SELECT avg(expectation) AS e FROM shoppers WHERE segment > 0"


def expectation(places: Places, world: str) -> float:
    """Mean concession that customers of day 0 have come to expect by the end, ln units; 0.01 is about 1 % of the price."""
    with questions(places[world]) as run:
        return float(one(run, _EXPECTATION)["e"])


def standing(run: RunRecords, day: float) -> dict[str, Any]:
    """Everybody in the customer file on a day, in order of the shopper.

    Returns:
        Columns of shape (n,): `shopper`; `n` orders so far; `first`, `last` order, days; `own` mean gap, days, nan below
        three orders; `back`, day of the next order, nan if none came by the end of the run; `need`, ordinal of the last
        order's need, nan if it lies before day 0; `gone`, day of leaving for whatever reason.
    """
    table = run.db.execute(_STANDING, {"day": day}).fetchnumpy()
    floats: dict[str, F64] = {
        name: np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
        for name, column in table.items()
        if name != "shopper"  # a key fills 64 bits
    }
    last = np.where(np.isnan(floats["latest"]), floats["old"], floats["latest"])
    own = np.where(floats["n"] >= 3, (last - floats["first"]) / np.maximum(floats["n"] - 1, 1), np.nan)
    gone = np.minimum(np.minimum(floats["left_at"], floats["category_end"]), floats["moved_at"])
    kept = {name: floats[name] for name in ("n", "first", "back", "need")}
    return kept | {
        "shopper": np.asarray(table["shopper"]),
        "last": last,
        "own": np.where(own > 0, own, np.nan),
        "gone": gone,
    }


def share(hits: Any, of: Any) -> float:
    """Share of those in `of` who are in `hits`; nan if nobody is."""
    return float(np.mean(hits[of])) if np.any(of) else np.nan


def same_luck(places: Places) -> int:
    """The seed that all worlds of a study share.

    Raises:
        RegularsError: They are no twins.
    """
    about = {name: read_summary(folder) for name, folder in places.items()}
    for what in ("seed", "days", "shoppers"):
        if len({one[what] for one in about.values()}) > 1:
            seen = ", ".join(f"{name} {one[what]}" for name, one in about.items())
            raise RegularsError(f"these worlds are no twins, their {what} differ: {seen}"[:300])
    return int(next(iter(about.values()))["seed"])
