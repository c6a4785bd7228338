"""What a policy's rewards pay for: orders that would have come anyway, or others; and who wins and who loses by it.

An order is told from its twin by its address, shopper and number of the need: the same need of the same shopper under
`none`, on the same luck. This compares whole paths, not single decisions: a reward that won an earlier order also
changes the mind and the clock with which later needs are met.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import RegularsError
from sim.measure.records import REWARD, SEGMENTS, SPEND, RunRecords, beside, opened, readable

GROUPS = ("all", *SEGMENTS, "index", "dormant")  # dormant: known at day 0, but not in the index group

# Tables of the twin are made once, whatever is held against it. Fen of one order row, and of one known customer.
_THERE = f"SELECT shopper, need, segment, {SPEND} AS spend, {REWARD} AS reward, contribution_fen AS value FROM orders"
_HERE = _THERE.replace("FROM orders", "FROM other_orders")
_KNOWN_THERE = """
SELECT shopper, segment, "index" AS in_index, history_last_order, coalesce(sums.spend, 0) AS spend,
    coalesce(sums.value, 0) AS value
FROM shoppers LEFT JOIN (SELECT shopper, sum(spend)::BIGINT AS spend, sum(value)::BIGINT AS value
    FROM there WHERE segment > 0 GROUP BY shopper) AS sums USING (shopper) WHERE segment > 0
"""
_ORDERS = """
WITH needs AS (
    SELECT coalesce(here.shopper, there.shopper) AS shopper, coalesce(here.segment, there.segment) AS segment,
        here.spend, here.reward, there.spend AS twin_spend, there.reward AS twin_reward
    FROM here FULL JOIN there ON here.shopper = there.shopper AND here.need = there.need),
status AS (SELECT shopper, in_index FROM known_there)
SELECT segment, coalesce(in_index, false) AS in_index,
    count(spend) AS orders, count(twin_spend) AS twin_orders, count(spend + twin_spend) AS shared_orders,
    sum(reward) FILTER (twin_spend IS NOT NULL) AS subsidised_fen,
    sum(twin_reward) FILTER (spend IS NOT NULL) AS shared_twin_reward_fen,
    sum(reward) FILTER (twin_spend IS NULL) AS winning_fen,
    sum(spend) FILTER (twin_spend IS NOT NULL) AS shared_spend_fen,
    sum(twin_spend) FILTER (spend IS NOT NULL) AS shared_twin_spend_fen,
    sum(spend) FILTER (twin_spend IS NULL) AS incremental_fen, sum(twin_spend) FILTER (spend IS NULL) AS displaced_fen
FROM needs LEFT JOIN status USING (shopper) GROUP BY ALL
"""
_CHANGE = """
SELECT shopper, there.segment, in_index, coalesce(sums.spend, 0) - there.spend AS spend,
    coalesce(sums.value, 0) - there.value AS value
FROM known_there AS there LEFT JOIN (SELECT shopper, sum(spend)::BIGINT AS spend, sum(value)::BIGINT AS value
    FROM here WHERE segment > 0 GROUP BY shopper) AS sums USING (shopper)
"""
_CHANGES = f"""
SELECT segment, in_index, count(*) AS people,
    {
    ", ".join(
        f"count(*) FILTER ({n} {sign} 0) AS {word}_{n}"
        for n in ("value", "spend")
        for word, sign in (("more", ">"), ("equal", "="), ("less", "<"))
    )
},
    sum(value) AS value_fen, sum(spend) AS spend_fen
FROM change GROUP BY ALL
"""
_DECILES = """
WITH ranked AS (SELECT value, spend, ntile(10) OVER (ORDER BY value, shopper) AS decile FROM change)
SELECT decile, count(*) AS people, sum(value) AS value_fen, sum(spend) AS spend_fen, min(value) AS least_fen,
    max(value) AS most_fen
