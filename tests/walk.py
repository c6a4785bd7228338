"""All that can be reached from what a policy is handed, and what of it must not be: the information boundary."""

import types
import warnings
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.people.person import PERSON
from sim.world import World

KNOWN = {"key", "orders", "entry"}  # of a person's columns, those that stand in the customer file too
LATENT = [name for name in PERSON.names or () if name not in KNOWN]
OURS = ("sim", "policies", "tests")


def neighbours(thing: Any) -> Iterator[Any]:
    """All that an object leads to by attributes, items, closures, bound objects and globals of our own modules."""
    if isinstance(thing, np.ndarray):  # its other attributes are views of itself, without end
        yield thing.base
        yield from thing.flat if thing.dtype.hasobject else ()
        return
    if isinstance(thing, dict):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    if isinstance(thing, types.FunctionType):
        yield from (cell.cell_contents for cell in thing.__closure__ or ())
        if str(thing.__module__).partition(".")[0] in OURS:
            yield from (value for name, value in thing.__globals__.items() if name != "sys")
    for name in dir(thing):
        if name not in ("__globals__", "__builtins__", "__abstractmethods__"):
            try:
                with warnings.catch_warnings(action="ignore"):
                    found = getattr(thing, name)
            except Exception:  # some descriptors refuse; what refuses is not reachable
                continue
            yield found


def reachable(start: Any) -> Iterator[Any]:
    """Everything that can be reached from an object, frames excluded; foreign modules are not entered."""
    waiting, known, kept = deque([start]), set(), []
    while waiting:
        thing = waiting.popleft()
        if id(thing) in known or isinstance(thing, types.FrameType):
            continue
        known.add(id(thing))
        kept.append(thing)  # so that no number of an object is given twice
        yield thing
        if isinstance(thing, str | bytes | int | float | complex | np.generic | np.dtype):
            continue
        home = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None)
        ours = str(home).partition(".")[0] in OURS
        if isinstance(thing, types.ModuleType | type) and not ours:
            continue
        if isinstance(thing, types.BuiltinFunctionType | types.WrapperDescriptorType | types.MethodWrapperType):
            waiting.append(thing.__self__ if hasattr(thing, "__self__") else None)
            continue
        waiting += neighbours(thing)


def leaks(handed: Any, world: World) -> list[str]:
    """What can be reached from `handed` and must not: the world, its tables, their memory, or a latent column's values."""
    tables = {name: table for name, table in vars(world).items() if hasattr(table, "rows")}
    memory = {name: table._store for name, table in tables.items()}
    memory |= {name: array for name, array in vars(world).items() if isinstance(array, np.ndarray)}
    people = world.people.rows
    found = []
    for thing in reachable(handed):
        if thing is world or any(thing is table for table in tables.values()):
            return [f"reaches {type(thing).__name__}"]
        if not isinstance(thing, np.ndarray):
            continue
        names = set(thing.dtype.names or ())
        if names & set(LATENT) - {"last_grant"} or names & {"patience", "rival_price"}:
            found.append("a record with latent columns")
        for name, array in memory.items():
            if array.size and np.may_share_memory(thing, array):
                found.append(f"memory of {name}")
        if thing.ndim == 1 and thing.size > 5 and thing.dtype.kind == "f":
            found += [f"values of {name}" for name in LATENT if drawn_from(thing, people[name])]
    return found


def drawn_from(column: Any, latent: Any) -> bool:
    """Are nearly all values of a column found in a latent one, and are they telling (not one and the same)?"""
    telling = latent[np.isfinite(latent)] if latent.dtype.kind == "f" else np.zeros(0)
    values = column[np.isfinite(column)]
    if len(np.unique(telling)) < 10 or len(np.unique(values)) < 5:
        return False
    return bool(np.isin(values, telling).mean() > 0.9)
