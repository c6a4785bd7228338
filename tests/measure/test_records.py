"""Opening records: what is missing or broken is said in one line, and memory does not grow with the order rows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sim.errors import RegularsError
from sim.measure.bridge import accounts
from sim.measure.outcomes import outcomes
from tests.measure.handmade import ORDER, leave, order

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return leave(tmp_path / "an odd 'name'", [{}], [order(0, 20.0)])


def test_odd_names_are_read(folder: Path) -> None:
    assert outcomes(folder)["orders"] == 1


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("orders", "there is no orders; measures need a run with record=orders"),
        ("shoppers.parquet", "there is no shoppers.parquet; measures need"),
        ("summary.json", "summary.json: cannot be read .* give the folder of a finished run"),
    ],
)
def test_missing_records(folder: Path, lost: str, said: str) -> None:
    shutil.rmtree(folder / lost) if (folder / lost).is_dir() else (folder / lost).unlink()
    with pytest.raises(RegularsError, match=said) as error:
        outcomes(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_summary_that_is_none(folder: Path, text: str) -> None:
    (folder / "summary.json").write_text(text, encoding="utf-8")
    with pytest.raises(RegularsError, match="give the folder of a finished run"):
        accounts(folder)


@pytest.mark.parametrize("keep", [0, 40, 0.5])
def test_a_torn_file(folder: Path, keep: float) -> None:
    """Of no byte, of the first 40, of the first half."""
    part = folder / "orders" / "part-00000.parquet"
    data = part.read_bytes()
    part.write_bytes(data[: int(keep * len(data)) if keep < 1 else int(keep)])
    with pytest.raises(RegularsError, match="the records cannot be read") as error:
        outcomes(folder)
    assert "\n" not in str(error.value)


def test_a_page_of_nonsense(folder: Path) -> None:
    """The frame of the file is whole, its content is not."""
    part = folder / "orders" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[4:400] = bytes(396)
    part.write_bytes(bytes(data))
    with pytest.raises(RegularsError, match="the records cannot be read"):
        outcomes(folder)


def test_an_older_version(folder: Path) -> None:
    path = folder / "shoppers.parquet"
    with duckdb.connect() as db:
        db.execute("CREATE TABLE t AS SELECT * EXCLUDE history_cycle FROM read_parquet(?)", [str(path)])
        db.execute("COPY t TO '" + str(path).replace("'", "''") + "' (FORMAT parquet)")
    with pytest.raises(RegularsError, match=r"there is no column history_cycle; .* run it again"):
        outcomes(folder)


PEAK = """
import re, sys
import sim.measure.records as records
records.MEMORY = "48MB"
from sim.measure import curves, lift, outcomes, subsidy, survival
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
run, twin, faulty = sys.argv[1], sys.argv[2], sys.argv[3] == "fault"
before = peak()
outcomes.outcomes(run), survival.survival(run), curves.retention_curve(run), lift.groups(run)
subsidy.subsidised(run, twin)
if faulty:
    with records.opened(run) as opened:
        rows = opened.rows("SELECT shopper, time, contribution_fen FROM orders")
print(peak() - before)
"""


def many(folder: Path, rows: int, shift: int) -> Path:
    """A run of 500 customers and as many orders as asked for, on needs that a twin of another shift half shares."""
    leave(folder, [{"shopper": i} for i in range(500)], [])
    (folder / "orders" / "part-00000.parquet").unlink()
    blank = {name: f"{value!r} AS {name}" for name, value in ORDER.items()}
    blank |= {
        "shopper": "CAST(i % 500 AS BIGINT) AS shopper",
        "need": f"CAST(i // 500 * 2 + hash(i + {shift}) % 2 AS BIGINT) AS need",
        "time": f"i * 400.0 / {rows} AS time",
    }  # fmt: skip
    with duckdb.connect(config={"threads": 1}) as db:
        out = folder / "orders" / "part-00000.parquet"
        db.execute(f"COPY (SELECT {', '.join(blank.values())} FROM range({rows}) t(i)) TO '{out}' (FORMAT parquet)")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from Linux")
@pytest.mark.parametrize("faulty", ["as it is", "fault"])
def test_memory_does_not_grow_with_the_orders(tmp_path: Path, faulty: str) -> None:
    """Ten times the orders take no more than what the store may use in any case; all rows in Python would take more."""
    grown = []
    for rows in (100_000, 1_000_000):
        run, twin = (many(tmp_path / f"{rows}-{shift}", rows, shift) for shift in (0, 1))
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        told = subprocess.run(
            [sys.executable, "-c", PEAK, run, twin, faulty], env=environment, capture_output=True, text=True, check=True
        )
        grown.append(float(told.stdout))
    print(grown, "MB")
    assert (grown[1] - grown[0] < 100) == (faulty == "as it is")
