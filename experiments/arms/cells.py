"""From cells to numbers: the form of a column is found on the first rows, and holds for the whole file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.arms.columns import Look
from experiments.arms.source import Source
from sim.errors import RegularsError

LOOKED_AT = 10_000  # rows from which columns are guessed
BAD_SHARE = 0.1  # of rows or values that cannot be read, above which the file or the column is refused
MISSING = "'na', 'n/a', 'nan', 'null', 'none', 'nil', '-', '--', '.', '?', '#n/a', '#na', 'missing', 'unknown', '<na>'"
YES, NO = "'true', 'yes', 'y', 't', '1', 'ja', '是'", "'false', 'no', 'n', 'f', '0', 'nein', '否'"
PLAIN_TYPE = re.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")
# SQL on the `{text}` of a cell; braces are doubled twice for str.format
BARE = "regexp_replace({text}, '[$€£¥￥%'' ]', '', 'g')"
GROUPED = (
    f"CASE WHEN regexp_full_match({BARE}, '[-+]?([0-9]+|[0-9]{{{{1,3}}}}(,[0-9]{{{{3}}}})+)([.][0-9]+)?') "
    f"THEN try_cast(replace({BARE}, ',', '') AS DOUBLE) END"
)
NO_NUMBER = f"CASE WHEN {{text}} IS NULL OR lower({{text}}) IN ({MISSING}) THEN NULL ELSE 'inf'::DOUBLE END"


@dataclass(frozen=True)
class Reading:
    """SQL that turns `{text}` of a column into DOUBLE: NULL or NaN if missing, infinity if it is no number.

    `note` says what is unusual in it; `is_plain` if a cell that casts to a number as it stands is that number.
    """

    sql: str
    note: str
    is_plain: bool


WORDS = Reading(
    f"coalesce(CASE WHEN lower({{text}}) IN ({YES}) THEN 1.0 WHEN lower({{text}}) IN ({NO}) THEN 0.0 END, {NO_NUMBER})",
    "words read as 1 and 0",
    False,
)


def looked_at(source: Source) -> tuple[list[Look], list[Reading]]:
    """What the first rows show of each column, and how it is read as a number."""
    texts = ", ".join(f"{source.text(at)} AS t{at}" for at in range(len(source.names)))
    source.query(f"CREATE TABLE sample AS SELECT {texts} FROM ({source.scan}) WHERE NOT surplus LIMIT {LOOKED_AT}")
    if source.query("SELECT count(*) FROM sample") == [(0,)] and not source.query(f"FROM ({source.scan}) LIMIT 1"):
        raise RegularsError("customers: the file has a header row and no customers below it")
    looks, readings = [], []
    for at in range(len(source.names)):
        present = f"FROM sample WHERE t{at} IS NOT NULL AND lower(t{at}) NOT IN ({MISSING})"
        values = [str(text) for (text,) in source.query(f"SELECT DISTINCT t{at} {present} ORDER BY 1 LIMIT 1000")]
        tried = [_tried(source, at, present, reading) for reading in (number_form(values), WORDS)]
        (numeric, yes_no), reading = tried[1] if (tried[1][0][0] or 0) > (tried[0][0][0] or 0) else tried[0]
        looks.append(Look(numeric, frozenset(values), yes_no >= 1 - BAD_SHARE))
        readings.append(Reading(reading.sql, "", False) if source.types[at] == "BOOLEAN" else reading)
    source.query("DROP TABLE sample")
    return looks, readings


def _tried(source: Source, at: int, present: str, reading: Reading) -> tuple[tuple[float | None, float], Reading]:
    """Share of the values that a reading turns into numbers (None without values), and into 0 or 1."""
    value = reading.sql.format(text=f"t{at}")
    shares = source.query(f"SELECT avg(isfinite({value})::DOUBLE), avg(({value} IN (0, 1))::DOUBLE) {present}")[0]
    numeric, yes_no = (None if share is None else float(str(share)) for share in shares)
    return (numeric, yes_no or 0.0), reading


def number_form(values: Sequence[str]) -> Reading:
    """How a column writes its numbers, told from some of its texts."""
    commas = [text for text in values if "," in text]
    decimal = any(re.search(r",(\d{1,2}|\d{4,})$", text) for text in commas)
    if decimal and not any("." in text.split(",")[-1] for text in commas):
        value = f"try_cast(replace(replace({BARE}, '.', ''), ',', '.') AS DOUBLE)"
        return Reading(f"coalesce({value}, {NO_NUMBER})", "read with a decimal comma", False)
    signs = any(re.fullmatch(r"[-+]?[$€£¥￥] ?[\d.]+|[\d.]+ ?[$€£¥￥%]", text) for text in values)
    note = "read without thousands commas and currency signs" if commas or signs else ""
    return Reading(f"coalesce(try_cast({{text}} AS DOUBLE), {GROUPED}, {NO_NUMBER})", note, True)


def too_many(bad: int, total: int) -> bool:
    """Whether so many of the rows cannot be read that the column, or the file, is not what it was taken for."""
    return bad > max(3, BAD_SHARE * total)
