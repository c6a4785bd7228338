"""The scorecard: verdicts on planted figures, measures on planted records, the command end to end, slips."""

import json

import numpy as np
import pytest

from experiments import scorecard
from experiments.evidence.claim import World
from experiments.evidence.gather import Seen
from experiments.facts import cards, contacts, programmes
from experiments.facts.fact import Fact, Part
from experiments.facts.gather import Worlds, looked
from experiments.facts.levers import Given, Newsletter
from experiments.facts.live import elasticity
from experiments.facts.pictures import drawn
from experiments.facts.table import FACTS
from experiments.facts.verdict import BUILT, INSIDE, OUTSIDE, SIGN, UNKNOWN, judged, placed
from experiments.sweep import Machine
from experiments.worlds import answer
from sim.errors import RegularsError

SMALL = ("shoppers=300", "seeds=2", "workers=1")
UP, DOWN, PLACE = Part(0.1, 0.3, 0.0), Part(-0.3, -0.1, 0.0), Part(-0.02, 0.05, None)


def told(low, high):
    return {"mean": (low + high) / 2, "low": low, "high": high}


@pytest.mark.parametrize(
    ("part", "low", "high", "verdict"),
    [
        (UP, 0.12, 0.28, INSIDE),
        (UP, 0.05, 0.28, SIGN),
        (UP, 0.4, 0.5, SIGN),
        (UP, -0.05, 0.28, UNKNOWN),
        (UP, -0.2, -0.1, OUTSIDE),
        (UP, -0.01, 0.01, OUTSIDE),  # an effect of that size is ruled out
        (UP, 0.0, 0.0, OUTSIDE),  # no effect at all
        (DOWN, -0.28, -0.12, INSIDE),
        (DOWN, -0.5, -0.4, SIGN),
        (DOWN, 0.1, 0.2, OUTSIDE),
        (PLACE, -0.01, 0.04, INSIDE),
        (PLACE, -0.01, 0.06, UNKNOWN),
        (PLACE, 0.06, 0.09, OUTSIDE),
        (Part(0.0, None, 0.0), 0.2, 9.0, INSIDE),
        (Part(None, 1.0, 1.0), 0.2, 0.9, INSIDE),
        (Part(None, 1.0, 1.0), 1.1, 1.9, OUTSIDE),
    ],
)
def test_the_interval_decides(part, low, high, verdict):
    assert placed(told(low, high), part) == verdict


def test_a_figure_that_some_seed_lacks_cannot_be_placed():
    assert placed(None, UP) == UNKNOWN


def fact_of(**more):
    return Fact("x", "text", "source", "measure", parts={"figure": UP, "other": PLACE}, **more)


def seen(figure, other):
    return Seen([{"figure": a, "other": b, "more": 1.0} for a, b in zip(figure, other, strict=True)], ["key"])


def test_a_row_is_as_good_as_its_worst_part():
    good, small = [0.19, 0.20, 0.21], [0.0, 0.001, 0.002]
    assert judged(fact_of(), seen(good, small), 0.95)["verdict"] == INSIDE
    assert judged(fact_of(), seen([v + 0.3 for v in good], small), 0.95)["verdict"] == SIGN
    assert judged(fact_of(), seen(good, [0.19, 0.2, 0.21]), 0.95)["verdict"] == OUTSIDE
    row = judged(fact_of(), seen(good, [0.0, 0.05, 0.1]), 0.95)
    assert (row["verdict"], row["counts"]) == (UNKNOWN, False) and "other" in row["because"]
    assert row["others"]["more"]["mean"] == 1.0


def test_what_holds_by_construction_does_not_count():
    row = judged(fact_of(construction="it is a parameter"), seen([0.19, 0.2, 0.21], [0.0, 0.0, 0.001]), 0.95)
    assert (row["verdict"], row["counts"]) == (BUILT, False)
    assert "it is a parameter" in row["because"] and "measured: inside" in row["because"]
    failed = judged(fact_of(), Seen([], [], "out of memory"), 0.95)
    assert (failed["verdict"], failed["because"]) == (UNKNOWN, "out of memory")


