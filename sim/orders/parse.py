"""From text to dates: the form is found on a sample of different texts and holds for the whole column."""

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
        "DD-Mon-YYYY",
        r"\d{1,2}[- ][A-Za-z]{3}[- ]\d{4}(?: .*)?",
        "try_strptime(replace(regexp_extract({text}, '^[0-9]+[- ][A-Za-z]+[- ][0-9]+'), ' ', '-'), '%d-%b-%Y')",
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
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?: .*)?")
TIMES = "YYYY-MM-DD, YYYYMMDD, YYYY/MM/DD, DD.MM.YYYY, DD/MM/YYYY, MM/DD/YYYY, DD-Mon-YYYY, ISO date and time, or unix seconds"


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
    found = [m for text in sample if (m := _SLASHED.fullmatch(text))]
    if sample and len(found) * 2 > len(sample):
        pairs = [(int(m[1]), int(m[2])) for m in found]
        return _slashed(file, column, sample[0], pairs, "y" if all(len(m[3]) == 2 for m in found) else "Y")
    shown = sample[0] if sample else ""
    raise OrderLogError(f"{file}: column '{column}': '{shown[:40]}' is not a date; expected {TIMES}")


def _slashed(file: str, column: str, shown: str, pairs: list[tuple[int, int]], year: str) -> tuple[str, str]:
    """Dates like 03/04/2024: day and month told apart by a number above 12, else refused."""
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first == month_first:
        raise OrderLogError(
            f"{file}: column '{column}': in '{shown}' day and month cannot be told apart; write YYYY-MM-DD"
        )
    form = ("%d/%m/%" if day_first else "%m/%d/%") + year
    sql = "CAST(try_strptime(replace(regexp_extract({text}, '^[0-9/-]+'), '-', '/'), '" + form + "') AS DATE)"
    return ("DD/MM/" if day_first else "MM/DD/") + ("YYYY" if year == "Y" else "YY"), sql


def is_date_column(sample: Sequence[str]) -> bool:
    """Whether most texts look like a date of one of the forms (for a file without header)."""
    try:
        date_sql("", "", sample)
    except OrderLogError:
        return False
    return True
