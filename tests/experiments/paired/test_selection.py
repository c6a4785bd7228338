"""The race."""

import numpy as np
import pytest

from experiments.paired.selection import Race
from sim.errors import RegularsError
from tests.experiments.paired.worlds import MANY, generator, outcomes, passing

FIRST, ZONE = 10, 0.25
EFFECTS = (0.0, ZONE, 0.0, 0.0)  # the least favourable case: all others exactly one zone behind


def run(table: np.ndarray, zone: float = ZONE) -> Race:
    """A whole race over values, shape (policies, seeds)."""
    race = Race(table[:, :FIRST], zone)
    while not race.done:
        race.add(table[list(race.survivors), race.seeds])
    return race


def by_race(table: np.ndarray) -> int:
    return run(table).winner


def by_first_stage(table: np.ndarray) -> int:
    """Planted fault: the leader of the first seeds is taken."""
    return int(table[:, :FIRST].mean(axis=1).argmax())


@pytest.mark.parametrize(
    ("winner", "right"), [(by_race, True), (by_first_stage, False)], ids=["as it is", "planted fault"]
)
def test_the_best_is_selected_95_percent_of_the_time(winner, right):
    """1,000 races of correlated policies: at least 930 right. At exactly 95 % 99.7 % pass, at 91 % 1.4 %."""
    assert passing(930, MANY, 0.95) > 0.997 and passing(930, MANY, 0.91) < 0.016
    tables = outcomes(generator(81), MANY, EFFECTS, 300)
    assert (sum(winner(table) == 1 for table in tables) >= 930) == right


def test_shared_luck_shortens_the_race():
    """Nine times less variance of a difference: at least three times fewer seeds over 20 races."""
    spent = []
    for shared in (True, False):
        tables = outcomes(generator(82), 20, EFFECTS, 900, shared)
        spent.append(sum(run(table).seeds for table in tables))
    assert 3 * spent[0] < spent[1]


def test_by_hand_at_two_policies():
    """Differences 1, 3, 2 (variance 1), zone z = 0.99: 2 eta = 0.1^-1 - 1 = 9, h^2 = 9 * 2 = 18.

    The allowance of r seeds is z / 2 r (18 / z^2 - r), 18 / z^2 = 18.37.
    """
    table = np.array([[0.0, 0.0, 0.0], [1.0, 3.0, 2.0]])
    race = Race(table, zone=0.99)
    assert race.most_seeds == 19 and race.survivors == (0, 1)  # a lead of 2 against 2.54
    race.add([0.0, 0.0])
    assert race.survivors == (0, 1)  # 6 / 4 = 1.5 against 1.78
    race.add([0.0, 2.5])  # 8.5 / 5 = 1.7 against 1.32
    assert race.survivors == (1,) and race.done and race.winner == 1 and race.seeds == 5
    with pytest.raises(RegularsError, match="decided"):
        race.add([1.0])


def test_who_is_out_stays_out_and_who_races_on_is_asked():
    table = outcomes(generator(83), 1, (0.0, 5.0, 5.0, 0.0), 300)[0]
    race = Race(table[:, :FIRST], zone=0.05)
    assert race.survivors == (1, 2) and not race.done
    with pytest.raises(RegularsError, match="one finite number for each of the 2"):
        race.add(table[:, FIRST])
    with pytest.raises(RegularsError, match="not decided"):
        _ = race.winner


def test_identical_policies_end_in_a_tie():
    """Twins that never differ use up no allowance: the race ends at once with both and names the first."""
    table = outcomes(generator(84), 1, (0.0, 0.0, -3.0), 20)[0, [0, 0, 2]]
    race = Race(table, zone=0.5)
    assert race.survivors == (0, 1) and race.done and race.winner == 0


def test_for_a_cost_the_smallest_wins():
    table = outcomes(generator(85), 1, EFFECTS, 300)[0]
    race = Race(-table[:, :FIRST], ZONE, largest_is_better=False)
    while not race.done:
        race.add(-table[list(race.survivors), race.seeds])
    assert (race.winner, race.seeds) == (run(table).winner, run(table).seeds)


@pytest.mark.parametrize(("zone", "confidence"), [(0.0, 0.95), (1.0, 0.2), (1.0, 1.0)])
def test_a_race_without_a_goal_is_refused(zone, confidence):
    with pytest.raises(RegularsError):
        Race(np.arange(12.0).reshape(4, 3), zone, confidence)
    with pytest.raises(RegularsError, match="at least 2"):
        Race([[1.0, 2.0]], 1.0)
