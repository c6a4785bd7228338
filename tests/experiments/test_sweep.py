"""Sweeps: nothing is lost, nothing is done twice, and the answer is the same, whoever is killed and wherever it is run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import compare as command
from experiments.sweep import ATTEMPTS, Machine, Outcome, sweep
from sim.errors import RegularsError
from sim.loading import HOME
from tests.experiments import works
from tests.experiments.conftest import TINY, latest

SQUARES = [Outcome(number**2) for number in range(6)]


def configs(folder, **more):
    return [{"number": number, "folder": str(folder)} | more for number in range(6)]


def begun(folder):
    """How often each number was begun."""
    return {int(path.stem): len(path.read_text().splitlines()) for path in Path(folder).glob("*.begun")}


def workers_of(folder):
    """Process ids that did work."""
    return {int(line) for path in Path(folder).glob("*.begun") for line in path.read_text().splitlines()}


def test_outcomes_come_in_the_order_of_the_configs_and_are_counted(tmp_path, capsys):
    seen = []
    assert sweep(configs(tmp_path), works.square, Machine(2), seen.append) == SQUARES
    assert sorted(seen) == list(range(6)) and set(begun(tmp_path).values()) == {1}
    assert os.getpid() not in workers_of(tmp_path)
    assert sweep([], works.square, Machine(2)) == []
    assert capsys.readouterr().err == "all squares\n"  # what all six say is said once


def test_held_workers_serve_all_sweeps_of_a_block_and_end_with_it(tmp_path):
    """Start-up is paid once per worker: as many processes as workers, however many sweeps."""
    machine = Machine(2)
    with machine.held():
        for part in ("one", "two", "three"):
            (tmp_path / part).mkdir()
            assert sweep(configs(tmp_path / part), works.square, machine) == SQUARES
    used = set().union(*(workers_of(tmp_path / part) for part in ("one", "two", "three")))
    assert len(used) <= 2 and not any(alive(pid) for pid in used)


def test_a_killed_worker_costs_nothing_but_time(tmp_path):
    machine = Machine(2)
    with machine.held():
        assert sweep(configs(tmp_path), works.killed_once, machine) == SQUARES
        assert begun(tmp_path) == dict.fromkeys(range(6), 1) | {2: 2}  # its neighbour went on
        assert sweep(configs(tmp_path), works.square, machine) == SQUARES  # the block has got new workers


def test_a_run_that_kills_its_worker_every_time_is_named_and_sinks_no_other(tmp_path):
    told = sweep(configs(tmp_path), works.killed_always, Machine(2))
    died = told.pop(2)
    assert died.answer is None and died.error == "its worker process died 3 times (out of memory?)"
    assert told == SQUARES[:2] + SQUARES[3:] and begun(tmp_path)[2] == ATTEMPTS


def test_an_error_comes_back_as_one_line(tmp_path):
    told = sweep(configs(tmp_path), works.fails, Machine(2))
    assert told.pop(2) == Outcome(error="ZeroDivisionError: nothing to divide by")
    assert told == SQUARES[:2] + SQUARES[3:]


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def children(pid):
    """Descendants of a process."""
    try:
        mine = {
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        }
    except OSError:
        return set()
    return mine.union(*(children(child) for child in mine))


def until(true, seconds=60.0):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


WORDS = ["policies=[none,points]", "seeds=5", "workers=2", "figures=false", *TINY]


def started(folder, *more):
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    line = [sys.executable, "-m", "experiments.compare", *WORDS, *more]
    return subprocess.Popen(
        line, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def whole(folder):
    """Runs that are whole, with the time at which they became so."""
    return {path.parent.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/run.json")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The answer of a sweep to which nothing happened, by the local pool."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert command.main([*WORDS, f"runs_dir={folder / 'runs'}", f"results_dir={folder / 'results'}"]) == 0
    return (latest(folder / "results") / "comparison.json").read_bytes()


def test_killed_in_the_middle_the_same_command_goes_on(tmp_path, undisturbed):
    """The parent is killed: its workers end by themselves, whole runs are kept, the rest is run, the answer is the same.

    In the second attempt a worker is killed as well.
    """
    parent = started(tmp_path)
    until(lambda: len(whole(tmp_path)) >= 2)
    workers = children(parent.pid)
    parent.kill()
    parent.wait()
    until(lambda: not any(map(alive, workers)))
    before = whole(tmp_path)
    assert 2 <= len(before) < 10 and len(workers) >= 2
    again = started(tmp_path)
    until(lambda: len(whole(tmp_path)) > len(before))
    for worker in children(again.pid):
        line = Path(f"/proc/{worker}/cmdline").read_bytes() if alive(worker) else b""
        if b"spawn_main" in line:
            os.kill(worker, signal.SIGKILL)
            break
    _, err = again.communicate()
    assert again.returncode == 0, err
    after = whole(tmp_path)
    assert len(after) == 10 and before.items() <= after.items()
    assert not list((tmp_path / "runs").glob(".*/run.json"))
    folder = latest(tmp_path / "results")
    assert (folder / "comparison.json").read_bytes() == undisturbed
    assert json.loads((folder / "run.json").read_text())["reused_runs"] >= len(before)


def test_ctrl_c_ends_workers_without_a_word(tmp_path):
    parent = started(tmp_path)
    until(lambda: len(whole(tmp_path)) >= 1)
    workers = children(parent.pid)
    for process in (*workers, parent.pid):  # as a terminal does
        if alive(process):
            os.kill(process, signal.SIGINT)
    _, err = parent.communicate()
    assert parent.returncode == 130 and "Traceback" not in err
    assert err.splitlines()[-1] == "Stopped. Nothing half-written is left; the same command starts again."
    until(lambda: not any(map(alive, workers)))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask cluster of two workers of this machine, standing in a folder of its own."""
    distributed = pytest.importorskip("distributed")
    here = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    try:
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=40
        ) as made:
            os.chdir(here)
            yield made
    finally:
        os.chdir(here)


