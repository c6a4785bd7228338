"""Who bought and what was paid, as SQL over the rows of a table."""

from sim.orders.columns import Columns
from sim.orders.numbers import decimal_of, number_sql
from sim.orders.table import Table

# As files write a customer that is missing; the last are lines of sums.
NOTHING = ("", "nan", "null", "none", "na", "<na>", "n/a", "#n/a", "\\n", "nat", "-", "--", "(null)", "<null>", "nil")
_NOBODY = (*NOTHING, "unknown", "guest", "anonymous", "游客", "匿名", "total", "grand total", "sum", "合计", "总计")


def listed(words: tuple[str, ...]) -> str:
    """Words as a list of SQL."""
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


def who_sql(columns: Columns) -> str:
    """SQL of the customer of a row, NULL where none is named."""
    return f"CASE WHEN lower(trim(c{columns.customer})) NOT IN {listed(_NOBODY)} THEN trim(c{columns.customer}) END"


def paid_sql(table: Table, columns: Columns) -> str:
    """SQL of the amount of a row: the value, or the price of one piece times how many; NULL where it cannot be read, and
    below 0 for what was sent back, whichever of the two says so.
    """
    if columns.quantity is None:
        return number_sql(table, columns.value)
    price = number_sql(table, columns.value, (columns.quantity,))
    pieces = number_sql(table, columns.quantity, (columns.value,))
    return f"(CASE WHEN {price} < 0 AND {pieces} < 0 THEN -1 ELSE 1 END * {price} * {pieces})"


def form_of_numbers(table: Table, columns: Columns) -> list[str]:
    """What is said of how numbers are written."""
    beside = () if columns.quantity is None else (columns.quantity,)
    return ["numbers: decimal comma"] if decimal_of(table, columns.value, beside) == "," else []


def shown_sql(columns: Columns) -> str:
    """SQL of the amount as it stands in the file."""
    price = f"coalesce(trim(c{columns.value}), '')"
    return price if columns.quantity is None else f"{price} || ' x ' || coalesce(trim(c{columns.quantity}), '')"