def test_elasticity_of_planted_counts():
    """Orders that follow a power of the price have that elasticity; a planted fault, the cut taken for the rise, has not."""
    twins = [np.full(3, 1000.0), 1000 * 0.95 ** np.full(3, -2.6), 1000 * 1.05 ** np.full(3, -2.6)]
    assert elasticity(twins, 0.05)[0] == pytest.approx([-2.6, -2.6, -2.6])
    assert elasticity([twins[0], twins[2], twins[1]], 0.05)[0, 0] == pytest.approx(2.6)


def test_gaps_near_the_reward(monkeypatch):
    """Planted: gaps of the card shrink by 2 % a stamp against those of the twin, which shrink for everybody alike."""
    usual = {(k, again): 1.0 - 0.05 * k for k in range(1, 10) for again in (False, True)}
    pulled = {key: gap + (0.0 if key[1] else np.log(1 - 0.02 * (key[0] - 1))) for key, gap in usual.items()}
    monkeypatch.setattr(cards, "gaps", lambda folder: {"card": pulled, "indifferent": usual}[folder])
    found = cards.gradient({"card": "card", "indifferent": "indifferent"})
    assert found["last_gap"] == pytest.approx(-0.16) and found["reset"] == pytest.approx(0.0)
    monkeypatch.setattr(cards, "gaps", lambda folder: usual)  # planted fault: both worlds are one
    assert cards.gradient({"card": "card", "indifferent": "indifferent"})["last_gap"] == 0.0


def test_odds_of_a_full_card(monkeypatch):
    monkeypatch.setattr(cards, "completed", lambda folder, twin: {"ten": 0.34, "eight": 0.19}[folder])
    assert cards.head_start({"ten": "ten", "eight": "eight"})["odds_ratio"] == pytest.approx(2.196, abs=0.001)


def test_what_a_programme_works_through(monkeypatch):
    monkeypatch.setattr(
        programmes, "late", lambda folder: {"points": (110.0, 2.0, 50.0), "none": (100.0, 2.0, 50.0)}[folder]
    )
    found = programmes.through({"points": "points", "none": "none"})
    assert found["more_through_attrition"] == pytest.approx(np.log(1.1)) and found["spend_per_visit"] == 0.0


def test_the_best_frequency_and_waiting(monkeypatch):
    monkeypatch.setattr(
        contacts,
        "by_price",
        lambda folder: {"busy": {1: 50, 2: 60, 3: 90}, "generous": {1: 100, 2: 100, 3: 100}}[folder],
    )
    assert contacts.waited({"busy": "busy", "generous": "generous"})["insensitive_less_sensitive"] == pytest.approx(
        -0.4
    )


def test_gain_per_message(monkeypatch):
    """Planted: both rankings gain alike, the one by risk with twice the messages."""
    earned = {"none": 1000.0, "lift": 1100.0, "risk": 1100.0}
    monkeypatch.setattr(contacts, "told_one", lambda folder, name: earned[folder])
    monkeypatch.setattr(contacts, "sent", lambda folder: {"lift": 50, "risk": 100}[folder])
    assert contacts.targeted({name: name for name in earned}) == {"lift_less_risk": 1.0, "lift": 2.0, "risk": 1.0}


class At:
    basket = np.array([100.0, 40.0])


def test_levers():
    offer = Given(cut=0.05, gift=0.1).offer(At())
    assert offer.discount == 0.05 and offer.gift.tolist() == [10.0, 4.0]
    assert Newsletter(monthly=7).kind == "offer"
    with pytest.raises(ValueError):
        Newsletter(monthly=31)


