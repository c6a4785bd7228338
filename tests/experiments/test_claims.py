"""The documents' claims: every row is there, a study runs end to end, and worlds that are no twins are refused."""

import json

import numpy as np
import pytest

from experiments import claims
from experiments.evidence.claim import Claim, Sweep, World
from experiments.evidence.gather import Seen, Study, looked
from experiments.evidence.levers import Phase
from experiments.evidence.rules import best_cut, first_reaching, ranking
from experiments.evidence.table import CLAIMS
from experiments.evidence.verdict import judged
from experiments.sweep import Machine
from experiments.worlds import answer
from sim.errors import RegularsError

SIZES = {"0": 12, "1": 9, "2": 13, "3": 8}  # rows of each document
IDS = [f"{document}.{k}" for document, size in SIZES.items() for k in range(1, size + 1)]
KEYS = {"claim", "measure", "figure", "low", "high", "seeds", "verdict", "flips_at", "runs"}
VERDICTS = {"holds", "only where", "does not hold", "cannot be measured"}
SMALL = ("shoppers=300", "days=120", "seeds=2", "workers=1")


def test_every_row_of_the_documents_is_there():
    assert len(IDS) == 42
    assert list(CLAIMS) == IDS
    for claim in CLAIMS.values():
        assert (claim.look is None) == (not claim.worlds)
        assert claim.missing or claim.look is not None
        assert claim.text and claim.measure


def told(folder):
    (made,) = (folder / "results").glob("claims-*")
    assert {"claims.json", "details.json", "report.md", "report.html", "run.json"} == {
        path.name for path in made.iterdir()
    }
    return made, json.loads((made / "claims.json").read_text(encoding="utf-8"))


def ask(folder, *words):
    return claims.main([*SMALL, f"results_dir={folder / 'results'}", f"runs_dir={folder / 'runs'}", *words])


