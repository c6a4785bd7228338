"""The records of a run, opened for questions: DuckDB adds up its Parquet files, only grouped rows come into Python."""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from sim.errors import RegularsError, one_line

MEMORY = "256MB"  # of the store; what does not fit goes to a temporary folder, however many order rows there are
SEGMENTS = ("newcomers", "light", "medium", "heavy")  # the number in the records is the place here
FAULTS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)  # of ours, not of the records

# Integers only, so that the order of rows cannot change a sum. Fen of one order row.
REWARD = "(discount_fen + gift_fen + post_forgone_fen + points_fen)"  # all that the programme gives
SPEND = "(list_fen - discount_fen + shipping_charged_fen - refund_fen + membership_fee_fen)"  # what the customer pays in the end

_BOUGHT = f"""
SELECT shopper, time, order_number, segment, list_fen, contribution_fen, {SPEND} AS spend, {REWARD} AS reward FROM orders
"""

_NEEDED: dict[str, tuple[str, ...]] = {
    "orders": (
        "shopper", "need", "time", "order_number", "segment", "tier", "list_fen", "discount_fen",
        "shipping_charged_fen", "gift_fen", "points_fen", "refund_fen", "membership_fee_fen", "contribution_fen", "post_forgone_fen",
        "ask_fen", "refused", "points_earned", "points_redeemed", "returned", "late_days", "defect", "misfit",
    ),
    "shoppers": (
        "shopper", "segment", "index", "first_order", "needs_alive", "considered", "left_at", "category_end",
        "moved_at", "away_cause", "history_last_order", "history_cycle", "satisfaction", "expectation", "tier",
        "points_available", "points_pending",
    ),
    "daily": (
        "day", "row", "orders", "prospects", "visits", "chats", "contacts", "abandoned", "silent", "wait_seconds", "list_fen",
        "discount_fen", "shipping_charged_fen", "shipping_paid_fen", "goods_fen", "gift_fen", "points_fen", "service_fen", "refund_fen", "membership_fee_fen", "post_forgone_fen", "wages_fen",
        "acquisition_fen", "messages_fen",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RunRecords:
    """One run, open: its summary, and the views `orders`, `shoppers` and `daily` (of a twin: `twin_orders`, ...)."""

    folder: Path
    summary: dict[str, Any]
    db: duckdb.DuckDBPyConnection
    _answers: dict[Any, list[dict[str, Any]]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def days(self) -> int:
        """Length of the run."""
        return int(self.summary["days"])

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a grouped question, by column name; `values` fill its `$name` places. The same is asked once only."""
        asked = (sql, tuple(sorted(values.items())))
        if asked not in self._answers:
            found = self.db.execute(sql, values) if values else self.db.execute(sql)
            names = [column[0] for column in found.description or []]
            self._answers[asked] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return self._answers[asked]

    def table(self, name: str, sql: str) -> None:
        """Makes a temporary table of what several questions read, once."""
        self.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def bought(self) -> str:
        """The name of a table of the order rows with `spend` and `reward`, fen, for all that go through them again."""
        self.table("bought", _BOUGHT)
        return "bought"


Run = str | Path | RunRecords


@contextmanager
def opened(folder: Run, twin: str | Path | None = None) -> Iterator[RunRecords]:
    """The records of a run, and of its twin if one is named, for as long as the block lasts.

    Args:
        folder: Of a run with `record=orders`; a run that is open already stays so.
        twin: Of another run.
    Raises:
        RegularsError: A file or column is missing, or cannot be read.
    """
    if isinstance(folder, RunRecords):
        yield folder
        return
    place = Path(folder)
    with _store() as db, readable(place):
        _name_views(db, place, "")
        if twin is not None:
            _name_views(db, Path(twin), "twin_")
        yield RunRecords(place, read_summary(place), db)


def beside(run: RunRecords, folder: str | Path) -> RunRecords:
    """Another run in the store of one that is open: its orders and shoppers as `other_orders` and `other_shoppers`."""
    place = Path(folder)
    with readable(place):
        _name_views(run.db, place, "other_", ("orders", "shoppers"))
    return RunRecords(place, read_summary(place), run.db)


@contextmanager
def readable(place: Path) -> Iterator[None]:
    """A block that asks the records of a run: what the store cannot read is told in one line."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, FAULTS):
            raise
        raise RegularsError(f"{place}: the records cannot be read: {one_line(error)}") from None


@contextmanager
def _store() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a store that nobody else uses now; views and tables made temporary go with it.

    A new store takes longer than many a question, so one that neither failed nor spilled is kept for the next.
    """
    with tempfile.TemporaryDirectory(prefix="regulars-") as spare, ExitStack() as broken:
        try:
            store = _idle.pop()
        except IndexError:
            limits: dict[str, Any] = {"threads": 1, "memory_limit": MEMORY, "preserve_insertion_order": False}
            store = duckdb.connect(config=limits)
        broken.callback(store.close)
        store.execute("SET temp_directory = '" + spare.replace("'", "''") + "'")
        with store.cursor() as db:
            yield db
        if not os.listdir(spare):  # a store that spilled into this folder can use no other
            broken.pop_all()
            _idle.append(store)


_idle: list[duckdb.DuckDBPyConnection] = []
os.register_at_fork(after_in_child=_idle.clear)


def read_summary(folder: Path) -> dict[str, Any]:
    """`summary.json` of a run.

    Raises:
        RegularsError: There is none, or it is no JSON object.
    """
    path = folder / "summary.json"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RegularsError(f"{path}: cannot be read ({one_line(error)}); give the folder of a finished run") from None
    if not isinstance(summary, dict):
        raise RegularsError(f"{path}: holds no figures of a run; give the folder of a finished run")
    return summary


def _name_views(
    db: duckdb.DuckDBPyConnection, folder: Path, prefix: str, views: Sequence[str] = tuple(_NEEDED)
) -> None:
    for view in views:
        name = "orders" if view == "orders" else f"{view}.parquet"
        paths = sorted((folder / name).glob("*.parquet")) if view == "orders" else [folder / name]
        if not paths or not all(path.is_file() for path in paths):
            raise RegularsError(f"{folder}: there is no {name}; measures need a run with record=orders")
        found = db.from_parquet([str(path) for path in paths])
        for column in _NEEDED[view]:
            if column not in found.columns:
                raise RegularsError(
                    f"{folder / name}: there is no column {column}; the run is of an older version, run it again"
                )
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        db.execute(f"CREATE OR REPLACE TEMP VIEW {prefix}{view} AS FROM read_parquet([{listed}])")
