"""From text to dates and numbers: the form is found on a sample and holds for the whole column."""

import re
from collections.abc import Sequence

from sim.orders.log import OrderLogError

# Form, how it looks, and the SQL that reads it from {text}; the date as written counts, whatever the time zone.
_FORMS = (
    (
        "YYYY-MM-DD",
        r"\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?",
        "try_strptime(regexp_extract({text}, '^[0-9-]+'), '%Y-%m-%d')",
    ),
    ("YYYYMMDD", r"(?:19|20)\d{6}(?:\.0)?", "try_strptime(left({text}, 8), '%Y%m%d')"),
    (
        "YYYY/MM/DD",
        r"\d{4}/\d{1,2}/\d{1,2}(?:[ T].*)?",
        "try_strptime(regexp_extract({text}, '^[0-9/]+'), '%Y/%m/%d')",
    ),
    (
        "DD.MM.YYYY",
        r"\d{1,2}\.\d{1,2}\.\d{4}(?: .*)?",
        "try_strptime(regexp_extract({text}, '^[0-9.]+'), '%d.%m.%Y')",
    ),
    (
        "unix seconds",
        r"\d{9,10}(?:\.\d+)?",
        "make_timestamp(CAST(floor(TRY_CAST({text} AS DOUBLE)) AS BIGINT) * 1000000)",
    ),
    (
        "unix milliseconds",
        r"\d{12,13}",
        "make_timestamp(TRY_CAST({text} AS BIGINT) * 1000)",
    ),
)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-]\d{4}(?: .*)?")
TIMES = "YYYY-MM-DD, YYYYMMDD, YYYY/MM/DD, DD.MM.YYYY, ISO date and time, or unix seconds"


def date_sql(file: str, column: str, sample: Sequence[str]) -> tuple[str, str]:
    """The form of a column of dates and the SQL that reads one from `{text}` (NULL where it does not fit).

    Args:
        file, column: For messages.
        sample: Texts of the column, not empty.
    Raises:
        OrderLogError: No form fits, or day and month cannot be told apart.
    """
    counts = [sum(re.fullmatch(look, text) is not None for text in sample) for _, look, _ in _FORMS]
    if sample and max(counts) * 2 > len(sample):
        form, _, sql = _FORMS[counts.index(max(counts))]
        return form, f"CAST({sql} AS DATE)"
    pairs = [(int(m[1]), int(m[2])) for text in sample if (m := _SLASHED.fullmatch(text))]
    if sample and len(pairs) * 2 > len(sample):
        return _slashed(file, column, sample[0], pairs)
    shown = sample[0] if sample else ""
    raise OrderLogError(f"{file}: column '{column}': '{shown[:40]}' is not a date; expected {TIMES}")


def _slashed(file: str, column: str, shown: str, pairs: list[tuple[int, int]]) -> tuple[str, str]:
    """Dates like 03/04/2024: day and month told apart by a number above 12, else refused."""
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first == month_first:
        raise OrderLogError(
            f"{file}: column '{column}': in '{shown}' day and month cannot be told apart; write YYYY-MM-DD"
        )
    form = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    sql = "CAST(try_strptime(replace(regexp_extract({text}, '^[0-9/-]+'), '-', '/'), '" + form + "') AS DATE)"
    return ("DD/MM/YYYY" if day_first else "MM/DD/YYYY"), sql


def is_date_column(sample: Sequence[str]) -> bool:
    """Whether most texts look like a date of one of the forms (for a file without header)."""
    try:
        date_sql("", "", sample)
    except OrderLogError:
        return False
    return True


def number_sql(sample: Sequence[str]) -> str:
    """The SQL that reads an amount from `{text}`: currency signs go, thousands go, a decimal comma is told from the sample."""
    bare = "regexp_replace({text}, '[^0-9.,eE+-]', '', 'g')"
    decimal_comma = any(re.search(r",\d{1,2}$", text) for text in sample) and not any(
        re.search(r"\.\d{1,2}$", text) for text in sample
    )
    if decimal_comma:
        return f"TRY_CAST(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"
    return f"TRY_CAST(replace({bare}, ',', '') AS DOUBLE)"
