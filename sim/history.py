"""The state of a shop at day 0, kept on a shelf: runs that differ only in what happens later share one past."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.store import Store

TABLES = ("people", "customers", "next_time", "contacts", "heard", "returns")
MOST_BYTES = 2**30  # a larger past is traded again rather than kept


class Shelf:
    """The cached pasts of one store under one key; None stands for a shop whose past cannot be kept."""

    def __init__(self, store: Store, key: str) -> None:
        self.store, self.key = store, key

    def find(self, shard: int) -> Mapping[str, Any] | None:
        """The state at day 0, if it is there."""
        return self.store.history(self._key(shard))

    def keep(self, shard: int, state: Mapping[str, Any]) -> None:
        """Keeps the state for later runs, unless it is too large."""
        if sum(column.nbytes for column in state.values()) <= MOST_BYTES:
            self.store.keep_history(self._key(shard), state)

    def _key(self, shard: int) -> str:
        return f"{shard:04x}{self.key}"


def state_of(world: Any) -> dict[str, Any]:
    """All that a world at its midnight 0 must know to go on; shops with points have more to tell and keep no past."""
    state = {name: getattr(world, name).rows.view(np.uint8) for name in TABLES}
    ordinary, priority = world.lines
    past = world.books[: -world.origin]
    return state | {"ordinary": ordinary, "priority": priority, "books": past, "level": world.rivals.level}


def restore(world: Any, state: Mapping[str, Any]) -> None:
    """Puts a new world where the kept one stood."""
    for name in TABLES:
        table, raw = getattr(world, name), state[name]
        dtype = table.rows.dtype
        table.extend(len(raw) // dtype.itemsize).view(np.uint8)[:] = raw
    world.lines = (state["ordinary"].copy(), state["priority"].copy())
    world.books[: -world.origin] = state["books"]
    past = -world.origin
    world.rivals.level[:past] = state["level"][:past]
    world.now = 0.0
