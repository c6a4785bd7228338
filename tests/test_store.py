"""Runs by key: never yesterday's answer, never half an answer."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim import store as module
from sim.store import Store

KEY = "0123456789abcdef" * 4


def write(store, record="orders", text="whole", key=KEY):
    with store.writing("points", key, record, {"seed": 0}) as folder:
        (folder / "orders").mkdir()
        (folder / "orders" / "0.parquet").write_text(text)
    return store.place("points", key) / "orders" / "0.parquet"


def hidden(folder):
    return [path for path in folder.glob(".*") if path.is_dir()]


def test_a_richer_record_serves_a_poorer_request_and_replaces_a_poorer_run(tmp_path):
    store = Store(tmp_path / "runs")
    assert store.find("points", KEY, "summary") is None
    file = write(store, "summary", "poor")
    assert store.find("points", KEY, "summary") == store.place("points", KEY)
    assert store.find("points", KEY, "shoppers") is None
    assert write(store, "orders", "rich").read_text() == "rich"
    write(store, "shoppers", "late and poorer")
    assert file.read_text() == "rich"
    assert all(store.find("points", KEY, record) for record in module.LEVELS)
    assert store.find("points", KEY[::-1], "summary") is None
    assert not hidden(store.folder)


def test_without_exchange_of_two_folders_a_poorer_run_is_replaced_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(module.ctypes, "CDLL", lambda _: object())
    store = Store(tmp_path)
    write(store, "summary", "poor")
    assert write(store, "orders", "rich").read_text() == "rich"
    assert not hidden(tmp_path)


@pytest.mark.parametrize("damage", [lambda f: f.unlink(), lambda f: f.write_text("who"), lambda f: None])
def test_a_run_that_lost_a_file_is_no_answer(tmp_path, damage):
    store = Store(tmp_path)
    file = write(store)
    damage(file)
    intact = file.exists() and file.read_text() == "whole"
    assert (store.find("points", KEY, "summary") is not None) == intact
    assert write(store).read_text() == "whole"


def test_a_run_that_fails_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.writing("points", KEY, "orders", {}) as folder:
        (folder / "summary.json").write_text("{}")
        raise RuntimeError
    assert store.find("points", KEY, "summary") is None
    assert not hidden(tmp_path) and not store.place("points", KEY).exists()


def test_a_kill_leaves_a_hidden_folder_that_the_next_run_removes_while_the_living_keep_theirs(tmp_path):
    code = """
import sys, time
from sim.store import Store
with Store(sys.argv[1]).writing("points", "0" * 64, "orders", {}) as folder:
    (folder / "summary.json").write_text("{}")
    print("half", flush=True)
    time.sleep(60)
"""
    home = Path(module.__file__).parents[1]
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, cwd=home)
    try:
        assert child.stdout.readline() == b"half\n"
        write(Store(tmp_path))
        assert len(hidden(tmp_path)) == 1  # a living process is at work there
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert Store(tmp_path).find("points", "0" * 64, "summary") is None
    write(Store(tmp_path), key="1" * 64)
    assert not hidden(tmp_path)


def test_folders_of_other_machines_are_left_alone(tmp_path):
    theirs, reused = tmp_path / ".other-host.1.1.abc", tmp_path / f".{module.HOST}.{os.getpid()}.1.abc"
    theirs.mkdir()
    reused.mkdir()  # our process number, but of a process that began at another time
    module.clear_away(tmp_path)
    assert theirs.exists() and not reused.exists()


def race(folder, number):
    records = module.LEVELS
    for turn in range(25):
        write(Store(folder), records[(turn + number) % 3], "whole" * (number + 1), f"{turn:016d}" * 4)


def test_many_processes_at_once_leave_whole_runs_with_the_richest_record(tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=race, args=(tmp_path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        for place in tmp_path.glob("points-*"):
            assert (place / module.MARK).exists()  # what can be seen is whole at any moment
        time.sleep(0.005)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert all(Store(tmp_path).find("points", f"{turn:016d}" * 4, "orders") for turn in range(25))
    assert not hidden(tmp_path)


def test_a_history_comes_back_column_for_column(tmp_path, monkeypatch):
    store, columns = Store(tmp_path), {"key": np.arange(5, dtype=np.uint64), "gap": np.array([0.1, np.nan])}
    assert store.history(KEY) is None
    store.keep_history(KEY, columns)
    store.keep_history(KEY, columns)
    for name, column in store.history(KEY).items():
        np.testing.assert_array_equal(column, columns[name], strict=True)
    assert store.history("f" * 64) is None
    monkeypatch.setattr(module, "HISTORY_BYTES", 0)
    os.utime(tmp_path / ".history" / KEY[:32], (0.0, 0.0))
    store.keep_history("e" * 64, columns)  # the least recently used goes, what is in use stays
    assert store.history(KEY) is None and store.history("e" * 64) is not None
