"""Runs by key: the same question is never computed twice, and what is not whole is never taken for an answer.

A run is written into a hidden folder beside its place and renamed when whole. A kill leaves at most such a hidden
folder, which the next run on the same machine removes.
"""

import ctypes
import errno
import fcntl
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from numpy.typing import NDArray

LEVELS = ("summary", "shoppers", "orders")  # of record, poor to rich
MARK = "run.json"  # written last; says what the folder holds
HISTORY_BYTES = 4 * 2**30  # that the cached histories may fill; the least recently used go first
HIDDEN = re.compile(r"\.(?P<host>[\w-]+)\.(?P<pid>\d+)\.(?P<start>\d+)\.[0-9a-f]+")
HOST = re.sub(r"[^\w-]", "-", socket.gethostname()) or "host"


class Store:
    """The folder `runs/` of a user: `<policy>-<key>/` for each run, `.history/<key>/` for each cached history."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def find(self, policy: str, key: str, record: str) -> Path | None:
        """The run of a key, if it is there, whole, and holds at least what is asked for.

        Args:
            policy: Name of the policy.
            key: From `sim.keys.run_key`.
            record: One of `LEVELS`.
        """
        place = self.place(policy, key)
        mark = _mark(place)
        whole = (
            mark.get("key") == key and mark.get("record") in LEVELS[LEVELS.index(record) :] and _complete(place, mark)
        )
        return place if whole else None

    def place(self, policy: str, key: str) -> Path:
        """Where the run of a key lies or will lie."""
        return self.folder / f"{policy}-{key[:16]}"

    @contextmanager
    def writing(self, policy: str, key: str, record: str, about: dict[str, Any]) -> Iterator[Path]:
        """A hidden folder to write a run into; it takes its place when the block ends without an error.

        Args:
            policy, key, record: As for `find`.
            about: Goes into `run.json` as it stands when the block ends, so that the block may add to it.
        """
        place = self.place(policy, key)
        with _hidden(self.folder) as folder:
            yield folder
            files = {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}
            mark = {"key": key, "record": record} | about | {"files": files}
            (folder / MARK).write_text(json.dumps(mark, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            _to_disk(folder)
            with _lock(self.folder):
                if self.find(policy, key, record) is None:  # else another process was first, with at least as much
                    _swap(folder, place)
            _sync(self.folder)

    def history(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The columns of a cached history, or None."""
        import numpy as np

        place = self.folder / ".history" / key[:32]
        try:
            os.utime(place)
            with np.load(place / "columns.npz", allow_pickle=False) as columns:
                return {name: columns[name] for name in columns.files}
        except (OSError, ValueError, EOFError):  # not there, or being cleared away
            return None

    def keep_history(self, key: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Cache the columns of a history; the first process to write a key wins, all write the same."""
        import numpy as np

        shelf = self.folder / ".history"
        with _hidden(shelf) as folder:
            np.savez(folder / "columns.npz", allow_pickle=False, **dict(columns))
            _to_disk(folder)
            try:
                os.rename(folder, shelf / key[:32])
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        _trim(shelf)


def clear_away(folder: Path) -> None:
    """Remove the hidden folders that dead processes of this machine have left in a folder."""
    for left in folder.glob(".*"):
        name = HIDDEN.fullmatch(left.name)
        if name and name["host"] == HOST and _started(int(name["pid"])) != name["start"]:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """A hidden folder of this process, removed afterwards unless it has been renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    clear_away(folder)
    hidden = folder / f".{HOST}.{os.getpid()}.{_started(os.getpid())}.{uuid4().hex[:8]}"
    hidden.mkdir()
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _mark(place: Path) -> dict[str, Any]:
    try:
        mark = json.loads((place / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark if isinstance(mark, dict) else {}


def _complete(place: Path, mark: Mapping[str, Any]) -> bool:
    """Whether every file that the run wrote is still there in its length."""
    try:
        return all((place / name).stat().st_size == size for name, size in mark.get("files", {}).items())
    except OSError:
        return False


def _started(pid: int) -> str:
    """When a process began, in ticks since boot; "" if there is none, "0" where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "0"


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One process at a time; the system lets go of the lock when its holder dies."""
    with open(folder / ".lock", "w") as file:
        with suppress(OSError):  # a file system without locks: renames alone must do
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _swap(folder: Path, place: Path) -> None:
    """Put a folder in its place in one step; what stood there is left under the hidden name."""
    if not place.exists():
        return os.rename(folder, place)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of Linux
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None or rename(here, os.fsencode(folder), here, os.fsencode(place), exchange) != 0:
        old = folder.with_name(folder.name + "0")  # elsewhere two steps: a kill in between leaves no run at all
        os.rename(place, old)
        os.rename(folder, place)
        shutil.rmtree(old, ignore_errors=True)
    return None


def _to_disk(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _trim(shelf: Path) -> None:
    """Drop the least recently used histories until the rest fits."""
    sizes: dict[Path, tuple[float, int]] = {}
    for columns in shelf.glob("*/columns.npz"):
        try:
            sizes[columns.parent] = (columns.parent.stat().st_mtime, columns.stat().st_size)
        except OSError:  # another process was quicker
            continue
    room = HISTORY_BYTES
    for place, (used, size) in sorted(sizes.items(), key=lambda item: -item[1][0]):
        room -= size
        if room < 0 and time.time() - used > 60:
            shutil.rmtree(place, ignore_errors=True)