def test_stamps_are_exact_and_newsletters_keep_their_pace(tmp_path):
    """Every order on the card of stamps earns 100 points; n messages in 30 days are n a month for who gets them all."""
    import duckdb

    study = Worlds((f"runs_dir={tmp_path}",), 100, 90, Machine())
    folder = answer(study.config(FACTS["goal_gradient"].worlds["card"]) | {"seed": 1})
    earned = duckdb.sql(f"SELECT DISTINCT points_earned FROM '{folder}/orders/*.parquet'").fetchall()
    assert earned == [(100,)]
    folder = answer(study.config(FACTS["message_frequency"].worlds["monthly_7"]) | {"seed": 1})
    ((most,),) = duckdb.sql(
        f"SELECT max(n) FROM (SELECT count(*) AS n FROM '{folder}/touches.parquet' GROUP BY shopper)"
    ).fetchall()
    assert most in (20, 21, 22)


def test_every_row_says_what_it_is():
    assert len(FACTS) >= 20
    for name, fact in FACTS.items():
        assert fact.text and fact.source and fact.measure and name == fact.id
        assert (fact.missing is None) == bool(fact.worlds) == bool(fact.parts)
        assert fact.missing or (fact.look is None) != (fact.live is None)
        for part in fact.parts.values():
            assert part.low is None or part.high is None or part.low < part.high
            assert part.low is not None or part.high is not None


def test_a_world_may_have_a_campaign_and_another_past():
    study = Worlds((), 2000, 90, Machine())
    assert set(study.config(contacts.winback(0.0, 0.2))["campaign"]) == {"winback_0", "winback_20"}
    arms = FACTS["points_for_discounts"].worlds
    points, discounts = (study.config(arms[name]) for name in ("points", "discounts"))
    assert points["history_policy"] == discounts["history_policy"] == discounts["policy"] != points["policy"]
    assert study.config(World())["campaign"] == {}


def ask(folder, *words):
    return scorecard.main([*SMALL, f"results_dir={folder / 'results'}", f"runs_dir={folder / 'runs'}", *words])


def test_a_row_end_to_end(tmp_path, capsys):
    assert ask(tmp_path, "only=[programme_by_usage]", f"keep={tmp_path / 'kept.md'}") == 0
    (made,) = (tmp_path / "results").glob("scorecard-*")
    rows = json.loads((made / "scorecard.json").read_text(encoding="utf-8"))["facts"]
    assert list(rows) == list(FACTS)
    row = rows["programme_by_usage"]
    assert row["seeds"] == 2 and len(row["runs"]) == 4
    assert row["low"] <= row["figure"] <= row["high"] and set(row["parts"]) == {"light", "middle", "heavy"}
    assert np.mean(row["by_seed"]["light"]) == pytest.approx(row["figure"])
    assert all("not asked for" in one["because"] for name, one in rows.items() if name == "attrition")
    page = (made / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == len(FACTS) == len(list((made / "figures").glob("*.svg")))
    assert "# Published facts" in (tmp_path / "kept.md").read_text(encoding="utf-8")
    assert drawn(row, None) == (made / "figures" / "programme_by_usage.svg").read_text(encoding="utf-8")
    assert "programme_by_usage" in capsys.readouterr().out


def test_worlds_that_are_no_twins_are_refused(tmp_path):
    """Planted fault: the worlds of one row come from two seeds."""
    study, worlds = Worlds((f"runs_dir={tmp_path}",), 100, 60, Machine()), FACTS["programme_by_usage"].worlds
    folders = {name: answer(study.config(world) | {"seed": 4 + k}) for k, (name, world) in enumerate(worlds.items())}
    with pytest.raises(RegularsError, match="no twins, their seed differ"):
        looked({"fact": "programme_by_usage", "folders": folders})


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["only=[head_strat]"], "head_start"),
        (["+policy=points"], "policy: was given"),
        (["days=90"], "days: was given"),
        (["populaton=food"], "populaton"),
        (["seeds=1"], "seeds"),
        (["keep=nowhere/here.md"], "keep"),
    ],
)
def test_a_slip_ends_with_one_line(tmp_path, monkeypatch, capsys, words, line):
    monkeypatch.chdir(tmp_path)
    usual = [word for word in SMALL if word.partition("=")[0] not in words[-1]]
    assert scorecard.main([*usual, *words]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") <= 2 and line in error and "Traceback" not in error
    assert not list(tmp_path.glob("results/*")) and not list(tmp_path.glob("runs/*"))
