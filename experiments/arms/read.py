"""Reads the customer file of a test into a table of numbers; what was guessed, dropped or merged is said."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from experiments.arms.columns import MOST_ARMS, Look, Roles, find_roles
from experiments.arms.source import Source, open_source, quoted
from sim.errors import RegularsError, unknown
from sim.orders.columns import plain

LOOKED_AT = 10_000  # rows from which columns are guessed
MISSING = "'na', 'n/a', 'nan', 'null', 'none', 'nil', '-', '--', '.', '?', '#n/a', '#na', 'missing', 'unknown', '<na>'"
NO_ARM = "'', 'na', 'n/a', 'nan', 'null', '#n/a', '<na>'"  # an arm may be called none, unknown or ?
YES, NO = "'true', 'yes', 'y', 't', '1', 'ja', '是'", "'false', 'no', 'n', 'f', '0', 'nein', '否'"
CONTROL = (
    "control control_group ctrl ctl holdout hold_out baseline base placebo untreated no_treatment no_offer none nothing "
    "default original current status_quo standard off no false 0 a 对照组 对照 控制组"
).split()
PLAIN_TYPE = re.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")
# SQL on the `{text}` of a cell; braces are doubled twice for str.format
BARE = "regexp_replace({text}, '[$€£¥￥%'' ]', '', 'g')"
GROUPED = (
    f"CASE WHEN regexp_full_match({BARE}, '[-+]?([0-9]+|[0-9]{{{{1,3}}}}(,[0-9]{{{{3}}}})+)([.][0-9]+)?') "
    f"THEN try_cast(replace({BARE}, ',', '') AS DOUBLE) END"
)
NO_NUMBER = f"CASE WHEN {{text}} IS NULL OR lower({{text}}) IN ({MISSING}) THEN NULL ELSE 'inf'::DOUBLE END"
BAD_SHARE = 0.1  # of rows or values that cannot be read, above which the file or the column is refused


@dataclass(frozen=True)
class Reading:
    """SQL that turns `{text}` of a column into DOUBLE: NULL or NaN if missing, infinity if it is no number.

    `note` says what is unusual in it; `is_plain` if a cell that casts to a number as it stands is that number.
    """

    sql: str
    note: str
    is_plain: bool


@dataclass(frozen=True)
class Customers:
    """Customers of a test as a table `known`: `place` of the arm in `arms`, and v0, v1, ... for `columns` (DOUBLE).

    In a v, NULL and NaN are missing values and infinity is a text that is no number. One DuckDB thread reads the file in
    its order, so that sums come out the same to the last bit.
    """

    connection: duckdb.DuckDBPyConnection
    arms: tuple[str, ...]
    columns: tuple[str, ...]
    outcomes: tuple[str, ...]
    covariates: Mapping[str, str]
    arm_column: str
    customer: str | None
    time: str | None
    event: str | None
    rows: int
    said: tuple[str, ...]

    def v(self, name: str) -> str:
        """The SQL column of a column of the file."""
        return f"v{self.columns.index(name)}"

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Every row of an answer."""
        rows: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return rows


WORDS = Reading(
    f"coalesce(CASE WHEN lower({{text}}) IN ({YES}) THEN 1.0 WHEN lower({{text}}) IN ({NO}) THEN 0.0 END, {NO_NUMBER})",
    "words read as 1 and 0",
    False,
)


