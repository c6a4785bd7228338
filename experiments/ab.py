"""Which arm of a real test is better, by how much, and how sure? From a customer file."""

import hashlib
import json
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from experiments.command import Options, command

ABOUT = """\
Compares the arms of a real test, from a file with one row per customer (CSV or Parquet).
Every pair of arms: Welch, CUPED, Newcombe for yes/no outcomes, log-rank and Cox for the time to an event;
with Holm, Tukey, a check of the sample ratio, the power reached and the size that would have been needed.
Columns that are not named are guessed, and what was guessed is said. Writes results/ab-<key>/."""
EXAMPLES = (
    "python -m experiments.ab customers=test.csv",
    "python -m experiments.ab customers=test.parquet arm=variant control=A outcomes=[spend,orders] covariate=pre_spend",
    "python -m experiments.ab customers=test.csv time=days_to_lapse event=lapsed shares.control=1 shares.points=9",
)


def _names(given: Any) -> Any:
    """`a,b` for `[a,b]`."""
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]


class Ab(Options):
    """Keys of the command."""

    customers: str = Field(description="the file, CSV or Parquet")
    arm: str | None = Field(None, description="column of the arm; null: guessed")
    outcomes: Names | None = Field(None, description="columns to compare; null: every other column of numbers")
    covariate: str | None = Field(
        None, description="column from before the test, for CUPED; null: guessed, none: without"
    )
    time: str | None = Field(
        None, description="column of the time to the event or the end; null: guessed, none: without"
    )
    event: str | None = Field(None, description="column with 1 for an event at that time, 0 for none; null: guessed")
    customer: str | None = Field(None, description="column of the customer's id, to find repeated rows; null: guessed")
    arms: Names | None = Field(None, description="arms to compare; null: all")
    control: str | None = Field(None, description="the arm that others are held against; null: guessed")
    shares: dict[str, Positive] | None = Field(None, description="meant sizes by arm, any unit; null: equal")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="two-sided error rate; intervals hold 1 - alpha")
    power: float = Field(0.8, gt=0.5, lt=1, description="power that a test should have")
    effect: dict[str, float] | None = Field(
        None, description="difference worth finding, by outcome; null: the observed"
    )
    plan_customers: int = Field(20_000, ge=2, description="customers per arm of a next test: what would it find?")
    plan_effect_sd: float = Field(0.05, gt=0, le=5, description="difference in sd for a next test: how many customers?")
    plan_change: float = Field(0.02, gt=0, lt=1, description="change of a yes/no outcome: how many customers?")
    results_dir: str = Field("results", description="folder of the answers")


def run(asked: Ab) -> int:
    """Answer a question from the store, or by reading the file; print the tables."""
    from experiments.arms.report import print_report

    folder = answered(asked)
    print_report(json.loads((folder / "ab.json").read_text(encoding="utf-8")), str(folder))
    return 0


def answered(asked: Ab) -> Path:
    """The folder that holds `ab.json`, `report.md` and `run.json` of a question.

    Raises:
        RegularsError: The file, a column or an arm is not as it should be; nothing has been written.
    """
    from sim.keys import file_digest
    from sim.store import Store

    started = time.perf_counter()
    data = file_digest(asked.customers, "customers")
    options = asked.model_dump(mode="json", exclude={"customers", "results_dir"})
    told = json.dumps([data, options, _sources()], sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(told.encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("ab", key, "summary")) is not None:
        return folder
    found = {"data": {"sha256": data}, "options": options} | _found(asked)
    about = {"customers": asked.customers, "started": datetime.now(UTC).isoformat(timespec="seconds")} | _versions()
    with store.writing("ab", key, "summary", about) as hidden:
        _write(hidden, found)
        about["seconds"] = round(time.perf_counter() - started, 3)
    return store.place("ab", key)


def _found(asked: Ab) -> dict[str, Any]:
    """The file read and analysed."""
    from experiments.arms.analysis import Question, analysed
    from experiments.arms.power import Wanted
    from experiments.arms.read import read_customers

    given = {key: getattr(asked, key) for key in ("arm", "customer", "covariate", "time", "event")}
    wanted = Wanted(asked.alpha, asked.power)
    question = Question(
        asked.control, asked.shares, asked.effect, wanted, asked.plan_customers, asked.plan_effect_sd, asked.plan_change
    )
    with read_customers(Path(asked.customers), given, asked.outcomes, asked.arms) as customers:
        columns = {
            "arm": customers.arm_column,
            "customer": customers.customer,
            "outcomes": list(customers.outcomes),
            "covariate": dict(customers.covariates),
            "time": customers.time,
            "event": customers.event,
        }
        return {"rows": customers.rows, "columns": columns} | analysed(customers, question)


def _write(folder: Path, found: dict[str, Any]) -> None:
    from experiments.arms.report import markdown

    text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "ab.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(found), encoding="utf-8")


def _sources() -> str:
    """A hash of the code that answers, so that an edited formula never gets yesterday's answer."""
    here = Path(__file__).parent
    files = [Path(__file__), *sorted((here / "arms").glob("*.py"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def _versions() -> dict[str, Any]:
    names = ("numpy", "scipy", "statsmodels", "duckdb")
    return {"versions": {"python": platform.python_version()} | {name: version(name) for name in names}}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    return command(Ab, ABOUT, EXAMPLES, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
