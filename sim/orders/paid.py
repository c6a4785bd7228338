"""Who bought and what was paid, as SQL over the rows of a table."""

from sim.orders.columns import Columns
from sim.orders.parse import number_sql
from sim.orders.table import Table

_NOBODY = "('', 'nan', 'null', 'none', 'na', '<na>')"  # as files write a customer that is missing


def who_sql(columns: Columns) -> str:
    """SQL of the customer of a row, NULL where none is named."""
    return f"CASE WHEN lower(trim(c{columns.customer})) NOT IN {_NOBODY} THEN trim(c{columns.customer}) END"


def paid_sql(table: Table, columns: Columns) -> str:
    """SQL of the amount of a row: the value, or the price of one piece times how many; NULL where it cannot be read, and
    below 0 for what was sent back.
    """
    factors = [columns.value] if columns.quantity is None else [columns.value, columns.quantity]
    return " * ".join(f"({number_sql(table.sample(at)).format(text=f'trim(c{at})')})" for at in factors)


def shown_sql(columns: Columns) -> str:
    """SQL of that amount as it stands in the file."""
    price = f"coalesce(trim(c{columns.value}), '')"
    return price if columns.quantity is None else f"{price} || ' x ' || coalesce(trim(c{columns.quantity}), '')"