@contextmanager
def read_customers(
    path: Path, given: Mapping[str, str | None], outcomes: Sequence[str] | None, arms: Sequence[str] | None
) -> Iterator[Customers]:
    """Read the file of a test.

    Args:
        path: CSV or Parquet, one row per customer.
        given: Column names by key (`arm customer covariate time event`); None to guess, "none" to do without.
        outcomes: Columns to compare; None for all that are numeric and nothing else.
        arms: Arms to compare; None for all.
    Yields:
        The customers, for as long as the block lasts.
    Raises:
        RegularsError: The file or a column cannot be used; one line says why.
    """
    with open_source(path) as source:
        looks, readings = _looked_at(source)
        roles = find_roles(source.names, looks, given, outcomes)
        used = sorted(
            {at for at in (*roles.outcomes, *roles.covariates.values(), roles.time, roles.event) if at is not None}
        )
        said = [*source.said, *roles.said]
        said += [f"{source.names[at]}: {readings[at].note}" for at in used if readings[at].note]
        rows = _load(source, roles, used, readings, said)
        names = _arms(source, arms, said)
        _twice(source, roles, said)
        dropped = _unreadable(source, roles, used, rows, outcomes, said)
        name = dict(enumerate(source.names))
        kept = tuple(name[at] for at in roles.outcomes if at not in dropped)
        yield Customers(
            source.connection,
            names,
            tuple(name[at] for at in used),
            kept,
            {name[y]: name[x] for y, x in roles.covariates.items() if y not in dropped and x not in dropped},
            name[roles.arm],
            None if roles.customer is None else name[roles.customer],
            None if roles.time is None or roles.event is None else name[roles.time],
            None if roles.time is None or roles.event is None else name[roles.event],
            rows,
            tuple(said),
        )


def too_many(bad: int, total: int) -> bool:
    """Whether so many of the rows cannot be read that the column, or the file, is not what it was taken for."""
    return bad > max(3, BAD_SHARE * total)


def control_arm(arms: Sequence[str], asked: str | None) -> tuple[str, str | None]:
    """The arm that the others are held against, and what is said if it was guessed."""
    if asked is not None:
        same = [arm for arm in arms if arm == asked] or [arm for arm in arms if arm.lower() == asked.strip().lower()]
        if not same:
            raise unknown("control", "arm", asked, arms)
        return same[0], None
    words = [*CONTROL, "c"] if {"c", "t"} <= {plain(arm) for arm in arms} else CONTROL
    exact = [arm for word in words for arm in arms if plain(arm) == word]
    part = [
        arm for arm in arms if set(plain(arm).split("_")) & {"control", "ctrl", "holdout", "baseline"} or "对照" in arm
    ]
    if exact or part:
        return (exact or part)[0], f"control: guessed as {(exact or part)[0]}, by its name"
    return arms[
        0
    ], f"control: no arm is called control; the first by name, {arms[0]}, was taken (control=NAME changes it)"


def _looked_at(source: Source) -> tuple[list[Look], list[Reading]]:
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


def _load(source: Source, roles: Roles, used: Sequence[int], readings: Sequence[Reading], said: list[str]) -> int:
    """Fills the table `customers`; rows with more fields than the header are left out. Returns the rows that stay."""
    columns = []
    for place, at in enumerate(used):
        # lambdas hide their text from DuckDB, which would else work it out for every cell and not only where it is needed
        cell = source.trimmed("raw")
        careful = f"list_transform([{source.raw(at)}], lambda raw: {cell})"
        value = f"list_transform({careful}, lambda cell: {readings[at].sql.format(text='cell')})[1]"
        if PLAIN_TYPE.fullmatch(source.types[at]):
            value = f"CAST(c{at} AS DOUBLE)"
        elif readings[at].is_plain:
            value = f"coalesce(try_cast(c{at} AS DOUBLE), {value})"
        columns.append(f"{value} AS v{place}")
    if roles.customer is not None:
        columns.append(f"hash(nullif(CAST(c{roles.customer} AS VARCHAR), '')) AS id")
    source.query(
        f"CREATE TABLE customers AS SELECT surplus, coalesce({source.text(roles.arm)}, '') AS arm, "
        f"{', '.join(columns)} FROM ({source.scan})"
    )
    total, surplus, first = (
        int(str(n or 0))
        for n in source.query(
            "SELECT count(*), count(*) FILTER (WHERE surplus), min(rowid) FILTER (WHERE surplus) FROM customers"
        )[0]
    )
    if surplus:
        told = f"{surplus} of {total} rows have more fields than the header, the first is data row {first + 1}"
        if too_many(surplus, total):
            raise RegularsError(f"customers: {told}; needed: values with the separator in quotes")
        said.append(f"{told}: left out")
        source.query("DELETE FROM customers WHERE surplus")
    return total - surplus


