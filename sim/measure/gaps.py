"""Gaps between the orders of the index group, looked through once for the curve of lapse and that of retention."""

from sim.measure.records import RunRecords

LAPSE_CYCLES = 2.0
RETENTION_DAYS = 90

# Each order, the last one before day 0 among them (which is none of this run, so `own` is false), and the next.
_GAPS = f"""
WITH members AS (
    SELECT shopper, history_last_order, {LAPSE_CYCLES} * history_cycle AS patience FROM shoppers WHERE "index"),
events AS (
    SELECT shopper, history_last_order AS time, patience, false AS own FROM members
    UNION ALL
    SELECT shopper, time, patience, true FROM bought JOIN members USING (shopper))
SELECT shopper, time, time + patience AS lapses, own, lead(time) OVER (PARTITION BY shopper ORDER BY time) AS next
FROM events
"""
# The first gap beyond the limit ends the spell.
_LAPSED = """
WITH lapse AS (
    SELECT shopper, min(lapses) FILTER (next IS NULL OR next > lapses) AS first FROM gaps GROUP BY shopper)
SELECT CAST(least(floor(first) + 1, $days + 1) AS BIGINT) AS day, count(*) AS change FROM lapse GROUP BY day
"""
# An order at t counts for t <= h < t + 90, or until the next order takes over.
_RETAINED = f"""
WITH spells AS (
    SELECT CAST(ceil(time) AS BIGINT) AS start,
        CAST(least(ceil(time + {RETENTION_DAYS}), coalesce(ceil(next), 1e12)) AS BIGINT) AS stop
    FROM gaps WHERE own),
changes AS (SELECT start AS day, 1 AS change FROM spells UNION ALL SELECT stop, -1 FROM spells)
SELECT day, sum(change) AS change FROM changes WHERE day <= $days GROUP BY day
"""
_SIZE = 'SELECT count(*) AS n FROM shoppers WHERE "index"'


def lapsed(run: RunRecords) -> list[tuple[int, int]]:
    """Day before which they lapse, and how many of the index group do; a day after the end for those who do not."""
    return _by_day(run, _LAPSED)


def retained(run: RunRecords) -> list[tuple[int, int]]:
    """Day from which on, and how many more of the index group have an order in the last 90 days."""
    return _by_day(run, _RETAINED)


def _by_day(run: RunRecords, asked: str) -> list[tuple[int, int]]:
    run.bought()
    run.table("gaps", _GAPS)
    return [(int(row["day"]), int(row["change"])) for row in run.rows(asked, days=run.days)]


def index_size(run: RunRecords) -> int:
    """Customers in the index group."""
    return int(run.rows(_SIZE)[0]["n"])
