"""The outcomes of one run: retention, lapse, value, margin, cost of the programme, as `DEFINITIONS` defines them."""

from math import fsum
from typing import Any

from sim.measure.definitions import BUYERS, DEFINITIONS, HORIZONS
from sim.measure.records import SEGMENTS, Run, RunRecords, opened
from sim.measure.survival import not_lapsed

__all__ = ["DEFINITIONS", "outcomes"]
DISCOUNT_RATE = 0.10  # a year
RETENTION_DAYS = 90
YEAR = 365

_PEOPLE = f"""
WITH buyers AS (
    SELECT shopper, count(*) AS n, max(time) AS latest,
        {", ".join(f"bool_or(time > {h - RETENTION_DAYS} AND time <= {h}) AS in_{h}" for h in HORIZONS)},
        min(time) FILTER (order_number = 2) AS second,
        sum(spend)::BIGINT AS spend, sum(contribution_fen)::BIGINT AS contribution, sum(reward)::BIGINT AS reward
    FROM bought GROUP BY shopper)
SELECT segment, "index" AS in_index, count(*) AS people, count(n) AS buyers, count(*) FILTER (n >= 2) AS repeaters,
    {", ".join(f"count(*) FILTER (in_{h}) AS in_{h}" for h in HORIZONS)},
    count(*) FILTER (latest > $days - {RETENTION_DAYS}) AS lately,
    {
    ", ".join(
        f"count(*) FILTER (coalesce(latest, history_last_order) + {c} * history_cycle < $days) AS lapsed_{n}"
        for n, c in (("1_5", 1.5), ("2", 2.0))
    )
},
    count(*) FILTER (coalesce(latest, history_last_order) + {YEAR} < $days) AS lapsed_year,
    count(*) FILTER (first_order + {RETENTION_DAYS} <= $days) AS followed,
    count(*) FILTER (first_order + {RETENTION_DAYS} <= $days AND second <= first_order + {RETENTION_DAYS}) AS back,
    sum(n) AS orders, sum(spend) AS spend, sum(contribution) AS contribution, sum(reward) AS reward
FROM shoppers LEFT JOIN buyers USING (shopper) GROUP BY ALL
"""
_BY_DAY = """
SELECT segment, CAST(floor(time) AS INTEGER) AS day, sum(contribution_fen) AS fen
FROM bought WHERE segment > 0 GROUP BY ALL ORDER BY ALL
"""
_BOOKS = ("prospects", "service_fen", "visits", "chats", "contacts", "abandoned", "silent", "wait_seconds")


def outcomes(folder: Run, rate: float = DISCOUNT_RATE) -> dict[str, float | None]:
    """Every outcome of `DEFINITIONS`, by name; None where the run is too short, or a group or denominator is empty.

    Args:
        folder: Of a run with `record=orders`.
        rate: Of discount for `lifetime_value`, a year, > -1; a day takes (1 + rate) ** (-1 / 365).
    Raises:
        RegularsError: Records are missing or cannot be read.
        ValueError: The rate is not above -1.
    """
    if not rate > -1:
        raise ValueError(f"rate={rate}: a rate of discount a year, above -1")
    with opened(folder) as run:
        run.bought()
        people = run.rows(_PEOPLE, days=run.days)
        found = _stay(people, run) | _worth(people, run, rate) | _shop(people, run)
    for name, of in DEFINITIONS.items():
        if of.numerator is not None and of.denominator is not None:
            found[name] = ratio(found[of.numerator], found[of.denominator])
    return {name: found[name] for name in DEFINITIONS}


def ratio(over: float | None, under: float | None) -> float | None:
    """Quotient, None without a base."""
    return over / under if over is not None and under else None


def _sum(rows: list[dict[str, Any]], name: str) -> int:
    return sum(int(row[name] or 0) for row in rows)


def _of(people: list[dict[str, Any]], segment: str) -> list[dict[str, Any]]:
    return [row for row in people if row["segment"] == SEGMENTS.index(segment)]


