"""What studies of many rows share (claims, published facts): which rows are asked for, which keys are theirs, what answers."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sim.errors import RegularsError, unknown

Row = TypeVar("Row")


def chosen(kind: str, rows: Mapping[str, Row], only: Sequence[str]) -> dict[str, Row]:
    """The rows asked for, all if none is named, in the order of the list.

    Raises:
        RegularsError: There is no row of that name; `kind` says what a row is.
    """
    for name in only:
        if name not in rows:
            raise unknown("only", kind, name, rows)
    return {name: row for name, row in rows.items() if not only or name in only}


def refuse(world: Sequence[str], ours: Mapping[str, str]) -> None:
    """Refuses keys of the world that a study sets itself; `ours` says why, by key."""
    for word in world:
        key = word.lstrip("+").partition("=")[0]
        if key.partition(".")[0] in ours:
            raise RegularsError(f"{key}: was given; allowed: not here, {ours[key.partition('.')[0]]}")


def seeds_of(asked: int | Sequence[int]) -> Sequence[int]:
    """The seeds: so many from 0 on, or those named, each once."""
    return range(asked) if isinstance(asked, int) else tuple(dict.fromkeys(asked))


def sources(*folders: Path) -> str:
    """A hash of the code below `folders`, which answers."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
