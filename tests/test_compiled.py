"""Kernels are never stale: an edit in any formula of `sim` reaches every kernel that inlines it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import compiled

SIM = Path(compiled.__file__).parent
KERNEL = """
from numba import njit
from sim.formula import formula

@njit(cache=True)
def kernel(x):
    return formula(x)
"""
FORMULA = "from numba import njit\n\n@njit(cache=True)\ndef formula(x):\n    return x + {}\n"
ASK = "from sim.kernel import kernel; import os; print(kernel(1.0), kernel.py_func(1.0), os.environ['NUMBA_CACHE_DIR'])"


@pytest.fixture
def house(tmp_path):
    """A copy of what sets the folder, with one formula and one kernel that inlines it."""
    copy = tmp_path / "house" / "sim"
    copy.mkdir(parents=True)
    for name in ("__init__.py", "compiled.py"):
        shutil.copy(SIM / name, copy)
    (copy / "kernel.py").write_text(KERNEL)
    (copy / "formula.py").write_text(FORMULA.format(0.0))
    return copy


def ask(house, **environment):
    told = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(house.parent / "cache")} | environment
    # -B: Python's own bytecode tells sources apart by size and whole seconds, and an edit here comes within one
    done = subprocess.run([sys.executable, "-B", "-c", ASK], cwd=house.parent, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    compiled_value, python_value, folder = done.stdout.split()
    return float(compiled_value), float(python_value), Path(folder)


def test_an_edited_formula_reaches_the_kernel_that_inlines_it(house):
    first = ask(house)
    assert first[:2] == (1.0, 1.0)
    assert first[2].parent == house.parent / "cache" / "regulars"
    (house / "formula.py").write_text(FORMULA.format(6.0))
    # Planted fault: with one folder for all states, as Numba would have it, the kernel answers from before the edit.
    stale = ask(house, NUMBA_CACHE_DIR=str(first[2].rename(house.parent / "chosen")))
    assert stale == (1.0, 7.0, house.parent / "chosen")  # and a folder chosen by the user is left alone
    edited = ask(house)
    assert edited[:2] == (7.0, 7.0)
    # A process started from another state of the sources inherits our variable, not the user's choice: it moves on.
    assert ask(house, NUMBA_CACHE_DIR=str(first[2]))[2] == edited[2]


def test_without_a_writable_cache_the_temporary_folder_serves(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setitem(sys.modules, "numba", type("Numba", (), {"config": type("Config", (), {})}))
    folder = compiled.use_cache_folder()
    assert folder.is_dir() and folder.parent.parent == tmp_path
    assert os.environ["NUMBA_CACHE_DIR"] == sys.modules["numba"].config.CACHE_DIR == str(folder)


def test_the_first_compilation_is_announced_once_and_old_folders_go(tmp_path, monkeypatch, capsys):
    home = tmp_path / "regulars"
    folders = [home / f"numba-{number}" for number in range(9)]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - number * 86400.0,) * 2)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folders[8]))
    assert compiled.announce_first_compilation()
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(home.iterdir()) == [*folders[: compiled.KEPT_FOLDERS], folders[8]]
    (folders[8] / "sub").mkdir()
    (folders[8] / "sub" / "kernel.nbi").touch()
    assert not compiled.announce_first_compilation()
    assert capsys.readouterr().err == ""
