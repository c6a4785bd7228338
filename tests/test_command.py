"""The command as its user meets it: answers, one line for what is wrong, and nothing half-written."""

import json
import os
import signal
import subprocess
import sys

import pytest

from sim import app, loading
from sim.manual import manual, options

SMALL = "shoppers=30 days=20 run_off_days=10 population.shop_age_days=60 population.prospect_rate=2".split()
POLICY = """
from sim.contract import Offer, Settlement, policy_class

@policy_class
class Mine:
    cut: float = 0.1

    def offer(self, visit):
        return Offer(discount=self.cut)

    def settle(self, receipt):
        return Settlement()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def typed(monkeypatch, capsys, *arguments):
    """What a command line answers: exit code, stdout, stderr; in this process."""
    monkeypatch.setattr(sys, "argv", ["sim", *arguments])
    code = app.guarded()
    said = capsys.readouterr()
    return code, said.out, "".join(line for line in said.err.splitlines(True) if not line.startswith("Compiling"))


def started(*arguments, cwd, full="0", **more):
    environment = os.environ | {"PYTHONPATH": str(loading.HOME), "HYDRA_FULL_ERROR": full}
    command = [sys.executable, "-m", "sim", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def mine(folder, source=POLICY, target="my_policy.Mine"):
    (folder / "conf" / "policy").mkdir(parents=True)
    (folder / "conf" / "policy" / "mine.yaml").write_text(f"name: mine\n_target_: {target}\ncut: 0.2\n")
    (folder / "my_policy.py").write_text(source)


@pytest.mark.parametrize(
    ("line", "told", "more"),
    [
        ("+policy=ponits", "policy=ponits: there is no policy 'ponits'; did you mean points?", "escalating, "),
        ("policy=ponits", "policy=ponits: there is no policy 'ponits'; did you mean points?", "escalating, "),
        ("+polcy=points", "polcy: there is no key 'polcy'; did you mean policy?", "catalogue, "),
        ("populaton=general", "populaton: there is no key 'populaton'; did you mean population?", "catalogue, "),
        ("population=genral", "population=genral: there is no population 'genral'; did you mean general?", "general"),
        ("seeed=3", "seeed: there is no key 'seeed'; did you mean seed?", "shoppers"),
        ("seed=-1", "seed: -1 was given; allowed: a whole number >= 0", ""),
        ("seed=1.5", "seed: 1.5 was given; allowed: a whole number", ""),
        ("shoppers=0", "shoppers: 0 was given; allowed: a whole number >= 1", ""),
        ("days=many", "days: 'many' was given; allowed: a whole number >= 1", ""),
        ("start=soon", "start: 'soon' was given; allowed: a date", ""),
        ("record=order", "record: 'order' was given; allowed: summary, shoppers, orders; did you mean orders?", ""),
        ("market.rival_cont=3", "market.rival_cont: there is no key 'rival_cont'; did you mean rival_count?", "rival_"),
        ("market.rival_count=x", "market.rival_count: 'x' was given; allowed: a whole number", ""),
        ("policy=points policy.no_lever=1", "policy.no_lever: there is no lever 'no_lever'", "allowed: "),
        ("policy.cut=1", "policy.cut: there is no lever 'cut'", "(nothing)"),
        ("policy=[points,none]", "policy: '[points,none]' was given; allowed: one name", ""),
        ("policy=points +policy=none", "policy: given more than once (policy=points +policy=none)", ""),
        ("points", "'points' was given; allowed: key=value; did you mean policy=points?", ""),
        ("--bogus", "unrecognized arguments: --bogus", ""),
        ("--config-dir nowhere", "--config-dir: there is no folder", ""),
        ("orders=log.csv", "orders: 'log.csv' was given; allowed: null, unless population=orders", ""),
        ("population=orders orders=lgo.csv", "orders: there is no file 'lgo.csv'; did you mean log.csv?", ""),
        ("seed=[1", "'seed=[1' cannot be read: ", ""),
        ("+seed=1", "seed: it has a value already", ""),
        ("seed=${nothing}", "Interpolation key 'nothing' not found", ""),
        ("runs_dir=log.csv", "log.csv: ", ""),
        ("-m seed=0,1 policy=points,nne", "policy=nne: there is no policy 'nne'; did you mean none?", "points"),
    ],
)
def test_what_is_wrong_is_one_line_or_three_with_what_is_allowed(here, monkeypatch, capsys, line, told, more):
    (here / "log.csv").write_text("customer,date,value\n")
    code, out, err = typed(monkeypatch, capsys, *line.split(" "))
    lines = err.splitlines()
    assert code == 1 and out == ""
    assert lines[0].startswith(told)
    assert len(lines) <= 3 and "Traceback" not in err
    assert more in err.partition("\n")[2]
    assert {path.name for path in here.iterdir()} <= {"log.csv", "runs"}
    assert not [path for path in here.glob("runs/*") if not path.name.startswith(".")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"name: mine\n  cut: [1\n", "line 2, column 6: not valid YAML: mapping values are not allowed here"),
        (b"name: \xff\n", "mine.yaml: not valid YAML"),
        (b"- a\n", "In 'policy/mine': "),
        (b"cut: 1\n", "policy.cut: there is no lever 'cut'"),
    ],
)
def test_a_broken_config_file_of_the_user_is_named(here, monkeypatch, capsys, text, told):
    mine(here)
    (here / "conf" / "policy" / "mine.yaml").write_bytes(text)
    code, _, err = typed(monkeypatch, capsys, "--config-dir", "conf", "policy=mine")
    assert code == 1 and told in err and len(err.splitlines()) <= 3 and "Traceback" not in err


def test_a_fault_of_ours_is_shown_in_full(here, monkeypatch, capsys):
    def fault(config):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("sim.jobs.answered", fault)
    with pytest.raises(ZeroDivisionError, match="ours"):
        typed(monkeypatch, capsys)


def test_a_run_then_its_answer_at_once_then_a_sweep_in_which_one_job_fails(here, monkeypatch, capsys):
    code, out, _ = typed(monkeypatch, capsys, "+policy=points", "record=summary", *SMALL)
    assert code == 0 and "Written to " in out and "python -m sim" in out
    (run,) = here.glob("runs/points-*")
    assert {"summary.json", "config.yaml", "run.json"} <= {path.name for path in run.iterdir()}
    assert json.loads((run / "summary.json").read_text())["policy"] == "points"

    with monkeypatch.context() as patched:
        patched.setattr("sim.jobs._run", lambda *_: pytest.fail("computed again"))
        assert typed(patched, capsys, "policy=points", "record=summary", "progress=true", *SMALL)[1] == out

    assert typed(monkeypatch, capsys, "policy=points", "record=orders", *SMALL)[0] == 0  # more asked for: in its place
    assert [path.name for path in here.glob("runs/points-*")] == [run.name]
    assert list(run.glob("orders/*.parquet"))

    sweep = typed(monkeypatch, capsys, "-m", "policy=none,points", "seed=x,0", "record=summary", *SMALL)
    assert sweep[0] == 1
    assert sweep[1].count("#") == 4 and sweep[1].count("Written to ") == 2
    assert [line[:10] for line in sweep[2].splitlines()] == ["#0: seed: ", "#2: seed: "]
    assert {path.name for path in here.iterdir()} == {"runs"}


def test_an_experiment_is_a_question_and_a_difference(here, monkeypatch, capsys):
    mine(here)
    folder = here / "conf" / "experiment"
    folder.mkdir()
    (folder / "deep.yaml").write_text("# @package _global_\ndefaults: [/policy: mine]\npolicy: {cut: 0.3}\n")
    (folder / "many.yaml").write_text("# @package _global_\ndays: 77\n")
    seen = []
    monkeypatch.setattr("sim.jobs.answered", lambda config: seen.append(config) or here)
    monkeypatch.setattr("sim.table.print_summary", lambda *_: None)
    (here / "summary.json").write_text("{}")
    for line in (
        "experiment=deep",
        "+experiment=deep policy.cut=0.4",
        "experiment=deep policy=points",
        "experiment=deep +policy=points",
        "experiment=many policy=mine",
        "experiment=many",
        "history_policy=mine",
    ):
        assert typed(monkeypatch, capsys, "--config-dir", "conf", *line.split())[0] == 0, line
    assert [(config.policy["name"], config.policy.get("cut"), config.days) for config in seen] == [
        ("mine", 0.3, 730),
        ("mine", 0.4, 730),
        ("points", 0.3, 730),
        ("points", 0.3, 730),
        ("mine", 0.2, 77),
        ("none", None, 77),
        ("none", None, 730),
    ]
    assert seen[-1].history_policy["name"] == "mine"


def test_the_manual_names_all_groups_and_waits_for_no_import():
    for group, names in options().items():
        assert f"{group} " in manual() and ", ".join(names) in manual()
    assert {"catalogue", "events", "market", "policy", "population", "service"} <= set(options())
    assert manual().count("\n  python -m sim ") == 5  # usage and four examples
    code = "import sys, sim.__main__ as m; sys.argv[1:] = ['--help']\ntry: m.main()\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=loading.HOME, capture_output=True, text=True)
    assert done.returncode == 0 and "Examples" in done.stdout
    assert not {"hydra", "numpy", "numba", "pydantic", "yaml"} & set(done.stdout.splitlines()[-1].split())


def test_the_config_is_shown_and_nothing_run(here, monkeypatch, capsys):
    code, out, err = typed(monkeypatch, capsys, "policy=points", "seed=7", "--cfg", "job")
    assert code == 0 and "name: points" in out and "seed: 7" in out and err == ""
    assert not list(here.iterdir())


def test_from_a_folder_of_the_user_with_folders_named_like_ours(here):
    mine(here)
    for name in ("sim", "policies"):
        (here / name).mkdir()
        (here / name / "notes.txt").touch()
    (here / "conf" / "__init__.py").write_text("raise SystemExit('the wrong conf')")
    (here / "policies" / "__init__.py").write_text("raise SystemExit('the wrong policies')")
    process = started("--config-dir", "conf", "policy=mine", "record=summary", *SMALL, cwd=here)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err.decode()
    (run,) = here.glob("runs/mine-*")
    assert run.name in out.decode().replace("\n", "")
    assert json.loads((run / "summary.json").read_text())["discounts"] > 0


@pytest.mark.parametrize(("number", "code", "lines"), [(signal.SIGINT, 130, 1), (signal.SIGKILL, -9, 0)])
def test_stopped_or_killed_in_the_midst_of_a_run_nothing_is_taken_for_whole(here, number, code, lines):
    mine(
        here,
        POLICY.replace("return Offer(", "import time; print('trading', flush=True); time.sleep(60); return Offer("),
    )
    process = started("--config-dir", "conf", "policy=mine", "progress=false", *SMALL, cwd=here)
    assert process.stdout.readline() == b"trading\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    said = [line for line in err.decode().splitlines() if line and not line.startswith("Compiling")]
    assert process.returncode == code and len(said) == lines, said
    assert not list(here.glob("runs/mine-*"))


def test_a_reader_who_leaves_early_is_no_error(here):
    process = started("policy=points", "--help", cwd=here)
    process.stdout.close()
    assert process.wait(timeout=60) in (0, 1)
    assert process.stderr.read() == b""
    process.stderr.close()
