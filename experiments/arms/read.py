"""Reads the customer file of a test into a table of numbers; what was guessed, dropped or merged is said."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from experiments.arms.cells import PLAIN_TYPE, Reading, looked_at, too_many
from experiments.arms.columns import CONTROL, MOST_ARMS, Roles, find_roles, is_control
from experiments.arms.source import Source, open_source, quoted
from sim.errors import RegularsError, unknown
from sim.orders.columns import plain

NO_ARM = "'', 'na', 'n/a', 'nan', 'null', '#n/a', '<na>'"  # an arm may be called none, unknown or ?


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
        looks, readings = looked_at(source)
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


def control_arm(arms: Sequence[str], asked: str | None) -> tuple[str, str | None]:
    """The arm that the others are held against, and what is said if it was guessed."""
    if asked is not None:
        same = [arm for arm in arms if arm == asked] or [arm for arm in arms if arm.lower() == asked.strip().lower()]
        if not same:
            raise unknown("control", "arm", asked, arms)
        return same[0], None
    words = [*CONTROL, "c"] if {"c", "t"} <= {plain(arm) for arm in arms} else CONTROL
    exact = [arm for word in words for arm in arms if plain(arm) == word]
    part = [arm for arm in arms if is_control(arm)]
    if exact or part:
        return (exact or part)[0], f"control: guessed as {(exact or part)[0]}, by its name"
    return arms[
        0
    ], f"control: no arm is called control; the first by name, {arms[0]}, was taken (control=NAME changes it)"


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
