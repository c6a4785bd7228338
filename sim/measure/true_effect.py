"""What a campaign truly did, from a run and its twin without it, beside what the shop reads off its held-out share.

Each customer who was sent a message is followed in both worlds, on the same luck. An answer is an order within h days of
the message; `true` is the share who answered less the share of the same customers who did so in the twin. It holds all
that the campaign did to them until then: a later wave's true effect is that of the waves before it too.
"""

from pathlib import Path
from typing import Any

from sim.errors import RegularsError
from sim.mail import RESPONSE_DAYS
from sim.measure.campaigns import LONG
from sim.measure.records import SEGMENTS, RunRecords, opened, read_summary

Figures = dict[str, Any]

# Every message of a campaign, with the next order after it in the twin; customers whom the twin never had are left out.
_MESSAGES = """
CREATE OR REPLACE TEMP TABLE message AS
WITH mine AS (
    SELECT row_number() OVER () AS id, * FROM read_parquet($path)
    WHERE campaign = $campaign AND shopper IN (SELECT shopper FROM twin_shoppers)),
twin_order AS (SELECT shopper, time, contribution_fen FROM twin_orders)
SELECT m.*, m.channel || ' ' || m.kind AS means, t.time AS twin_next
FROM mine AS m ASOF LEFT JOIN twin_order AS t ON m.shopper = t.shopper AND t.time >= m.time
"""
_MONEY = """
SELECT m.id, coalesce(sum(t.contribution_fen), 0) AS fen FROM judged AS m
LEFT JOIN twin_orders AS t ON m.shopper = t.shopper AND t.time >= m.time AND t.time < m.time + $long GROUP BY m.id
"""
# As in `sim.measure.campaigns`: a wave is judged by all its messages, any other split by each customer's first of it.
_JUDGED = "CREATE OR REPLACE TEMP TABLE judged AS SELECT *, {label} AS part FROM message"
_FIRSTS = " QUALIFY row_number() OVER (PARTITION BY shopper, {label} ORDER BY time, id) = 1"
_ANSWERS = """
SELECT part, count(*) AS customers, avg((coalesce(next_order < time + $h, false))::INT) AS stimulated,
    avg((coalesce(twin_next < time + $h, false))::INT) AS natural
FROM judged WHERE NOT holdout AND time + $h <= $days GROUP BY part
"""
_WORTH = f"""
WITH money AS ({_MONEY})
SELECT part, count(*) AS customers, avg(contribution_90_fen) / 100 AS stimulated, avg(fen) / 100 AS natural
FROM judged JOIN money USING (id) WHERE NOT holdout AND time + $long <= $days GROUP BY part
"""
_SPLITS = {"": "''", "waves": "wave", "segments": "segment", "means": "means"}


def true_effects(folder: str | Path, twin: str | Path, campaign: str) -> Figures:
    """The shop's estimate of a campaign and the truth.

    Args:
        folder: Of the run, with `record=orders`.
        twin: Of the same run without the campaign (same seed, length and all else), with `record=orders`.
        campaign: Its name in the run.
    Returns:
        `response`, by days after the message ("2", "10", "30", "90"), and `contribution_90`, yuan per customer over 90
        days: `customers` sent a message; `stimulated`, what they did; `natural`, what the same did in the twin; `true`,
        the difference; `shop`, `low`, `high`, the shop's own estimate by those held out with its 95 % interval. None
        where there is nobody. The same by `waves`, `segments` and `means` (channel and kind).
    Raises:
        RegularsError: Records are missing, the run has no such campaign, or the two are no twins.
    """
    place = Path(folder)
    with opened(place, twin) as run:
        estimates = _refuse_strangers(run, Path(twin), campaign)
        path = place / "touches.parquet"
        if not path.is_file():
            raise RegularsError(f"{place}: there is no touches.parquet; the true effect needs a run with record=orders")
        run.db.execute(_MESSAGES, {"path": str(path), "campaign": campaign})
        found: Figures = {}
        for split, label in _SPLITS.items():
            cells = _cells(run, split, label, estimates)
            found |= {split: cells} if split else cells[""]
        return found


def _refuse_strangers(run: RunRecords, twin: Path, campaign: str) -> Figures:
    """The shop's own table of the campaign, once run and twin are seen to be twins."""
    here, there = run.summary, read_summary(twin)
    for name in ("seed", "days", "shoppers", "policy"):
        if here[name] != there[name]:
            raise RegularsError(
                f"{run.folder} and {twin} are no twins: {name} is {here[name]} and {there[name]}; "
                "needed: one run with the campaign and the same without"
            )
    if campaign not in here["campaigns"] or campaign in there["campaigns"]:
        where = twin if campaign in there["campaigns"] else run.folder
        raise RegularsError(f"{where}: campaign {campaign} must be in the run and not in its twin")
    estimates: Figures = here["campaigns"][campaign]
    return estimates


def _cells(run: RunRecords, split: str, label: str, estimates: Figures) -> Figures:
    """Figures of one split, by part; "" is the campaign as a whole."""
    run.db.execute((_JUDGED + ("" if split == "waves" else _FIRSTS)).format(label=label))
    shops = estimates[split] if split else {"": estimates}
    answers = {str(h): _by_part(run, split, _ANSWERS, h=float(h)) for h in RESPONSE_DAYS}
    worth = _by_part(run, split, _WORTH, long=float(LONG))
    return {
        part: {
            "response": {h: _cell(answers[h].get(part), shop["response"][h]) for h in answers},
            "contribution_90": _cell(worth.get(part), shop["contribution_90"]),
        }
        for part, shop in shops.items()
    }


def _by_part(run: RunRecords, split: str, sql: str, **values: float) -> dict[str, Figures]:
    """Rows of a question by the name of their part; asked of the tables as they stand now."""
    found = run.db.execute(sql, values | {"days": float(run.days)})
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {SEGMENTS[row["part"]] if split == "segments" else row["part"]: row for row in rows}


def _cell(row: Figures | None, shop: Figures) -> Figures:
    told: Figures = {"customers": 0, "stimulated": None, "natural": None, "true": None}
    if row is not None:
        told = {name: row[name] for name in ("customers", "stimulated", "natural")}
        told["true"] = told["stimulated"] - told["natural"]
    return told | {"shop": shop["difference"], "low": shop["low"], "high": shop["high"]}
