"""What a run leaves on disk: order rows, shoppers and daily books as Parquet, written by DuckDB from NumPy columns."""

import shutil
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.columns import Records
from sim.contract import CLASSES
from sim.shop.money import BOOKS, ORDER

PART_ROWS = 250_000
_LEFT_OUT = ("row", "list_class_fen", "goods_back_fen")


@cache
def _database() -> Any:
    """One for the process: to open it takes longer than to write a small file."""
    return duckdb.connect(config={"threads": 1})


def write_parquet(columns: dict[str, Any], path: Path) -> None:
    """One Parquet file from columns of equal length."""
    with _database().cursor() as db:
        db.register("columns", columns)
        db.execute(
            f"COPY (SELECT * FROM columns) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchall()


def as_dates(days: Any, start: date) -> Any:
    """Calendar dates of whole days since `start`, as datetime64[us]."""
    return (np.datetime64(start) + np.floor(days).astype("timedelta64[D]")).astype("datetime64[us]")


class OrderParts:
    """Collects order rows and writes them in parts, in order of time and shopper."""

    def __init__(self, folder: Path, start: date, shard: int = 0) -> None:
        self.folder, self.start, self.shard = folder, start, shard
        self._rows: list[Records] = []
        self._count = self._parts = 0

    def take(self, orders: Records) -> None:
        """Keeps the orders of a tick."""
        self._rows.append(orders)
        self._count += len(orders)
        if self._count >= PART_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what is kept as the next part."""
        if not self._rows and self._parts:
            return
        rows = np.concatenate(self._rows) if self._rows else np.zeros(0, ORDER)
        columns = {name: rows[name].copy() for name in rows.dtype.names or () if name not in _LEFT_OUT}
        for k, name in enumerate(CLASSES):
            columns[f"list_{name}_fen"] = rows["list_class_fen"][:, k].copy()
        columns["date"] = as_dates(rows["time"], self.start)
        write_parquet(columns, self.folder / f"part-{self.shard:03d}-{self._parts:05d}.parquet")
        self._rows, self._count, self._parts = [], 0, self._parts + 1


def join_orders(folder: Path, shards: int) -> None:
    """Parts of several shards become parts in one order of time and shopper, in bounded memory."""
    if shards == 1:
        return
    old = sorted(folder.glob("part-*.parquet"))
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB", "temp_directory": str(folder / ".sort")}) as db:
        rows = f"SELECT * FROM read_parquet({[str(path) for path in old]})"
        target = str(folder / "part-000-00000.joined").replace("'", "''")
        db.execute(f"COPY ({rows} ORDER BY time, shopper) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
    for path in old:
        path.unlink()
    (folder / "part-000-00000.joined").rename(folder / "part-000-00000.parquet")
    shutil.rmtree(folder / ".sort", ignore_errors=True)


def write_shoppers(people: Records, customers: Records, path: Path) -> None:
    """Traits, final state and cause of leaving of everybody in the customer file; latent columns are for researchers."""
    known = customers["orders"] > 0
    columns = {name: people[name][known] for name in people.dtype.names or ()}
    for name in customers.dtype.names or ():
        if name not in ("year_fen", "year_orders", "first_lot", "last_lot", "key", "orders"):
            columns[name] = customers[name][known]
    columns["shopper"] = columns.pop("key")
    write_parquet(columns, path)


def write_touches(messages: Records, waves: Records, terms: Any, path: Path) -> None:
    """Every message of a campaign, sent or held out; `regained` and `woken` are latent, for researchers."""
    channels, campaigns, names, kinds = (
        np.array([text[0] if name is None else getattr(text[1], name) for text in terms], dtype=object)
        for name in ("channel", None, "wave", "kind")
    )
    wave = messages["wave"]
    told = {"campaign": campaigns, "wave": names, "channel": channels, "kind": kinds}
    columns: dict[str, Any] = {"time": messages["time"].copy(), "shopper": messages["key"].copy()}
    columns |= {name: texts[wave].astype(str) if len(texts) else np.zeros(0, "U1") for name, texts in told.items()}
    columns |= {name: messages[name].copy() for name in ("segment", "holdout", "opened")}
    columns["open_time"] = np.where(messages["opened"], messages["open_time"], np.nan)
    columns |= {name: waves[name][wave].copy() for name in ("coupon_share", "coupon_yuan")}
    columns |= {
        name: messages[name].copy()
        for name in (
            "orders", "spend_fen", "last_order", "mean_gap", "used", "times_used", "unsubscribed", "regained", "woken", "next_order", "orders_90", "contribution_90_fen",
        )
    }  # fmt: skip
    write_parquet(columns, path)


def write_daily(table: Any, start: date, path: Path) -> None:
    """Each amount on its own day; the last row, `after_end`, holds what orders of the run still bring after it."""
    days = len(table) - 1
    columns: dict[str, Any] = {"day": np.arange(days + 1), "date": as_dates(np.arange(days + 1.0), start)}
    columns["row"] = np.array(["day"] * days + ["after_end"])
    columns |= {name: table[:, i].copy() for i, name in enumerate(BOOKS)}
    write_parquet(columns, path)
