"""The command line that all experiments share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import Field

from experiments import ab
from experiments.__main__ import commands
from experiments.command import Options, command, understood
from sim.errors import RegularsError

HOME = Path(__file__).resolve().parents[2]


class Asked(Options):
    file: str = Field(description="a file")
    seeds: int = Field(3, ge=1, description="how many")
    policies: tuple[str, ...] = ("none", "points")
    weights: dict[str, float] | None = None
    arm: str | None = None
    ratio: float | None = None
    quick: bool = False


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("file=a=b.csv", "file", "a=b.csv"),
        ("file=a: b.csv", "file", "a: b.csv"),
        ("file='[x].csv'", "file", "[x].csv"),
        ("file=x arm=off", "arm", "off"),
        ("file=x arm=01", "arm", "01"),
        ("file=x arm=null", "arm", None),
        ("file=x +seeds=7", "seeds", 7),
        ("file=x policies=[a,0,no]", "policies", ("a", "0", "no")),
        ("file=x weights.a=1 weights.b=2.5", "weights", {"a": 1, "b": 2.5}),
        ("file=x weights={a:1,b:2}", "weights", None),
        ("file=x ratio=1e-3", "ratio", 0.001),
        ("file=x quick=true", "quick", True),
    ],
)
def test_values_are_read_as_they_are_meant(words, field, value):
    parts = [words] if words.startswith("file=a") else words.replace("{a:1,b:2}", "null").split()
    assert getattr(understood(Asked, parts), field) == value


def test_a_group_in_braces():
    assert understood(Asked, ["file=x", "weights={a: 1, b: 0.5}"]).weights == {"a": 1, "b": 0.5}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "file: missing; needed: a file; see the command --help"),
        ("file=x sedes=3", "sedes: there is no key 'sedes'; did you mean seeds?"),
        ("file=x seeds=0", "seeds: 0 was given; allowed: a whole number >= 1"),
        ("file=x seeds=many", "seeds: 'many' was given; allowed: a whole number >= 1"),
        ("file=x seeds.a=1", "seeds: {'a': 1} was given; allowed: a whole number >= 1"),
        ("file=x seeds=1 seeds=2", "seeds: given more than once (seeds=1 seeds=2); allowed: one"),
        ("file=x weights=3 weights.a=2", "weights.a: given more than once (weights=3 weights.a=2); allowed: one"),
        ("file=x policies=[a", "policies: '[a' was given; allowed: a value, or a list such as [a,b]"),
        ("file=x ratio=nan", "ratio: 'nan' was given; allowed: a number"),
        ("pyproject.toml", "'pyproject.toml' was given; allowed: key=value; did you mean file=pyproject.toml?"),
        ("--quick", "'--quick' is no flag of this command; see the command --help"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(monkeypatch, words, told):
    monkeypatch.chdir(HOME)
    with pytest.raises(RegularsError) as error:
        understood(Asked, words.split())
    assert str(error.value).startswith(told) and len(str(error.value).splitlines()) <= 2


def test_exit_codes(capsys):
    def run(asked):
        raise {"stop": KeyboardInterrupt(), "lock": PermissionError(13, "Permission denied", "r")}.get(
            asked.file, RegularsError("file: no good")
        )

    def answer(*words):
        code = command(Asked, "About.", ("example",), run, words)
        return code, capsys.readouterr().err

    assert answer("file=x") == (1, "file: no good\n")
    assert answer("file=lock") == (1, "r: Permission denied\n")
    assert answer("file=stop")[0] == 130
    assert command(Asked, "", (), lambda asked: 2 if asked.seeds == 3 else 0, ["file=x"]) == 2
    with pytest.raises(ZeroDivisionError):  # a fault of ours is shown in full
        command(Asked, "", (), lambda asked: 1 // 0, ["file=x"])


def test_the_help_names_every_key_and_waits_for_nothing_heavy(capsys):
    assert ab.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {key}=" in out for key in ab.Ab.model_fields) and out.count("\n  python -m experiments.ab ") == 4
    assert max(map(len, out.splitlines())) <= 120
    code = "import sys; sys.argv = ['x', '--help']; from experiments.ab import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    heavy = {"numpy", "scipy", "statsmodels", "pandas", "duckdb", "hydra", "omegaconf", "rich", "yaml", "matplotlib"}
    assert not heavy & set(done.stdout.splitlines()[-1].split())


def asked(*arguments, cwd):
    command = [sys.executable, "-m", *arguments]
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_list_of_questions(tmp_path):
    assert set(commands()) >= {"ab"} and not set(commands()) & {"command", "__init__", "__main__"}
    done = asked("experiments", cwd=tmp_path)
    assert done.returncode == 0 and "python -m experiments.ab " in done.stdout and commands()["ab"] in done.stdout
    done = asked("experiments", "ab", "customers=x.csv", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr == "ab: write python -m experiments.ab customers=x.csv\n"
    done = asked("experiments", "abb", cwd=tmp_path)
    assert done.returncode == 1 and "did you mean ab?" in done.stderr


def test_from_a_folder_of_the_user(tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "test.csv").write_text("arm,spend\n" + "".join(f"{'ab'[i % 2]},{i}\n" for i in range(40)))
    done = asked("experiments.ab", "customers=test.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and "Written to results/ab-" in done.stdout
    done = asked("experiments.ab", "customers=tset.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "customers: there is no file 'tset.csv'; did you mean test.csv?\n")
