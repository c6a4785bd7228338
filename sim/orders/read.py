"""Reads any order log: who, when, how much; what was guessed, merged or left out is said."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from sim.orders.columns import Columns, find_columns
from sim.orders.log import OrderLog, OrderLogError
from sim.orders.paid import form_of_numbers, paid_sql, shown_sql, who_sql
from sim.orders.parse import date_sql, is_date_column
from sim.orders.table import Table, open_table

_EPOCH = date(1970, 1, 1)
_BAD_ROWS, _BAD_SHARE = 3, 0.1  # rows that cannot be read are left out up to the larger of these, beyond it refused
_MOST = 1e9  # yuan that anybody orders for in a day
_NAMELESS_SHARE = 0.5  # of rows without a customer (guests, say), beyond which the log is refused


@dataclass(frozen=True)
class _Rows:
    """Readable orders, one per customer and day, in the file's currency; `day` counts from 1970-01-01."""

    customer: list[str]
    day: np.ndarray
    value: np.ndarray
    said: tuple[str, ...]


def read_orders(
    path: str | Path,
    customer: str | None = None,
    time: str | None = None,
    value: str | None = None,
    currency_rate: float = 1.0,
    cutoff: date | str | None = None,
    quantity: str | None = None,
) -> OrderLog:
    """Reads an order log from a CSV or Parquet file.

    Args:
        path: The file. CSV: comma, semicolon, tab, bar or white space; any line ends; with a header row, or in the
            classic form without one (id, date, quantity, value).
        customer, time, value: Names of the three columns; None to guess them.
        currency_rate: Yuan per unit of the file's values, > 0.
        cutoff: First day that is left out, a date or YYYY-MM-DD; None for the day after the last order.
        quantity: Name of a column by which `value` is multiplied; None to guess it, where `value` is by its name the
            price of one piece: the rows are then lines of orders.
    Returns:
        Orders by customer and day. Ids stay text, orders of value 0 stay, orders of one day count once.
    Raises:
        OrderLogError: The file cannot be used; one line says where and what would be right.
    """
    if not (np.isfinite(currency_rate) and currency_rate > 0):
        raise OrderLogError(f"currency_rate: {currency_rate}; expected yuan per unit of the log's values, above 0")
    end = _as_date(cutoff)
    with open_table(Path(path)) as table:
        columns = _columns(table, {"customer": customer, "time": time, "value": value, "quantity": quantity})
        rows = _rows(table, columns)
    return _log(str(path), rows, currency_rate, end)


def _as_date(cutoff: date | str | None) -> date | None:
    """A cut-off as a date."""
    if cutoff is None:
        return None
    if isinstance(cutoff, datetime):
        return cutoff.date()
    if isinstance(cutoff, date):
        return cutoff
    try:
        return date.fromisoformat(str(cutoff))
    except ValueError as error:
        raise OrderLogError(f"cutoff: '{cutoff}' is not a date; expected YYYY-MM-DD") from error


def _columns(table: Table, given: dict[str, str | None]) -> Columns:
    """The three columns by name, or by content in a file without header: id first, value last, one date between."""
    if table.names:
        return find_columns(table.file, table.names, given)
    named = [name for name in given.values() if name is not None]
    if named:
        raise OrderLogError(f"{table.file}: has no header row, so no column '{named[0]}'; add a first line with names")
    times = [at for at in range(1, table.width - 1) if is_date_column(table.sample(at, 50))]
    if len(times) != 1:
        raise OrderLogError(
            f"{table.file}: has no header row and {len(times)} columns of dates between the first and the last; "
            "add a first line with names, such as customer,date,value"
        )
    return Columns(
        0,
        times[0],
        table.width - 1,
        f"columns: customer = 1st, time = {times[0] + 1}., value = last",
    )


def _rows(table: Table, columns: Columns) -> _Rows:
    """Parses, judges and merges the rows of a table."""
    name = table.names[columns.time] if table.names else f"number {columns.time + 1}"
    total = int(str(table.query("SELECT count(*) FROM raw")[0][0]))
    if total == 0:
        raise OrderLogError(f"{table.file}: has a header row and no orders below it")
    form, day = date_sql(table.file, name, table.sample(columns.time))
    amount = paid_sql(table, columns)
    table.query(
        "CREATE TABLE parsed AS SELECT row, {who} AS customer, trim(c{t}) AS time_text, {shown} AS value_text, "
        "CASE WHEN day BETWEEN DATE '1970-01-02' AND DATE '2199-12-31' THEN date_diff('day', DATE '1970-01-01', day) END "
        "AS day, CASE WHEN isfinite(value) THEN value END AS value FROM (SELECT *, {day} AS day, {amount} AS value "
        "FROM raw)".format(
            who=who_sql(columns),
            t=columns.time,
            shown=shown_sql(columns),
            day=day.format(text=f"trim(c{columns.time})"),
            amount=amount,
        )
    )
    numbers = form_of_numbers(table, columns)
    said = (*table.said, columns.said, f"dates: {form}", *numbers, *_left_out(table, total))
    return _merged(table, said)


