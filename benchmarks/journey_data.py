"""The Complete Journey's tables (`python -m sim.orders.fetch journey`) as the world needs and the yardstick knows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.contract import F64, I64, Bool
from sim.errors import RegularsError

FOLDER = Path("data/journey")
START = "2017-01-01"
END = 364  # last day of the year
LIST_DAY = 127  # of the first large mailing: most who got it got the later ones, too
_PAID = "sales_value + retail_disc + coupon_match_disc"
_DAY = f"date_diff('day', DATE '{START}', {{}}::DATE)"
_SHELF = f"""
WITH line AS (SELECT product_id, week, avg((retail_disc > 0)::INT) > 0.5 AS cut, sum({_PAID}) AS list,
    sum(retail_disc) AS off FROM '{FOLDER}/transactions.parquet'
    WHERE quantity > 0 AND {_DAY.format("transaction_timestamp")} <= $cut GROUP BY 1, 2),
  product AS (SELECT avg(cut::INT) AS share, avg(list) FILTER (NOT cut) AS usual FROM line
    GROUP BY product_id HAVING count(*) >= 20 AND NOT bool_and(cut)),
  depth AS (SELECT sum(off) / sum(list) AS depth FROM line WHERE cut)
SELECT sum(share * usual) / sum(usual), (SELECT depth FROM depth) FROM product"""
_FIT = f"""
WITH pair AS (SELECT household_id, campaign_id, campaign_type, start_date, end_date FROM '{FOLDER}/campaigns.parquet'
    JOIN '{FOLDER}/campaign_descriptions.parquet' USING (campaign_id)),
  basket AS (SELECT campaign_type, campaign_id, basket_id, max((k.product_id IS NOT NULL)::INT) AS fits FROM pair
    JOIN '{FOLDER}/transactions.parquet' t ON t.household_id = pair.household_id
      AND transaction_timestamp BETWEEN start_date AND end_date + INTERVAL 1 DAY
    LEFT JOIN (SELECT DISTINCT campaign_id, product_id FROM '{FOLDER}/coupons.parquet') k USING (campaign_id, product_id)
    WHERE {_DAY.format("transaction_timestamp")} <= $cut GROUP BY ALL)
SELECT campaign_type = 'Type A' AS broad, avg(fits) FROM basket GROUP BY 1 ORDER BY 1"""


@dataclass(frozen=True)
class Campaign:
    """A mailing of booklets.

    Attributes:
        number, day, last: Its number, first and last day; broad: whether it is of type A.
        listed: Day of the list of spend in which its readers are looked up.
        sent: By place in that list, most first, who got it; shape (households known by then,).
    """

    number: int
    day: int
    last: int
    broad: bool
    listed: int
    sent: Bool

    @property
    def name(self) -> str:
        """Of its wave."""
        return f"{'broad' if self.broad else 'narrow'} {self.number}"


@dataclass(frozen=True)
class Redeeming:
    """What the yardstick looks at, of real or simulated households.

    Attributes:
        spend: Of each household in all days, shape (n,).
        household: Row in `spend` of each pair of household and campaign, shape (m,); times_used: visits at which its coupons
            were used; broad: whether the campaign was of type A.
        discount_share: Shelf discounts, share of sales at list price.
        order_days: Per household, of its days with an order.
    """

    spend: F64
    household: I64
    times_used: I64
    broad: Bool
    discount_share: float
    order_days: float


def tables(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query over the tables.

    Raises:
        RegularsError: They have not been fetched.
    """
    import duckdb

    if not (FOLDER / "transactions.parquet").exists():
        raise RegularsError(f"{FOLDER} holds no tables; fetch them: python -m sim.orders.fetch journey")
    return duckdb.execute(sql, values or None).fetchall()


def shelf(cut: int) -> tuple[float, float]:
    """Share of shelf space on special and the depth of a special, share of list price, as seen until day `cut`.

    A product's share is over the weeks in which anybody bought it; products weigh by what they sell in weeks without.
    """
    ((share, depth),) = tables(_SHELF, cut=cut)
    return float(share), float(depth)


def fitting(cut: int) -> tuple[float, float]:
    """Share of the baskets of who got a booklet that hold a product it is good for: narrow booklets, and broad ones."""
    (_, narrow), (_, broad) = tables(_FIT, cut=cut)
    return float(narrow), float(broad)


def campaigns() -> list[Campaign]:
    """All that began within the year, in order of their first day."""
    spent = np.array(
        tables(f"""SELECT household_id, {_DAY.format("transaction_timestamp")}, sum(sales_value)
        FROM '{FOLDER}/transactions.parquet' GROUP BY 1, 2""")
    )
    told = tables(f"""SELECT campaign_id, {_DAY.format("start_date")} AS day, {_DAY.format("end_date")},
        campaign_type = 'Type A' FROM '{FOLDER}/campaign_descriptions.parquet' WHERE day >= 0 ORDER BY 2, 1""")
    found = []
    for number, day, last, broad in told:
        readers = tables(f"SELECT household_id FROM '{FOLDER}/campaigns.parquet' WHERE campaign_id = $n", n=number)
        listed = min(day, LIST_DAY)
        early = spent[spent[:, 1] < listed]
        known, place = np.unique(early[:, 0], return_inverse=True)
        order = np.argsort(-np.bincount(place, early[:, 2]), kind="stable")
        found.append(Campaign(number, day, last, broad, listed, np.isin(known[order], readers)))
    return found


def real(first: int = 0, last: int | None = None) -> Redeeming:
    """The real households' figures, of campaigns that began on day `first` or later and ended by day `last` (None: all)."""
    households = tables(f"""SELECT household_id, sum(sales_value), count(DISTINCT transaction_timestamp::DATE), sum(retail_disc), sum({_PAID})
        FROM '{FOLDER}/transactions.parquet' GROUP BY 1 ORDER BY 1""")
    table = np.array(households)
    pairs = np.array(
        tables(
            f"""SELECT household_id, campaign_type = 'Type A', coalesce(visits, 0)
        FROM '{FOLDER}/campaigns.parquet' JOIN '{FOLDER}/campaign_descriptions.parquet' USING (campaign_id)
        LEFT JOIN (SELECT household_id, campaign_id, count(DISTINCT redemption_date) AS visits
          FROM '{FOLDER}/coupon_redemptions.parquet' GROUP BY ALL) USING (household_id, campaign_id)
        WHERE {_DAY.format("start_date")} >= $first AND {_DAY.format("end_date")} <= $last""",
            first=first,
            last=10_000 if last is None else last,
        )
    )
    return Redeeming(
        table[:, 1], np.searchsorted(table[:, 0], pairs[:, 0]), pairs[:, 2].astype(np.int64), pairs[:, 1] > 0,
        float(table[:, 3].sum() / table[:, 4].sum()), float(table[:, 2].mean()),
    )  # fmt: skip


def coupon_value(cut: int) -> float:
    """Mean that coupons took off a household's day of redemption, until day `cut`."""
    ((value,),) = tables(
        f"""WITH day AS (SELECT household_id, transaction_timestamp::DATE AS day, sum(coupon_disc) AS off
        FROM '{FOLDER}/transactions.parquet' GROUP BY 1, 2)
      SELECT avg(off) FROM day JOIN (SELECT DISTINCT household_id, redemption_date::DATE AS day
        FROM '{FOLDER}/coupon_redemptions.parquet') USING (household_id, day)
      WHERE {_DAY.format("day")} <= $cut""",
        cut=cut,
    )
    return float(value)
