"""Columns: tables of records that grow, and records of constants that compiled formulas and Python originals both read."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]
LINE = 64  # bytes of a cache line


def in_lines(fields: list[tuple[str, str]]) -> np.dtype[Any]:
    """A record type that fills whole cache lines, so that each record of a `Table` begins one."""
    room: Any = np.dtype(fields, align=True)
    placed: Any = {
        "names": room.names,
        "formats": [room.fields[name][0] for name in room.names],
        "offsets": [room.fields[name][1] for name in room.names],
        "itemsize": -(-room.itemsize // LINE) * LINE,
    }
    return np.dtype(placed, align=True)


class Table:
    """A growing table. One record holds all columns of a row side by side, so that a row costs one trip to memory.

    `rows` is a view of the rows in use; it is a new view after `extend`.
    """

    def __init__(self, dtype: np.dtype[Any], size: int = 0, room: int = 16) -> None:
        self._store: Records = blank(max(size, room), dtype)  # costs memory only where it is written
        self._written = 0  # rows that were ever in use; all after them are blank
        self.rows: Records = self._store[:size]

    def extend(self, more: int) -> Records:
        """Adds `more` zeroed rows at the end and returns them."""
        used, written = len(self.rows), self._written
        fresh = self.reserve(more)
        if used < written:
            as_bytes(fresh[: written - used]).fill(0)
        return fresh

    def reserve(self, more: int) -> Records:
        """Adds `more` rows of any content at the end, for who writes every field, and returns them."""
        used = len(self.rows)
        if used + more > len(self._store):  # the spare half takes no memory until it is written
            store = blank(max(used + more, 2 * len(self._store) + 1024), self._store.dtype)
            as_bytes(store[:used])[:] = as_bytes(self.rows)
            self._store, self._written = store, used
        self._written = max(self._written, used + more)
        self.rows = self._store[: used + more]
        return self.rows[used:]

    def __deepcopy__(self, memo: dict[int, Any]) -> "Table":
        """A table of its own. NumPy would copy store and rows apart, and what is written to the rows would be lost."""
        other = Table(self._store.dtype, 0, len(self._store))
        as_bytes(other.reserve(len(self.rows)))[:] = as_bytes(self.rows)
        return other

    def truncate(self, size: int) -> None:
        """Forgets all rows from `size` on."""
        self.rows = self._store[:size]


def as_bytes(records: Records) -> NDArray[np.uint8]:
    """The same records as bytes, shape (n, itemsize); field by field, a copy would be many times slower."""
    return records.view(np.uint8).reshape(len(records), records.dtype.itemsize)


def blank(size: int, dtype: np.dtype[Any]) -> Records:
    """Zeroed records, shape (size,), the first at the beginning of a cache line."""
    raw = np.zeros(size * dtype.itemsize + LINE, np.uint8)
    skipped = -raw.ctypes.data % LINE
    return raw[skipped : skipped + size * dtype.itemsize].view(dtype)


def copied(records: Records) -> Records:
    """A copy, moved as raw bytes."""
    other = blank(len(records), records.dtype)
    as_bytes(other)[:] = as_bytes(records)
    return other


def chosen(records: Records, names: tuple[str, ...]) -> Records:
    """A copy of some columns."""
    other: Records = np.empty(len(records), [(name, records.dtype[name]) for name in names])
    for name in names:
        other[name] = records[name]
    return other


def joined(first: Records, second: Records) -> Records:
    """Both, one after the other, moved as raw bytes."""
    return np.concatenate([as_bytes(first), as_bytes(second)]).reshape(-1).view(first.dtype)


def take(records: Records, rows: NDArray[np.int64]) -> Records:
    """Copies of the records at `rows`, moved as raw bytes: field by field would be many times slower."""
    raw = np.dtype((np.void, records.dtype.itemsize))
    return records.view(raw)[rows].view(records.dtype)


def constants(values: dict[str, Any]) -> Records:
    """One record of named constants, shape (1,): floats, whole numbers, flags, or lists of floats."""
    fields: list[Any] = []
    for name, value in values.items():
        if isinstance(value, bool):
            fields.append((name, "?"))
        elif isinstance(value, (int, np.integer)):
            fields.append((name, "i8"))
        elif isinstance(value, (list, tuple, np.ndarray)):
            fields.append((name, "f8", np.shape(value)))
        else:
            fields.append((name, "f8"))
    record = np.zeros(1, np.dtype(fields, align=True))
    for name, value in values.items():
        record[name] = value
    return record


def plain(record: Any) -> SimpleNamespace:
    """The same record as plain Python numbers and lists, for the Python originals of the formulas."""
    names = record.dtype.names
    return SimpleNamespace(**{name: record[name].tolist() for name in names})
