"""From text to numbers, as SQL: signs, currencies, thousands, and a decimal point or comma, which all rows of a column tell.

A text is a number only if all of it is: `2 x 6`, `1/2` and `12 %` are none, and a digit of a code is no amount.
"""

from collections.abc import Sequence

from sim.orders.log import OrderLogError
from sim.orders.table import Table

_SIGN_OF_MONEY = r"(?:\p{L}{0,3}\p{Sc}|\p{L}{2,4}\.?|\p{L}\s)"  # $, US$, Rs., kr; one letter alone only with a space
_BODY = r"(?:[0-9]+(?:[ '][0-9]{3})*(?:[.,][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_UNIT = r"(?:\p{Sc}|\p{L}{1,8}\.?)"
_NUMBER = rf"(?:{_SIGN_OF_MONEY}\s*)?[-+(]?\s*(?:{_SIGN_OF_MONEY}\s*)?({_BODY})\s*[-)]?\s*{_UNIT}?\s*\)?"
_NEGATIVE = r"^[^0-9]*[(-]|[0-9]\s*[-)]"
# What only a decimal comma, or only a decimal point, explains: one or two digits behind it, or four and more; behind 0 or
# behind four digits; behind a thousands sign of the other kind, or beside two of them.
_ONLY = r"{d}[0-9]{{1,2}}$|{d}[0-9]{{4,}}$|^-?0?{d}[0-9]+$|^-?[0-9]{{4,}}{d}[0-9]+$|{t}[0-9]{{3}}{d}|{t}[0-9]{{3}}{t}[0-9]{{3}}"
_COMMA, _POINT = _ONLY.format(d=",", t=r"\."), _ONLY.format(d=r"\.", t=",")
_EITHER = r"^-?[0-9]{1,3},[0-9]{3}$"  # 2,550: two and a half, or two thousand and more


def number_sql(table: Table, column: int, beside: Sequence[int] = ()) -> str:
    """SQL of the number in a column, NULL where it is none.

    Args:
        table, column: Whose.
        beside: Further columns of numbers; they tell what this one leaves open.
    Raises:
        OrderLogError: Nothing tells whether 2,550 is two and a half or two thousand.
    """
    body = _body(table, column)
    comma, point = (f"TRY_CAST({_cleaned(body, decimal)} AS DOUBLE)" for decimal in ",.")
    usual = comma if decimal_of(table, column, beside) == "," else point
    return f"(CASE WHEN regexp_matches({body}, '{_COMMA}') THEN {comma} WHEN regexp_matches({body}, '{_POINT}') THEN {point} ELSE {usual} END)"  # fmt: skip


def decimal_of(table: Table, column: int, beside: Sequence[int] = ()) -> str:
    """The decimal sign of a column, "," or "."."""
    if not table.separator:  # Parquet: numbers are written by us
        return "."
    for at in (column, *beside):
        commas, points = table.query(
            f"SELECT count(*) FILTER (regexp_matches(b, '{_COMMA}')), count(*) FILTER (regexp_matches(b, '{_POINT}')) "
            f"FROM (SELECT {_body(table, at)} AS b FROM raw)"
        )[0]
        if commas != points:
            return "," if int(str(commas)) > int(str(points)) else "."
    found = table.query(
        f"SELECT min(b) FROM (SELECT {_body(table, column)} AS b FROM raw) WHERE regexp_matches(b, '{_EITHER}')"
    )
    if found[0][0] is not None and table.separator != ",":
        name = table.names[column] if table.names else f"number {column + 1}"
        raise OrderLogError(
            f"{table.file}: column '{name}': {found[0][0]} may be a small number with a decimal comma or thousands; "
            "write decimals with a point, and no thousands"
        )
    return "."


def _body(table: Table, column: int) -> str:
    """A column beside the texts: digits and separators of a cell, with its minus; NULL if the whole is no number."""
    name = f"n{column}"
    told = table.query(
        f"SELECT count(*) FROM information_schema.columns WHERE table_name = 'raw' AND column_name = '{name}'"
    )
    if told == [(0,)]:
        text = f"trim(replace(replace(replace(c{column}, '−', '-'), ' ', ' '), ' ', ' '))"
        pattern = _NUMBER.replace("'", "''")
        table.query(f"ALTER TABLE raw ADD COLUMN {name} VARCHAR")
        table.query(
            f"UPDATE raw SET {name} = CASE WHEN regexp_matches({text}, '{_NEGATIVE}') THEN '-' ELSE '' END "
            f"|| nullif(regexp_extract({text}, '^{pattern}$', 1), '')"
        )
    return name


def _cleaned(body: str, decimal: str) -> str:
    """Body without thousands, with a decimal point."""
    bare = f"replace(replace({body}, ' ', ''), '''', '')"
    if decimal == ",":
        return f"replace(replace({bare}, '.', ''), ',', '.')"
    return f"replace({bare}, ',', '')"
