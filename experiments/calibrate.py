"""Which population do my own orders show, how sure is that, and how well does it forecast?"""

import hashlib
import json
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from experiments.command import Options, command

ABOUT = """\
Fits a population to an order log (CSV or Parquet: customer, time, value). The log is split in time: fitted on the first
part and judged on the rest, then fitted again on all of it. Says what was read and what looks odd, which parameters the
orders pin down, and which stay assumption. Writes <out>/<name>.yaml, to be used as population=<name>, and
results/calibrate-<key>/ with posterior.parquet, report.md, report.html and plots."""
EXAMPLES = (
    "python -m experiments.calibrate orders=orders.csv name=mine",
    "python -m experiments.calibrate orders=orders.parquet name=mine customer=buyer time=paid_at value=paid split=0.7",
    "python -m experiments.calibrate orders=orders.csv name=mine evidence=tests.yaml   (kind, start, end, lift, low, high, ...)",
    "python -m experiments.calibrate orders=orders.csv name=mine out=mine/population   "
    "(then: python -m sim --config-dir=mine population=mine)",
)


class Calibrate(Options):
    """Keys of the command."""

    orders: str = Field(description="the order log, CSV or Parquet")
    name: str = Field(description="of the population: small letters, digits, _")
    out: str = Field("conf/population", description="folder of the population file")
    customer: str | None = Field(None, description="column of the customer; null: guessed")
    time: str | None = Field(None, description="column of date or time; null: guessed")
    value: str | None = Field(None, description="column of what was paid; null: guessed")
    quantity: str | None = Field(
        None, description="optional column by which value is multiplied: rows are lines of orders; null: guessed"
    )
    list_price: str | None = Field(None, description="optional column, before discounts; null: guessed")
    discount: str | None = Field(None, description="optional column of the amount off; null: guessed")
    coupon: str | None = Field(None, description="optional column, empty or no where none was used; null: guessed")
    category: str | None = Field(None, description="optional column of the category; null: guessed")
    returned: str | None = Field(None, description="optional column, empty or no where kept; null: guessed")
    channel_cost: str | None = Field(None, description="optional column of its amount; null: guessed")
    currency_rate: float = Field(1.0, gt=0, description="yuan per unit of the values")
    cutoff: date | None = Field(None, description="first day to leave out; null: the day after the last order")
    split: float = Field(0.6, ge=0.3, le=0.9, description="share of the days that is fitted, the rest is judged")
    own_share: float = Field(0.4, ge=0.05, le=1, description="share of needs met here, ASSUMED: orders cannot tell it")
    family: Literal["auto", "pausing", "forgetting", "leaving"] = Field(
        "auto", description="mechanisms; auto: by time split"
    )
    wholesalers: Literal["keep", "drop"] = Field("keep", description="customers whose mean order is 20 times the usual")
    evidence: str | None = Field(None, description="YAML or CSV of past price tests, coupon campaigns or mailings")
    draws: int = Field(200, ge=10, le=10_000, description="parameter sets in posterior.parquet")
    seed: int = Field(0, ge=0, description="of the draws")
    results_dir: str = Field("results", description="folder of the answers")


def run(asked: Calibrate) -> int:
    """Answer from the store, or fit; print what was found."""
    from experiments.calibration.page import print_report

    folder, place = answered(asked)
    print_report(json.loads((folder / "calibration.json").read_text(encoding="utf-8")), str(folder), str(place))
    return 0


def answered(asked: Calibrate) -> tuple[Path, Path]:
    """The folder of the results and the population file.

    Raises:
        RegularsError: The log, a column or the name is not as it should be; nothing has been written.
    """
    from experiments.calibration.files import messages_place, place_for, write_messages, write_population
    from sim.keys import file_digest
    from sim.store import Store

    started = time.perf_counter()
    place = place_for(asked.out, asked.name)
    data: Any = file_digest(asked.orders, "orders")
    if asked.evidence:
        data = [data, file_digest(asked.evidence, "evidence")]
    options = asked.model_dump(mode="json", exclude={"orders", "evidence", "results_dir", "out"})
    key = hashlib.sha256(json.dumps([data, options, _sources()], sort_keys=True).encode()).hexdigest()
    store = Store(asked.results_dir)
    folder = store.find("calibrate", key, "summary")
    if folder is None:
        from experiments.calibration.page import write_page
        from experiments.calibration.study import studied

        found, pictures, posterior = studied(asked, date.today())
        about: dict[str, Any] = {"orders": asked.orders, "started": datetime.now(UTC).isoformat(timespec="seconds")}
        about["versions"] = {"python": platform.python_version()} | {name: version(name) for name in ("numpy", "scipy")}
        with store.writing("calibrate", key, "summary", about) as hidden:
            posterior(hidden / "posterior.parquet")
            pictures(hidden)
            text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
            (hidden / "calibration.json").write_text(text + "\n", encoding="utf-8")
            write_page(hidden, found)
            about["seconds"] = round(time.perf_counter() - started, 1)
        folder = store.place("calibrate", key)
    found = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    if "season" in found["population"]:
        found["population"]["season"] = {int(month): factor for month, factor in found["population"]["season"].items()}
    write_population(place, found["population"], found["remarks"])
    if found["messages"] is not None:
        write_messages(messages_place(place), found["messages"])
    return folder, place


def _sources() -> str:
    """A hash of the code that answers, so that an edited formula never gets yesterday's answer."""
    here = Path(__file__).parent
    files = [
        Path(__file__),
        *sorted((here / "calibration").glob("*.py")),
        *sorted((here.parent / "sim/orders").glob("*.py")),
    ]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    return command(Calibrate, ABOUT, EXAMPLES, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