def test_one_study_end_to_end(tmp_path, capsys):
    """In a world where nobody minds prices, switching the price mechanism off changes no order: the weight of price is 0."""
    assert ask(tmp_path, "only=[2.4]", "population.price_coef=0.0") == 0
    made, rows = told(tmp_path)
    assert list(rows) == IDS
    for row in rows.values():
        assert set(row) == KEYS
        assert row["verdict"] in VERDICTS
    row = rows["2.4"]
    assert (row["figure"], row["seeds"], row["verdict"]) == (0.0, 2, "holds")
    kept = {json.loads(path.read_text(encoding="utf-8"))["key"] for path in (tmp_path / "runs").glob("*/run.json")}
    assert set(row["runs"]) == kept  # none and price off are one run here, for each seed
    assert len(kept) == 2 * 4
    others = [row for name, row in rows.items() if name != "2.4"]
    assert all(row["verdict"] == "cannot be measured" and row["figure"] is None and not row["runs"] for row in others)
    assert all("Not now" in row["measure"] for row in others)
    page = (made / "report.html").read_text(encoding="utf-8")
    assert page.count("<tr id=") == 42 and "http" not in page
    assert str(made) in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["only=[0.99]"], "only"),
        (["only=[0.1]", "+policy=points"], "policy: was given"),
        (["only=[0.1]", "seed=3"], "seed: was given"),
        (["only=[0.1]", "populaton=food"], "populaton"),
        (["seeds=1"], "seeds"),
    ],
)
def test_a_slip_ends_with_one_line(tmp_path, monkeypatch, capsys, words, line):
    monkeypatch.chdir(tmp_path)
    assert claims.main([*(word for word in SMALL if word.partition("=")[0] not in words[-1]), *words]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") <= 2 and line in error and "Traceback" not in error
    assert not list(tmp_path.glob("results/*")) and not list(tmp_path.glob("runs/*"))


def test_worlds_that_are_no_twins_are_refused(tmp_path):
    """Planted fault: the worlds of one study come from two seeds."""
    study = Study((f"runs_dir={tmp_path}",), 100, 60, Machine())
    claim = CLAIMS["0.12"]
    folders = {name: answer(study.config(world) | {"seed": 5}) for name, world in claim.worlds.items()}
    assert len(looked({"claim": "0.12", "folders": folders})["keys"]) == 3
    folders["none"] = answer(study.config(World()) | {"seed": 6})
    with pytest.raises(RegularsError, match="no twins, their seed differ"):
        looked({"claim": "0.12", "folders": folders})


def claim_of(**more):
    return Claim("9.9", "text", "measure", {"none": World()}, lambda places: {}, threshold=1.0, **more)


def seen(*values, **others):
    return Seen(
        [{"figure": value} | {name: other[k] for name, other in others.items()} for k, value in enumerate(values)],
        ["key"],
    )


@pytest.mark.parametrize(
    ("values", "above", "verdict"),
    [
        ((1.5, 1.6, 1.7), True, "holds"),
        ((1.5, 1.6, 1.7), False, "does not hold"),
        ((0.4, 0.5, 0.6), True, "does not hold"),
        ((0.4, 0.5, 0.6), False, "holds"),
        ((0.0, 1.2, 2.2), True, "cannot be measured"),
        ((1.5, None, 1.7), True, "cannot be measured"),
    ],
)
def test_the_interval_decides(values, above, verdict):
    row, behind = judged(claim_of(above=above), {None: seen(*values)}, 0.95)
    assert row["verdict"] == verdict
    assert row["runs"] == ["key"] and row["seeds"] == 3
    assert behind["because"]
    assert ("Not yet" in row["measure"]) == (verdict == "cannot be measured")
    if None not in values:
        assert row["low"] < row["figure"] < row["high"]


def test_a_claim_of_two_parts_holds_where_both_do():
    right, wrong = [0.1, 0.11, 0.12], [-0.1, -0.11, -0.12]
    claim = claim_of(also=("part",))
    for part, verdict in ((right, "holds"), (wrong, "only where")):
        assert judged(claim, {None: seen(1.5, 1.6, 1.7, part=part)}, 0.95)[0]["verdict"] == verdict
    for part, verdict in ((right, "only where"), (wrong, "does not hold")):
        assert judged(claim, {None: seen(0.5, 0.6, 0.7, part=part)}, 0.95)[0]["verdict"] == verdict


def test_a_sweep_finds_where_the_verdict_flips():
    claim = claim_of(sweep=Sweep("population.x", (0.0, 1.0, 2.0)))
    found = {
        None: seen(1.4, 1.5, 1.6),
        0.0: seen(0.49, 0.5, 0.51),
        1.0: seen(1.49, 1.5, 1.51),
        2.0: seen(1.9, 2.0, 2.1),
    }
    row, behind = judged(claim, found, 0.95)
    assert row["verdict"] == "only where"
    assert row["flips_at"] == pytest.approx(0.5)
    assert (behind["sweep"]["holds"], behind["sweep"]["fails"]) == ([1.0, 2.0], [0.0])
    further = claim_of(sweep=Sweep("population.x", (0.0, 1.0, 2.0), beyond=True))
    row, _ = judged(further, found, 0.95)
    assert (row["verdict"], row["flips_at"]) == ("holds", pytest.approx(0.5))
    row, _ = judged(claim, found | {0.0: seen(1.19, 1.2, 1.21)}, 0.95)
    assert (row["verdict"], row["flips_at"]) == ("holds", None)


def test_a_run_that_failed_is_told():
    row, behind = judged(claim_of(), {None: Seen([{"figure": 2.0}], ["key"], "out of memory")}, 0.95)
    assert row["verdict"] == "cannot be measured" and behind["because"] == "out of memory"


def test_the_best_cut_off_and_the_ranking():
    silence = np.arange(100.0)
    gone = silence > 60
    assert best_cut(silence, gone) == (pytest.approx(60, abs=1), pytest.approx(0, abs=0.011))
    assert ranking(silence, gone) == 1.0
    assert ranking(-silence, gone) == 0.0
    assert ranking(np.ones(100), gone) == pytest.approx(0.5)
    assert first_reaching((1, 2, 4), (0.2, 0.4, 0.8), 0.6) == pytest.approx(3.0)
    assert first_reaching((1, 2, 4), (0.2, 0.4, 0.5), 0.6) is None


class At:
    time = np.array([0.5, 17.9, 18.1, 90.2])
    orders = np.array([0, 3, 3, 3])


def test_a_phase_cuts_while_it_lasts():
    assert Phase(cut=0.25, every_days=90, lasts_days=18).offer(At()).discount.tolist() == [0.25, 0.25, 0.0, 0.25]
    assert Phase(cut=0.25, every_days=1e6, lasts_days=180, newcomers_only=True).offer(At()).discount.tolist() == [
        0.25,
        0,
        0,
        0,
    ]


def test_the_sizes_of_worlds_go_together():
    """A small shop keeps its inflow in proportion, so that newcomers weigh alike at any size."""
    study = Study((), 2000, 90, Machine())
    config = study.config(World(("population=food",)))
    assert config["population"]["name"] == "food"
    assert config["population"]["prospect_rate"] == pytest.approx(36.5)
    assert (config["shoppers"], config["days"], config["run_off_days"], config["record"]) == (2000, 90, 0, "orders")
