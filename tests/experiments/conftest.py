"""Comparisons of tiny worlds, in this process unless a test is about processes."""

import json
import sys
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from experiments import compare as command
from experiments import sweep
from tests.experiments.asked import SMALL, answer, numbers

TINY = "shoppers=50 days=30 run_off_days=0 population.shop_age_days=60".split()


class Here(Executor):
    """Does its jobs at once, in this process."""

    def submit(self, function, /, *arguments, **named):
        job: Future = Future()
        try:
            job.set_result(function(*arguments, **named))
        except Exception as error:
            job.set_exception(error)
        return job


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder, and `sys.path` as before afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.fixture
def at_once(monkeypatch):
    """Sweeps start no processes."""
    monkeypatch.setattr(sweep, "_started", lambda machine, stack: Here())


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """A folder of runs that the tests share."""
    return tmp_path_factory.mktemp("kept") / "runs"


@pytest.fixture
def told(here, at_once, kept, capsys):
    """What a comparison answers to a command line: exit code, stdout, stderr; tiny worlds, no pictures."""

    def tell(*words, tiny=True):
        world = [
            word
            for word in (*TINY, f"runs_dir={kept}")
            if not any(given.startswith(word.partition("=")[0] + "=") for given in words)
        ]
        code = command.main(
            [
                *words,
                *(world if tiny else []),
                *([] if any(w.startswith("figures=") for w in words) else ["figures=false"]),
            ]
        )
        said = capsys.readouterr()
        return code, said.out, "".join(line for line in said.err.splitlines(True) if not line.startswith("Compiling"))

    return tell


def latest(folder="results") -> Path:
    """The comparison written last."""
    return max(Path(folder).glob("compare-*"), key=lambda path: (path / "run.json").stat().st_mtime_ns)


def found(folder="results"):
    """Its figures."""
    return json.loads((latest(folder) / "comparison.json").read_text(encoding="utf-8"))


def add_policy(folder, name, source, target, **levers):
    """A user's policy: its file in `folder`, its config in `folder/conf/policy`."""
    (folder / "conf" / "policy").mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_policy.py").write_text(source)
    told = {"name": name, "_target_": target} | levers
    (folder / "conf" / "policy" / f"{name}.yaml").write_text(
        "".join(f"{key}: {value}\n" for key, value in told.items())
    )


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Numbers that `ab` finds in the small customer file as it is."""
    return numbers(answer(tmp_path_factory.mktemp("ab"), SMALL))