FROM ranked GROUP BY decile ORDER BY decile
"""
_STRANGERS = """
SELECT count(*) AS n FROM (SELECT shopper, segment, history_last_order FROM other_shoppers WHERE segment > 0) AS here
FULL JOIN known_there AS there
ON here.shopper = there.shopper AND here.segment = there.segment AND here.history_last_order = there.history_last_order
WHERE here.shopper IS NULL OR there.shopper IS NULL
"""


def subsidised(folder: str | Path, none_folder: str | Path) -> dict[str, Any]:
    """A run held against its twin under `none`: same seed, same customers at day 0, same length.

    Args:
        folder: Of the run, with `record=orders`.
        none_folder: Of the twin, with `record=orders`; any other policy in its place is the baseline instead.
    Returns:
        `orders`: by group of `GROUPS`, orders here, in the twin and shared (own orders of the same need in both);
        subsidised_fen: reward money on shared orders, and what those got in the twin (0 under `none` but for sales that
        are alike under every policy); winning_fen: on the others; spend: on shared orders here and in the twin,
        incremental (own order here only) and displaced (in the twin only). Reward is discount, gift, postage forgone
        and expected cost of points; spend is list less discount and refund, with postage charged.
        `customers`: by group, customers known at day 0 with more, equal and less contribution (`value`, before shop
        costs) and spend than in the twin, and the totals of the changes, fen.
        `deciles`: known customers ranked by their change in contribution, tenth by tenth, the heaviest losses first.
    Raises:
        RegularsError: Records are missing, or the two runs are no twins.
    """
    found = each_subsidised([folder], none_folder)[0]
    if isinstance(found, RegularsError):
        raise found
    return found


def each_subsidised(folders: Sequence[str | Path], none_folder: str | Path) -> list[dict[str, Any] | RegularsError]:
    """`subsidised` of several runs against one twin, which is read once; an error stands in its run's place."""
    with opened(none_folder) as twin:
        twin.table("there", _THERE)
        twin.table("known_there", _KNOWN_THERE)
        return [_answer(twin, folder) for folder in folders]


def _answer(twin: RunRecords, folder: str | Path) -> dict[str, Any] | RegularsError:
    try:
        run = beside(twin, folder)
        with readable(run.folder):
            return _against(twin, run)
    except RegularsError as error:
        return error


def _against(twin: RunRecords, run: RunRecords) -> dict[str, Any]:
    _refuse_strangers(run, twin)
    run.table("here", _HERE)
    run.table("change", _CHANGE)
    orders, changes, deciles = run.rows(_ORDERS), run.rows(_CHANGES), run.rows(_DECILES)
    return {
        "orders": {name: _added(orders, name) for name in GROUPS},
        "customers": {name: _added(changes, name) for name in GROUPS if name != "newcomers"},
        "deciles": [{name: int(value) for name, value in row.items()} for row in deciles],
    }


def _added(rows: list[dict[str, Any]], group: str) -> dict[str, int]:
    """Sums over the rows of a group; all columns but the two that make the groups."""
    mine = [row for row in rows if _belongs(row, group)]
    names = [name for name in (rows[0] if rows else {}) if name not in ("segment", "in_index")]
    return {name: sum(int(row[name] or 0) for row in mine) for name in names}


def _belongs(row: dict[str, Any], group: str) -> bool:
    if group == "all":
        return True
    if group in SEGMENTS:
        return bool(row["segment"] == SEGMENTS.index(group))
    return bool(row["segment"] > 0 and row["in_index"] == (group == "index"))


def _refuse_strangers(run: RunRecords, twin: RunRecords) -> None:
    """Twins differ in their policy only; seed, length and customers of day 0 are the same."""
    other = twin.summary
    for name in ("seed", "days"):
        if run.summary[name] != other[name]:
            raise RegularsError(
                f"{twin.folder}: {name} {other[name]}, but {run.folder} has {name} {run.summary[name]}: no twins"
            )
    strangers = run.rows(_STRANGERS)[0]["n"]
    if strangers:
        raise RegularsError(f"{twin.folder}: {strangers} customers of day 0 are not those of {run.folder}: no twins")
