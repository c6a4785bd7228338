"""All measures of a run, kept beside its summary, so that a comparison of runs made before is quick."""

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from sim.measure import bridge, lift
from sim.measure.curves import contribution_by_day, ladder, retention_curve
from sim.measure.outcomes import DISCOUNT_RATE, outcomes
from sim.measure.records import opened
from sim.measure.survival import index_customers, survival

FILE = "measures.json"
_HERE = Path(__file__).parent


def measures(folder: str | Path, rate: float = DISCOUNT_RATE) -> dict[str, Any]:
    """Every measure of a run that needs no other run: from `measures.json` if it is up to date, else measured and kept.

    Returns:
        `outcomes` (`outcomes.outcomes`), `index_customers`, `survival` and `retention` (by day, lists; None without an index group),
        `accounts` (`bridge.accounts`), `groups` (`lift.groups`), `contribution_by_day` (fen) and `ladder` (by order
        number). Plain JSON values.
        A folder that cannot be written to is measured each time.
    Raises:
        RegularsError: Records are missing or cannot be read.
    """
    place = Path(folder)
    key = _key(place, rate)
    kept = _kept(place / FILE)
    if kept.get("key") == key:
        return dict(kept["measures"])
    with opened(place) as run:
        found = {
            "outcomes": outcomes(run, rate),
            "index_customers": index_customers(run),
            "survival": _listed(survival(run)),
            "retention": _listed(retention_curve(run)),
            "accounts": bridge.accounts(run),
            "groups": lift.groups(run),
            "contribution_by_day": contribution_by_day(run).tolist(),
            "ladder": ladder(run),
        }
    _keep(place, {"key": key, "measures": found})
    return found


def _listed(curve: Any) -> list[float] | None:
    """A curve as JSON knows it; None without an index group."""
    return None if np.isnan(curve).any() else [float(share) for share in curve]


def _key(folder: Path, rate: float) -> str:
    """Of what the measures depend on: the sources here, the rate, and the files of the run by name, length and time."""
    files = [folder / "summary.json", folder / "shoppers.parquet", folder / "daily.parquet"]
    files += sorted((folder / "orders").glob("*.parquet"))
    told = [_sources(), repr(rate)]
    for path in files:
        if path.is_file():
            told.append(f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@cache
def _sources() -> str:
    """Digest of the sources of `sim.measure` and of the accounts they add up."""
    digest = hashlib.sha256()
    for path in [*sorted(_HERE.glob("*.py")), _HERE.parent / "shop" / "money.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _kept(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(folder: Path, told: dict[str, Any]) -> None:
    """Written aside and renamed, so that nobody ever reads half a file."""
    aside = folder / f".{FILE}.{os.getpid()}.{uuid4().hex[:8]}"
    try:
        aside.write_text(json.dumps(told), encoding="utf-8")
        os.replace(aside, folder / FILE)
    except OSError:  # read only, or full: the measures are still good
        aside.unlink(missing_ok=True)