def _arms(source: Source, asked: Sequence[str] | None, said: list[str]) -> tuple[str, ...]:
    """Names the arms, merges spellings that differ by case only, and makes the table `known`."""
    found = source.query(
        f"SELECT arm, count(*) FROM customers WHERE lower(arm) NOT IN ({NO_ARM}) GROUP BY arm ORDER BY 2 DESC, 1 LIMIT 1001"
    )
    spelt: dict[str, str] = {}  # every spelling by the commonest
    for label in [str(label) for label, _ in found]:
        same = [name for name in spelt.values() if name.lower() == label.lower()]
        spelt[label] = same[0] if same else label
        if same:
            said.append(f"arm: '{label}' was taken for '{same[0]}'")
    without = int(str(source.query(f"SELECT count(*) FROM customers WHERE lower(arm) IN ({NO_ARM})")[0][0]))
    said += [f"{without} rows name no arm: left out"] if without else []
    names = sorted(set(spelt.values()))
    if asked is not None:
        names = _asked_arms(names, asked)
        others = sum(int(str(count)) for label, count in found if spelt[str(label)] not in names)
        said += [f"{others} rows are in arms that were not asked for: left out"] if others else []
    if len(names) > MOST_ARMS:
        raise RegularsError(
            f"arm: the column has {len(names)} arms or more; at most {MOST_ARMS} can be compared (arms=[a,b] chooses)"
        )
    if len(names) < 2:
        raise RegularsError(
            f"arm: the column names {f'one arm only, {names[0]!r}' if names else 'no arm'}; needed: two or more"
        )
    places = ", ".join(f"({quoted(label)}, {names.index(name)})" for label, name in spelt.items() if name in names)
    source.query(f"CREATE TABLE spelt AS SELECT * FROM (VALUES {places}) t(arm, place)")
    source.query("CREATE VIEW known AS SELECT customers.*, place FROM customers JOIN spelt USING (arm)")
    return tuple(names)


def _asked_arms(names: Sequence[str], asked: Sequence[str]) -> list[str]:
    lowered = {name.lower(): name for name in names}
    for arm in asked:
        if arm.strip().lower() not in lowered:
            raise unknown("arms", "arm", arm, names)
    return sorted({lowered[arm.strip().lower()] for arm in asked})


def _twice(source: Source, roles: Roles, said: list[str]) -> None:
    """Customers that stand in several rows are said, not merged: only the user knows how their rows add up."""
    if roles.customer is None:
        return
    repeated, crossed = source.query(
        "SELECT count(*) FILTER (WHERE n > 1), count(*) FILTER (WHERE crossed) FROM "
        "(SELECT count(*) AS n, min(place) <> max(place) AS crossed FROM known WHERE id IS NOT NULL GROUP BY id)"
    )[0]
    if repeated:
        said.append(
            f"{repeated} customers stand in several rows, {crossed} of them in several arms; every row was counted as a "
            "customer of its own, which makes intervals too narrow: add up the rows of each customer first"
        )


def _unreadable(
    source: Source, roles: Roles, used: Sequence[int], rows: int, named: Sequence[str] | None, said: list[str]
) -> set[int]:
    """Counts texts that are no numbers. Columns with too many are refused if named, else left out and returned."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE isinf(v{place})), min(rowid) FILTER (WHERE isinf(v{place}))"
        for place in range(len(used))
    )
    found = source.query(f"SELECT {counts} FROM customers")[0]
    dropped = set()
    for place, at in enumerate(used):
        bad = int(str(found[2 * place]))
        if not bad:
            continue
        row = int(str(found[2 * place + 1]))
        text = source.query(f"SELECT {source.text(at)} FROM ({source.scan}) LIMIT 1 OFFSET {row}")[0][0]
        told = f"{source.names[at]}: {bad} of {rows} values are no numbers, the first is '{text}' in data row {row + 1}"
        if not too_many(bad, rows):
            said.append(f"{told}: taken as missing")
        elif named is None and at in roles.outcomes:
            said.append(f"{told}: the column was left out")
            dropped.add(at)
        else:
            raise RegularsError(f"{told}; needed: numbers")
    return dropped
