"""Sentences."""

import numpy as np
import pytest

from experiments.paired.difference import differences
from experiments.paired.equivalence import Verdict, non_inferiority
from experiments.paired.wording import decimals, sentence, verdict_sentence

LUCK = np.array([-1.0, 1.0] * 10)


def told(shift: float, spread: float, **how) -> str:
    (found,) = differences([np.full(20, 100.0), 100.0 + shift + spread * LUCK], level=how.pop("level", 0.95))
    return sentence(found, "points", "none", "contribution", **how)


@pytest.mark.parametrize(
    ("shift", "spread", "how", "text"),
    [
        (1.2, 1.92, {}, "points keeps 1.2 % more contribution than none, between 0.3 and 2.1 %, 20 seeds"),
        (-1.2, 1.92, {}, "points keeps 1.2 % less contribution than none, between 0.3 and 2.1 %, 20 seeds"),
        (
            0.4,
            2.5,
            {},
            "points and none cannot be told apart in contribution: "
            "0.4 % more, between 0.8 % less and 1.6 % more, 20 seeds",
        ),
        (
            12.0,
            8.0,
            {"unit": "yuan", "verb": "earns"},
            "points earns 12.0 yuan more contribution than none, between 8.2 and 15.8 yuan, 20 seeds",
        ),
        (0.0, 0.0, {}, "points and none are identical in contribution, 20 seeds"),
    ],
)
def test_a_difference_in_words(shift, spread, how, text):
    assert told(shift, spread, **how) == text


def test_another_level_than_95_percent_is_said():
    assert "2.3 % (90 % interval), 20 seeds" in told(1.5, 1.92, level=0.9)
    assert "more (99 % interval), 20 seeds" in told(0.4, 2.5, level=0.99)


def test_one_seed_and_a_share_in_points():
    (found,) = differences([[0.40], [0.45]])
    text = "points keeps 5.00 percentage points more retention than none, 1 seed: no interval from one seed"
    assert sentence(found, "points", "none", "retention", unit="percentage points") == text
    (found,) = differences([[-1.0, -2.0], [-0.5, -1.2]])
    assert found.relative is None and "%" not in sentence(found, "points", "none", "profit")


@pytest.mark.parametrize(("width", "digits"), [(1.8, 1), (18.0, 0), (0.05, 3), (1e-12, 6), (0.0, 2)])
def test_two_digits_of_an_interval_are_shown(width, digits):
    assert decimals(width) == digits


def test_a_verdict_in_words():
    asked = "loses at most 2 % of contribution"
    table = np.array([np.full(20, 100.0), 99.0 + 4.0 * LUCK])
    text = verdict_sentence(non_inferiority(table, 1), "points", asked)
    assert text.startswith(f"points: cannot tell yet whether it {asked} (20 seeds); about ")
    assert text.endswith(" more seeds would")
    for answer, start in (("pass", "points: pass, it loses"), ("fail", "points: fail, it is not so that it loses")):
        verdict = Verdict(answer, 0.0, 0.0, 0.0, 0.95, 20, 0.5, 0)  # type: ignore[arg-type]
        assert verdict_sentence(verdict, "points", asked).startswith(start)
    never = Verdict("cannot tell", 0.0, -1.0, 1.0, 0.95, 20, 0.5, None)
    assert "no number of seeds" in verdict_sentence(never, "points", asked)
