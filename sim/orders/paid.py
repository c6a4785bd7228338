"""What a row was paid, as SQL: the column of values, or the price of one piece times how many there were."""

from sim.orders.columns import Columns
from sim.orders.parse import number_sql
from sim.orders.table import Table


def paid_sql(table: Table, columns: Columns) -> str:
    """SQL of the amount of a row of `raw`, NULL where it cannot be read; below 0 for what was sent back."""
    factors = [columns.value] if columns.quantity is None else [columns.value, columns.quantity]
    return " * ".join(f"({number_sql(table.sample(at)).format(text=f'trim(c{at})')})" for at in factors)