def test_a_dask_cluster_gives_the_answer_of_the_local_pool(here, cluster, undisturbed):
    """By its address; its workers stand in another folder, and relative folders are still those of the command."""
    words = ["executor=dask", f"scheduler={cluster.scheduler_address}"]
    assert command.main([*WORDS, *words]) == 0
    assert (latest() / "comparison.json").read_bytes() == undisturbed
    assert len(whole(here)) == 10


def test_a_cluster_is_started_where_no_scheduler_is_named(tmp_path):
    machine = Machine(2, "dask")
    with machine.held():
        assert sweep(configs(tmp_path), works.square, machine) == SQUARES
        told = sweep(configs(tmp_path), works.fails, machine)
    assert told.pop(2) == Outcome(error="ZeroDivisionError: nothing to divide by")
    assert told == SQUARES[:2] + SQUARES[3:]
    until(lambda: not any(map(alive, workers_of(tmp_path))))


def test_a_run_that_kills_dask_workers_is_named(tmp_path):
    told = sweep(configs(tmp_path), works.killed_always, Machine(2, "dask"))
    died = told.pop(2)
    assert died.answer is None and died.error.startswith("KilledWorker") and "\n" not in died.error
    assert told == SQUARES[:2] + SQUARES[3:]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "ftp://127.0.0.1:8786"])
def test_a_dead_scheduler_ends_in_one_line(here, monkeypatch, capsys, address):
    monkeypatch.setattr("experiments.sweep.ANSWER_SECONDS", 1)
    assert command.main([*WORDS, "executor=dask", f"scheduler={address}"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"scheduler: '{address}' was given, which does not answer (") and len(err.splitlines()) == 1
    assert not list(here.iterdir())
    with pytest.raises(RegularsError, match="does not answer"):
        sweep(configs(here), works.square, Machine(2, "dask", address))


def test_user_policies_and_runs_are_found_from_a_cluster_in_another_folder(here, cluster):
    """A policy in the working folder of the command, which no worker stands in."""
    (here / "conf" / "policy").mkdir(parents=True)
    (here / "conf" / "policy" / "mine.yaml").write_text("name: mine\n_target_: mine.Mine\n")
    (here / "mine.py").write_text("from policies.points import Points as Mine\n")
    world = ["policies=[none,mine]", "seeds=2", "figures=false", *TINY, "--config-dir", "conf"]
    assert command.main([*world, "executor=dask", f"scheduler={cluster.scheduler_address}"]) == 0
    assert len(whole(here)) == 4
    shutil.rmtree(here / "results")
    line = ["runs=runs/*-*", "figures=false", "executor=dask", f"scheduler={cluster.scheduler_address}"]
    assert command.main(line) == 0
