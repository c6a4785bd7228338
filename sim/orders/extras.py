"""What else an order log may tell: list price or discount, coupon, category, returns, cost of the channel. Measured, not fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.orders.columns import Columns, find_columns, plain, position
from sim.orders.log import OrderLogError
from sim.orders.numbers import number_sql
from sim.orders.paid import NOTHING, listed, paid_sql, who_sql
from sim.orders.parse import date_sql
from sim.orders.table import Table, open_table

# Only a name that fits exactly is guessed: a wrong guess would be worse than none.
NAMES: Mapping[str, tuple[str, ...]] = {
    "list_price": (
        "list_price",
        "listprice",
        "original_price",
        "full_price",
        "gross_price",
        "list_value",
        "原价",
        "吊牌价",
    ),
    "discount": ("discount", "discount_amount", "discount_value", "rebate", "retail_disc", "优惠金额", "折扣"),
    "coupon": ("coupon", "coupon_code", "coupon_used", "voucher", "voucher_code", "promo_code", "优惠券"),
    "category": ("category", "product_category", "department", "product_type", "类目", "品类"),
    "returned": ("returned", "return", "is_return", "is_returned", "return_flag", "refunded", "refund", "退货", "退款"),
    "channel_cost": ("channel_cost", "shipping_cost", "fulfilment_cost", "fulfillment_cost", "commission", "渠道成本"),
}
_NO = listed((*NOTHING, "0", "0.0", "0.00", "no", "n", "false", "no coupon", "without", "否", "无"))
_AMOUNTS = ("list_price", "discount", "channel_cost")
_FEWEST = 20  # rows below which a share says nothing


@dataclass(frozen=True)
class Extras:
    """Shares in [0, 1] and counts of a log; None where its columns do not tell.

    Attributes:
        discount_share: Discounts over sales at list price.
        coupon_share: Rows with a coupon; coupon_top: share of these by the tenth of coupon users who use most.
        return_rate: Rows returned over rows bought.
        categories: Different ones; category_top: share of sales of the largest.
        channel_cost_share: Costs of the channel over sales.
        said: Remarks for the reader, one line each.
    """

    discount_share: float | None = None
    coupon_share: float | None = None
    coupon_top: float | None = None
    return_rate: float | None = None
    categories: int | None = None
    category_top: float | None = None
    channel_cost_share: float | None = None
    said: tuple[str, ...] = ()


def read_extras(
    path: str | Path, main: Mapping[str, str | None], given: Mapping[str, str | None], until: date | None = None,
    without: Sequence[str] = (),
) -> Extras:  # fmt: skip
    """Reads the optional columns of a log and measures what they tell.

    Args:
        path: The file, as for `read_orders`.
        main: Names of customer, time and value, or None to guess them, as for `read_orders`.
        given: Column by kind (`NAMES`), or None to guess it.
        until: First day that is left out; None for no end.
        without: Customers who are left out.
    Raises:
        OrderLogError: A column given is not there, or is one of the three.
    """
    with open_table(Path(path)) as table:
        if not table.names:
            named = [name for name in given.values() if name is not None]
            if named:
                raise OrderLogError(
                    f"{table.file}: has no header row, so no column '{named[0]}'; add a first line with names"
                )
            return Extras()
        columns = find_columns(table.file, table.names, dict(main))
        found = _found(table, columns, given)
        for kind in _AMOUNTS:
            if kind in found:  # its numbers are read once, in `raw`, of which `sold` is a part
                number_sql(table, found[kind], (columns.value,))
        _sold(table, columns, until, without)
        told: dict[str, float | int | None] = {}
        said = (
            [f"further columns: {', '.join(f'{kind} = {table.names[at]!r}' for kind, at in found.items())}"]
            if found
            else []
        )
        for measure in (_discount, _coupon, _returns, _category, _cost):
            measure(table, found, told, said)
    return Extras(**told, said=tuple(said))  # type: ignore[arg-type]


def _sold(table: Table, columns: Columns, until: date | None, without: Sequence[str]) -> None:
    """The rows that count, as table `sold`, with who bought (`who`), what was `paid` and for how many `pieces`."""
    pieces = "1.0" if columns.quantity is None else f"abs({number_sql(table, columns.quantity, (columns.value,))})"
    amount = paid_sql(table, columns)
    day = date_sql(table.file, table.names[columns.time], table.sample(columns.time))[1]
    table.query(
        f"CREATE TABLE sold AS SELECT *, {who_sql(columns)} AS who, {amount} AS paid, {pieces} AS pieces, "
        f"{day.format(text=f'trim(c{columns.time})')} AS day FROM raw"
    )
    last = "" if until is None else f" OR day >= DATE '{until}'"
    table.connection.execute(
        f"DELETE FROM sold WHERE paid IS NULL OR NOT isfinite(paid) OR who IS NULL OR day IS NULL{last} "
        "OR who IN (SELECT unnest(?::VARCHAR[]))", [list(without)],
    ).fetchall()  # fmt: skip


def _found(table: Table, columns: Columns, given: Mapping[str, str | None]) -> dict[str, int]:
    """Positions by kind."""
    taken = {columns.customer: "customer", columns.time: "time", columns.value: "value"}
    if columns.quantity is not None:
        taken[columns.quantity] = "quantity"
    names = {plain(name): at for at, name in reversed(list(enumerate(table.names))) if at not in taken}
    found = {}
    for kind, words in NAMES.items():
        name = given.get(kind)
        if name is not None:
            at = position(table.file, table.names, kind, name)
            if at in taken:
                raise OrderLogError(
                    f"{table.file}: column '{name}' was given for {kind} and is that of {taken[at]} already"
                )
            taken[at] = kind
            found[kind] = at
        else:
            at = next((names[word] for word in words if word in names and names[word] not in taken), -1)
            if at >= 0:
                taken[at] = kind
                found[kind] = at
    return found


def _numbers(table: Table, at: int) -> tuple[str, int]:
    """SQL of a column of amounts, and how many rows with text in it are no number."""
    sql = _number_of(table, at)
    bad = table.query(f"SELECT count(*) FROM sold WHERE coalesce(trim(c{at}), '') <> '' AND {sql} IS NULL")[0][0]
    return sql, int(str(bad))


def _number_of(table: Table, at: int) -> str:
    """SQL of a column of amounts, NULL where it is no number."""
    return number_sql(table, at)


def _one(table: Table, sql: str) -> list[float]:
    """The numbers of a query with one row."""
    return [float(str(value)) if value is not None else 0.0 for value in table.query(sql)[0]]


def _discount(table: Table, found: Mapping[str, int], told: dict[str, float | int | None], said: list[str]) -> None:
    """Discounts over sales at list price, from either column; both: the list price counts."""
    kind = "list_price" if "list_price" in found else "discount" if "discount" in found else None
    if kind is None:
        return
    sql, bad = _numbers(table, found[kind])
    said += [f"{kind}: {bad} rows are no number and are left out of its figures"] if bad else []
    pieces = "pieces"
    if kind == "list_price" and _of_rows(table, sql):
        pieces = "1"
    cut = f"{sql} * {pieces} - paid" if kind == "list_price" else f"abs({sql})"  # a discount is that of the whole row
    rows, off, paid, above, rates = _one(
        table, f"SELECT count(*), sum(greatest({cut}, 0)), sum(paid), count(*) FILTER ({cut} < -0.005), "
               f"count(*) FILTER (abs({sql}) <= 1) FROM sold WHERE paid >= 0 AND {sql} IS NOT NULL")  # fmt: skip
    if rows < _FEWEST or off + paid <= 0:
        said.append(f"{kind}: {rows:.0f} rows tell it, too few for a share")
        return
    if above > rows / 2:
        said.append(
            f"list_price: {above:.0f} of {rows:.0f} rows were paid above it; not believed, nothing is told of discounts"
        )
        return
    if kind == "discount" and rates == rows and paid > 10 * rows:
        said.append(
            "discount: no row has more than 1 off, like a rate; expected the amount off, nothing is told of discounts"
        )
        return
    if above:
        said.append(f"list_price: {above:.0f} rows were paid above it; they count as without discount")
    told["discount_share"] = off / (off + paid)
    said.append(
        f"discounts are {100 * off / (off + paid):.1f} % of sales at list price; told, not fitted: in the world a policy gives them"
    )


def _of_rows(table: Table, sql: str) -> bool:
    """Whether list prices are those of whole rows, not of one piece: then they reach what was paid for several pieces."""
    rows, reached = _one(table, f"SELECT count(*), count(*) FILTER ({sql} >= paid - 0.005) FROM sold WHERE paid > 0 AND pieces > 1 "
                                f"AND {sql} IS NOT NULL")  # fmt: skip
    return rows > 0 and reached >= 0.95 * rows


def _coupon(table: Table, found: Mapping[str, int], told: dict[str, float | int | None], said: list[str]) -> None:
    """Share of rows with a coupon, and how concentrated the users are."""
    if "coupon" not in found:
        return
    used = f"lower(coalesce(trim(c{found['coupon']}), '')) NOT IN {_NO}"
    rows, with_one, users = _one(
        table,
        f"SELECT count(*), count(*) FILTER ({used}), count(DISTINCT who) FILTER ({used}) FROM sold WHERE paid >= 0",
    )
    if rows < _FEWEST:
        return
    told["coupon_share"] = with_one / rows
    said.append(f"{100 * with_one / rows:.1f} % of rows used a coupon, by {users:.0f} customers; told, not fitted")
    if users >= 10:
        top = _one(table, f"SELECT sum(n) FROM (SELECT count(*) AS n FROM sold WHERE paid >= 0 AND {used} GROUP BY who "
                          f"ORDER BY n DESC LIMIT {int(users // 10)})")[0]  # fmt: skip
        told["coupon_top"] = top / with_one


def _returns(table: Table, found: Mapping[str, int], told: dict[str, float | int | None], said: list[str]) -> None:
    """Share of rows sent back: marked in a column, or else as rows of negative value."""
    bought, negative = _one(table, "SELECT count(*) FILTER (paid >= 0), count(*) FILTER (paid < 0) FROM sold")
    if bought < _FEWEST:
        return
    if "returned" in found:
        marked = _one(
            table,
            f"SELECT count(*) FROM sold WHERE paid >= 0 AND lower(coalesce(trim(c{found['returned']}), '')) NOT IN {_NO}",
        )[0]
        told["return_rate"] = marked / bought if not negative or marked else negative / bought
    elif negative:
        told["return_rate"] = negative / bought
    rate = told.get("return_rate")
    if rate is None:
        return
    if rate > 0.9:
        told["return_rate"] = None
        said.append(
            f"returned: {100 * rate:.0f} returns for 100 rows bought; not believed, the return rate stays assumed"
        )
        return
    said.append(f"{100 * rate:.1f} % of rows were returned; taken as return_rate of the population")


def _category(table: Table, found: Mapping[str, int], told: dict[str, float | int | None], said: list[str]) -> None:
    """How many categories, and how much of sales is the largest."""
    if "category" not in found:
        return
    name = f"trim(c{found['category']})"
    number, top, all_ = _one(table, f"SELECT count(*), max(s), sum(s) FROM (SELECT sum(paid) AS s FROM sold WHERE paid >= 0 "
                                    f"AND coalesce({name}, '') <> '' GROUP BY {name})")  # fmt: skip
    if number < 1 or all_ <= 0:
        return
    told["categories"], told["category_top"] = int(number), top / all_
    said.append(
        f"{number:.0f} categories, the largest with {100 * top / all_:.0f} % of sales; fitted together as one need"
    )


def _cost(table: Table, found: Mapping[str, int], told: dict[str, float | int | None], said: list[str]) -> None:
    """Costs of the channel over sales."""
    if "channel_cost" not in found:
        return
    sql, bad = _numbers(table, found["channel_cost"])
    said += [f"channel_cost: {bad} rows are no number and are left out of its figures"] if bad else []
    rows, cost, paid = _one(
        table, f"SELECT count(*), sum({sql}), sum(paid) FROM sold WHERE paid >= 0 AND {sql} IS NOT NULL"
    )
    if rows >= _FEWEST and paid > 0:
        told["channel_cost_share"] = cost / paid
        said.append(
            f"the channel costs {100 * cost / paid:.1f} % of sales; told, not used: visit and message costs stay assumed"
        )
