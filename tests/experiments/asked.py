"""The command `ab` as its user meets it, in this process."""

import json
from pathlib import Path

import pandas as pd

from experiments import ab

DATA = Path(__file__).parent / "data"
SMALL = DATA / "ab_small.csv"


def answer(folder, file, *options):
    """What `ab.json` says of a file; a data frame is written first."""
    if isinstance(file, pd.DataFrame):
        file, frame = Path(folder) / "customers.csv", file
        frame.to_csv(file, index=False)
    results = Path(folder) / "results"
    before = set(results.glob("ab-*"))
    assert ab.main([f"customers={file}", f"results_dir={results}", *options]) == 0
    (made,) = set(results.glob("ab-*")) - before
    assert {path.name for path in made.iterdir()} == {"ab.json", "report.md", "run.json"}
    return json.loads((made / "ab.json").read_text(encoding="utf-8"), parse_constant=_refuse)


def line(found, treatment, control, method, metric=None, where="pairs"):
    """The one line of a pair, a method and, if several outcomes have it, a metric."""
    (one,) = (
        row
        for row in found[where]
        if (row["treatment"], row["control"], row["method"]) == (treatment, control, method)
        and metric in (None, row["metric"])
    )
    return one


def _refuse(constant):
    raise AssertionError(f"{constant} in ab.json")


ROWS = SMALL.read_text().splitlines()
PLAIN = pd.read_csv(SMALL)
NUMBERS = ("arms", "control", "pairs", "families", "tukey", "srm", "power")
TEXT = "\n".join(ROWS)


def numbers(found):
    return {key: found[key] for key in NUMBERS}


def written(folder, data, name="customers.csv"):
    path = folder / name
    path.write_bytes(data)
    return path
