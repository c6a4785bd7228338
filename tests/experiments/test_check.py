"""The gate from the command line: verdicts, exit codes, what it leaves, and one line for what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.check import main
from sim import app
from sim.loading import HOME
from sim.manual import options

WORLD = (
    "shoppers=150 days=200 run_off_days=20 population.shop_age_days=150 population.prospect_rate=2 "
    "runs_dir=runs results_dir=results seeds=4 workers=1"
).split()
POLICY = """
from sim.contract import Offer, Settlement, policy_class

@policy_class
class Gift:
    yuan: float = 5.0

    def offer(self, visit):
        return Offer(gift=self.yuan)

    def settle(self, receipt):
        return Settlement()
"""
GATES = {
    "easy": "thresholds:\n  margin: {measure: contribution, kind: absolute, least: -1.0e+7, about: nobody fails this}\n"
            "  orders: {measure: orders, kind: value, least: 1.0}\n",
    "hard": "thresholds:\n  orders: {measure: orders, kind: relative, least: 5.0}\n"
            "  perks: {measure: perks, kind: absolute, most: 0.0}\n",
    "blind": "thresholds:\n  late: {measure: retention_365, kind: absolute, least: -0.5}\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with a policy and gates of their own; its runs are shared by the tests here."""
    folder = tmp_path_factory.mktemp("shop")
    for name in ("policy", "gate"):
        (folder / name).mkdir()
    (folder / "gift_shop.py").write_text(POLICY)
    (folder / "policy" / "mine.yaml").write_text("name: mine\n_target_: gift_shop.Gift\nyuan: 3.0\n")
    for name, text in GATES.items():
        (folder / "gate" / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture
def typed(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Answers a command line in the user's folder: exit code, stdout, stderr."""
    monkeypatch.chdir(shop)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def answer(*words: str) -> tuple[int, str, str]:
        code = main([*words, *(word for word in WORLD if word.partition("=")[0] not in " ".join(words))])
        said = capsys.readouterr()
        return code, said.out, "".join(line for line in said.err.splitlines(True) if not line.startswith("Compiling"))

    return answer


def left(out: str) -> tuple[Path, dict[str, Any]]:
    """Folder and figures of a check, from what the terminal said."""
    folder = Path(out.split("Written to ")[1].split(";")[0])
    return folder, json.loads((folder / "check.json").read_text(encoding="utf-8"))


MINE = ("--config-dir", ".", "+policy=mine")


def test_pass_with_a_policy_and_a_gate_of_ones_own(typed: Any) -> None:
    """Exit code 0, the verdict first, and a folder whose figures are those of the runs behind it."""
    code, out, err = typed(*MINE, "gate=easy", "policy.yuan=2.0")
    assert (code, err) == (0, "")
    assert out.startswith("mine passes the gate easy: all 2 thresholds hold (against none, 4 seeds, 95 % intervals).\n")
    folder, told = left(out)
    assert {"check.json", "report.md", "report.html", "run.json"} == {path.name for path in folder.iterdir()}
    assert told["policy"] == {"name": "mine", "levers": {"yuan": 2.0}}
    assert (told["verdict"], told["exit_code"], told["thresholds"]) == ("pass", 0, {"margin": "pass", "orders": "pass"})
    runs = json.loads((folder / "run.json").read_text())["folders"]
    summaries = {name: json.loads((Path(place) / "summary.json").read_text()) for name, place in runs.items()}
    gain = [summaries[f"mine seed {k}"]["contribution"] - summaries[f"none seed {k}"]["contribution"] for k in range(4)]
    margin, orders = told["bounds"]
    assert margin["estimate"]["mean"] == pytest.approx(sum(gain) / 4)
    assert orders["policy_mean"] == sum(summaries[f"mine seed {k}"]["orders"] for k in range(4)) / 4
    keys = {json.loads((Path(place) / "run.json").read_text())["key"] for place in runs.values()}
    assert keys == {key for by_seed in told["runs"].values() for key in by_seed.values()}
    assert (folder / "report.md").read_text().startswith(told["sentence"])


def test_the_page_stands_alone(typed: Any) -> None:
    """One file without network, scripts or files beside it, with a drawn interval for each bound."""
    folder, told = left(typed(*MINE, "gate=hard")[1])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert told["sentence"] in page
    assert page.count("<svg") == len(told["bounds"]) == 2
    assert not [word for word in ("http", "<script", "src=", "href=") if word in page]


def test_fail_names_what_is_not_kept(typed: Any) -> None:
    """Exit code 1. Six times the orders nobody brings; gifts cost perks that `none` has not."""
    code, out, _ = typed(*MINE, "gate=hard")
    assert code == 1
    assert out.startswith("mine fails the gate hard: orders, perks are not kept (against none")


def test_cannot_tell_says_how_many_more_seeds_would(typed: Any, shop: Path) -> None:
    """A bound put a tenth of the half-width below what was found: exit code 2, and the number that would decide."""
    one = left(typed(*MINE, "gate=easy")[1])[1]["bounds"][0]["estimate"]
    limit = one["mean"] - 0.1 * (one["high"] - one["mean"])
    text = f"thresholds:\n  margin: {{measure: contribution, kind: absolute, least: {limit!r}}}\n"
    (shop / "gate" / "close.yaml").write_text(text)
    code, out, _ = typed(*MINE, "gate=close")
    assert code == 2
    told = left(out)[1]
    more = told["more_seeds"]
    assert more == told["bounds"][0]["more_seeds"] > 4
    assert f"open: margin; about {more} more seeds would tell: seeds={4 + more} (" in out
    assert f"cannot tell (+{more} seeds)" in out


def test_a_run_too_short_for_a_measure_cannot_tell(typed: Any) -> None:
    """200 days have no retention at 365: no verdict from any number of seeds, and the reason is said."""
    code, out, _ = typed(*MINE, "gate=blind")
    assert code == 2
    assert "retention 365 has no figure: the run is too short" in out
    assert left(out)[1]["more_seeds"] is None


def test_the_same_command_again_gives_the_same_and_runs_nothing(typed: Any) -> None:
    first = typed(*MINE, "gate=easy")
    folder = left(first[1])[0]
    before = {path: path.stat().st_mtime_ns for path in [*folder.iterdir(), *Path("runs").iterdir()]}
    assert typed("policy=mine", "gate=easy", "--config-dir", ".") == first
    assert before == {path: path.stat().st_mtime_ns for path in [*folder.iterdir(), *Path("runs").iterdir()]}


def test_a_lever_against_the_policy_as_it_is(typed: Any) -> None:
    """The baseline keeps the levers of its file; on the same luck a gift of nothing is no gift."""
    out = typed(*MINE, "policy.yuan=0.0", "baseline=mine", "gate=hard")[1]
    told = left(out)[1]
    assert told["baseline"] == {"name": "mine (baseline)", "levers": {"yuan": 3.0}}
    assert told["policy"]["levers"] == {"yuan": 0.0}
    perks = told["bounds"][1]
    assert (perks["policy_mean"], perks["answer"]) == (0.0, "pass")
    assert perks["baseline_mean"] > 0


def test_a_policy_against_itself_is_identical(typed: Any) -> None:
    """A/A on the same luck is exactly 0."""
    bounds = left(typed("policy=none", "gate=default")[1])[1]["bounds"]
    changes = [one["estimate"] for one in bounds if one["kind"] != "value" and one["estimate"]]
    assert changes and all(one == {"mean": 0.0, "low": 0.0, "high": 0.0} for one in changes)


def test_a_planted_fault_is_seen(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows mixed up (the baseline judged in the policy's place): what fails above would pass."""
    from experiments.gate import study

    monkeypatch.setattr(study, "POLICY", 1)
    monkeypatch.setattr(study, "BASELINE", 0)
    monkeypatch.setattr(study, "_sources", lambda: "planted")
    told = left(typed(*MINE, "gate=hard")[1])[1]
    assert told["thresholds"]["perks"] == "pass"


WRONG = {
    "no policy": ((), "policy: missing; needed: name in conf/policy"),
    "an unknown policy": (("policy=ponits",), "policy=ponits: there is no policy 'ponits'; did you mean points?"),
    "an unknown baseline": (("policy=points", "baseline=nobody"), "policy=nobody: there is no policy 'nobody'"),
    "two policies": (("policy=points,none",), "policy: 'points,none' was given; allowed: a text that matches"),
    "an unknown gate": (("policy=points", "gate=defalt"), "gate: there is no gate 'defalt'; did you mean default?"),
    "a gate elsewhere": (("policy=points", "gate=../x"), "gate: '../x' was given; allowed: a text that matches"),
    "an unknown lever": (("policy=points", "policy.treshold=3"), "policy.treshold: there is no lever 'treshold'"),
    "a key of the world": (("policy=points", "shopers=3"), "shopers: there is no key 'shopers'; did you mean shoppers?"),
    "a value of the world": (("policy=points", "days=0"), "days: 0 was given; allowed: a whole number >= 1"),
    "one seed": (("policy=points", "seeds=1"), "seeds: 1 was given; allowed: a whole number >= 2"),
    "a seed": (("policy=points", "seed=1"), "seed: was given; allowed: not here, write seeds=20 or seeds=[0,1,2]"),
    "a flag": (("policy=points", "--fast"), "'--fast' is no flag of this command"),
    "no folder": (("--config-dir", "nowhere", "policy=points"), "--config-dir: there is no folder 'nowhere'"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input_is_one_line_and_exit_code_3(what: str, typed: Any) -> None:
    words, line = WRONG[what]
    before = set(Path("results").glob("*")) if Path("results").is_dir() else set()
    code, out, err = typed(*words)
    assert code == 3
    assert out == "" and err.startswith(line)
    assert err.count("\n") <= 2 and "Traceback" not in err
    assert before == (set(Path("results").glob("*")) if Path("results").is_dir() else set())


def test_a_wrong_gate_file_is_one_line_and_exit_code_3(typed: Any, shop: Path) -> None:
    (shop / "gate" / "bad.yaml").write_text("thresholds:\n  margin: {measure: contribution, kind: relative, lest: 0}\n")
    code, out, err = typed(*MINE, "gate=bad")
    assert (code, out) == (3, "")
    assert "bad.yaml: thresholds.margin.lest: there is no key 'lest'; did you mean least?" in err.splitlines()[0]


def test_a_failed_run_is_no_verdict(typed: Any, shop: Path) -> None:
    """A policy that breaks its word in the middle: each run named, exit code 3, no folder."""
    (shop / "broken.py").write_text(POLICY.replace("gift=self.yuan", "gift=-1.0"))
    (shop / "policy" / "broken.yaml").write_text("name: broken\n_target_: broken.Gift\n")
    code, out, err = typed("--config-dir", ".", "+policy=broken", "gate=easy", "seeds=2")
    assert (code, out) == (3, "")
    assert "broken, seed 0: " in err and "2 of 4 runs failed, so there is no verdict" in err


def test_a_fault_of_ours_is_no_fail(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash keeps its traceback but not Python's exit code, which would read as a verdict."""
    from experiments.gate import study

    monkeypatch.setattr(study, "judge", lambda *_: 1 / 0)
    code, _, err = typed(*MINE, "gate=easy")
    assert code == 3 and "ZeroDivisionError" in err


def test_a_run_has_no_gate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`conf/gate` is no group of a run: not in its help, refused in its command line."""
    assert "gate" not in options()
    for word in ("gate=default", "+gate=default"):
        monkeypatch.setattr(sys, "argv", ["sim", word])
        assert app.guarded() == 1
        assert (
            capsys.readouterr().err == "gate: 'default' was given; a run has no gate; python -m experiments.check has\n"
        )


def test_in_a_ci_without_a_terminal(shop: Path) -> None:
    """As a job starts it: no terminal, output into a pipe, the exit code its only signal."""
    environment = {name: value for name, value in os.environ.items() if name not in ("TERM", "COLUMNS")}
    command = [sys.executable, "-m", "experiments.check", *MINE, "gate=hard", *WORLD]
    done = subprocess.run(
        command, cwd=shop, env=environment | {"PYTHONPATH": str(HOME)}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("mine fails the gate hard") and "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines()[1:-1])) <= 120