_NAMELESS = "customer IS NULL"
_BAD = f"({_NAMELESS} OR day IS NULL OR value IS NULL)"


def _left_out(table: Table, total: int) -> list[str]:
    """What is said of rows that name nobody or cannot be read, and of returns; too many of the first two are refused."""
    said = []
    nameless = int(str(table.query(f"SELECT count(*) FROM parsed WHERE {_NAMELESS}")[0][0]))
    if nameless > _NAMELESS_SHARE * total:
        raise OrderLogError(f"{table.file}: {nameless} of {total} rows name no customer; is the customer column right?")
    if nameless:
        said.append(f"{nameless} of {total} rows name no customer and are left out")
    unreadable = f"{_BAD} AND NOT {_NAMELESS}"
    count, first = table.query(f"SELECT count(*), min(row) FROM parsed WHERE {unreadable}")[0]
    bad = int(str(count))
    named = total - nameless
    if bad:
        shown = table.query(f"SELECT customer, time_text, value_text FROM parsed WHERE row = {first}")[0]
        where = f"data row {first} ({', '.join('' if text is None else str(text)[:30] for text in shown)})"
        if bad == named or bad > max(_BAD_ROWS, _BAD_SHARE * named):
            raise OrderLogError(
                f"{table.file}: {bad} of {named} rows cannot be read, the first is {where}; "
                "expected customer, date and a number as value"
            )
        said.append(f"{bad} of {named} rows cannot be read and are left out, the first is {where}")
    return said + _sent_back(table)


def _sent_back(table: Table) -> list[str]:
    """What is said of returns."""
    rows, back, sold = table.query(
        "SELECT count(*) FILTER (value < 0), -sum(value) FILTER (value < 0), sum(value) FILTER (value >= 0) "
        f"FROM parsed WHERE NOT {_BAD}"
    )[0]
    if not rows:
        return []
    worth = f", worth {100 * float(str(back)) / float(str(sold)):.1f} % of sales," if sold else ""
    return [
        f"{rows} rows of negative value (returns){worth} are left out; what they send back or cancel stays in the sales"
    ]


def _merged(table: Table, said: tuple[str, ...]) -> _Rows:
    """Adds up each customer's orders of one day."""
    answer = table.query(
        "SELECT customer, day, sum(value ORDER BY row), count(*) FROM parsed "
        f"WHERE NOT {_BAD} AND value >= 0 GROUP BY customer, day ORDER BY customer, day"
    )
    if not answer:
        raise OrderLogError(f"{table.file}: no order of value 0 or more; the value column should hold what was paid")
    ids, days, values, counts = zip(*answer, strict=True)
    merged = int(np.sum(counts)) - len(answer)
    if merged:
        said = (
            *said,
            f"{merged} further rows of a customer's same day (orders, or lines of one) are merged with the first, values added",
        )
    return _Rows(
        [str(text) for text in ids],
        np.array(days, dtype=np.int64),
        np.array(values, dtype=float),
        said,
    )


def _log(file: str, rows: _Rows, rate: float, cutoff: date | None) -> OrderLog:
    """Orders before the cut-off, days counted from it, values in yuan."""
    last = int(rows.day.max())
    end = last + 1 if cutoff is None else (cutoff - _EPOCH).days
    keep = rows.day < end
    said = list(rows.said)
    if not keep.any():
        first = _EPOCH + timedelta(days=int(rows.day.min()))
        raise OrderLogError(f"{file}: no order before cutoff {cutoff}; the first is on {first}")
    if not keep.all():
        said.append(f"{int((~keep).sum())} orders on or after {cutoff} are left out")
    customers, customer = np.unique(np.array(rows.customer)[keep], return_inverse=True)
    value = rows.value[keep] * rate
    if value.max() > _MOST:
        at = np.flatnonzero(keep)[int(value.argmax())]
        raise OrderLogError(
            f"{file}: customer {rows.customer[at]} orders for {value.max():.3g} yuan on "
            f"{_EPOCH + timedelta(days=int(rows.day[at]))}; expected at most {_MOST:g} a day"
        )
    zeros = int((value == 0).sum())
    if zeros:
        said.append(f"{zeros} orders of value 0 are kept")
    if rate != 1.0:
        said.append(f"values times {rate:g} yuan")
    start = _EPOCH + timedelta(days=end)
    order = np.lexsort((rows.day[keep], customer))
    first = _EPOCH + timedelta(days=int(rows.day[keep].min()))
    said.append(f"{len(customers)} customers, {len(value)} orders, {first} to {start - timedelta(days=1)}")
    return OrderLog(
        customers=customers,
        customer=customer[order].astype(np.int64),
        day=(rows.day[keep] - end).astype(np.float64)[order],
        value=value[order],
        start=start,
        said=tuple(said),
    )