def _stay(people: list[dict[str, Any]], run: RunRecords) -> dict[str, float | None]:
    """Retention and lapse of the index group."""
    index = [row for row in people if row["in_index"]]
    size = _sum(index, "people")
    found: dict[str, float | None] = {}
    for h in HORIZONS:
        found[f"retention_{h}"] = ratio(_sum(index, f"in_{h}"), size) if h <= run.days else None
        for whom in BUYERS:
            some = _of(index, whom)
            found[f"retention_{h}_{whom}"] = (
                ratio(_sum(some, f"in_{h}"), _sum(some, "people")) if h <= run.days else None
            )
    found["index_repeat_rate"] = ratio(_sum(index, "repeaters"), size)
    found["lapsed_1_5_cycles"] = ratio(_sum(index, "lapsed_1_5"), size)
    found["lapsed_2_cycles"] = ratio(_sum(index, "lapsed_2"), size)
    found["lapsed_one_year"] = ratio(_sum(index, "lapsed_year"), size) if run.days >= YEAR else None
    curve = not_lapsed(run)
    found["days_to_lapse"] = None if curve is None else float(curve[1:].sum())
    found["retained_customers"] = _sum(index, "lately") if run.days >= RETENTION_DAYS else None
    found["index_programme_cost"] = _sum(index, "reward") / 100
    return found


def _worth(people: list[dict[str, Any]], run: RunRecords, rate: float) -> dict[str, float | None]:
    """What customers known at day 0 are worth, yuan each."""
    known = [row for row in people if row["segment"] > 0]
    size = _sum(known, "people")
    by_day = run.rows(_BY_DAY)
    found = {"lifetime_value": ratio(_discounted(by_day, rate), size)}
    for whom in BUYERS:
        found[f"lifetime_value_{whom}"] = ratio(_discounted(_of(by_day, whom), rate), _sum(_of(known, whom), "people"))
    found["contribution_per_known_customer"] = ratio(_sum(known, "contribution") / 100, size)
    found["revenue_per_known_customer"] = ratio(_sum(known, "spend") / 100, size)
    found["orders_per_known_customer"] = ratio(_sum(known, "orders"), size)
    found["programme_cost_per_known_customer"] = ratio(_sum(known, "reward") / 100, size)
    return found


def _discounted(by_day: list[dict[str, Any]], rate: float) -> float:
    """Yuan at day 0 of fen by day."""
    return fsum(int(row["fen"]) * (1 + rate) ** (-row["day"] / YEAR) for row in by_day) / 100


def _shop(people: list[dict[str, Any]], run: RunRecords) -> dict[str, float | None]:
    """Totals of the shop, from its summary and its order rows."""
    told = run.summary
    costs = told["shop_costs"]
    newcomers = _of(people, "newcomers")
    books = run.rows(f"SELECT {', '.join(f'sum({name}) AS {name}' for name in _BOOKS)} FROM daily")[0]
    won = _sum(newcomers, "people")
    same = ("revenue", "contribution", "contribution_run_off", "discounts", "perks", "points_cost", "points_liability")
    found: dict[str, float | None] = {name: told[name] for name in same}
    found |= {
        name: told[name]
        for name in ("membership_fees", "members", "orders", "asks", "refusals", "customers", "active_customers")
    }
    found |= {name: costs[name] for name in ("wages", "acquisition", "messages", "points_revaluation")}
    return found | {
        "other_costs": costs["other"],
        "programme_cost": _sum(people, "reward") / 100,
        "service": int(books["service_fen"]) / 100,
        "visits": int(books["visits"]),
        "chats": int(books["chats"]),
        "after_sales_contacts": int(books["contacts"]),
        "callers": int(books["chats"]) + int(books["contacts"]),
        "abandoned": int(books["abandoned"]),
        "silent": int(books["silent"]),
        "wait_seconds": int(books["wait_seconds"]),
        "newcomers": won,
        "prospects": int(books["prospects"]),
        "needs": told["needs"] - int(books["prospects"]),
        "repeat_orders": told["orders"] - won,
        "buyers": _sum(people, "buyers"),
        "repeat_buyers": _sum(people, "repeaters"),
        "newcomers_followed": _sum(newcomers, "followed"),
        "newcomers_back": _sum(newcomers, "back"),
    }
