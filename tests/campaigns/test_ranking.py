"""Ranking by lift: from the shop's own answers, right when cells differ, and never from what it cannot know."""

from typing import Any

import numpy as np
import pytest

from policies.campaigns.ranking import best, expected_lift, lift_by_cell
from policies.campaigns.winback import Winback
from sim.contract import Answers
from tests.campaigns.test_oracle import told, unequal
from tests.campaigns.worlds import LOUD, Everybody
from tests.test_world import POLICIES
from tests.worlds import small, trade

EARLY = {"lapse_cycles": 0.5, "pause_days": 20.0, "least_answers": 20, "holdout": 0.4, "least_orders": 1}


def answers(n: int, lift: Any, natural: float = 0.2, seed: int = 3) -> tuple[Any, Any, Any]:
    """Cells, held out or not, and orders of `n` customers a cell; `lift` by cell, shape (8,)."""
    luck = np.random.default_rng(seed)
    cell = np.repeat(np.arange(8), n)
    held = luck.random(8 * n) < 0.3
    return cell, held, luck.random(8 * n) < natural + np.where(held, 0.0, np.asarray(lift)[cell])


def test_cells_that_differ_are_told_apart() -> None:
    """20,000 answers a cell, lift 0.2 in four cells: every estimate within 0.03, five standard errors (fails once in 2e6)."""
    true = np.array([0.2, 0.0] * 4)
    assert np.abs(lift_by_cell(*answers(20_000, true)) - true).max() < 0.03
    assert np.abs(lift_by_cell(*answers(20_000, true[::-1])) - true).max() > 0.1  # the planted fault: cells confused


def test_few_answers_are_drawn_towards_the_mean() -> None:
    """Where no cell differs, estimates of 40 answers a cell scatter by less than half of what the raw differences do."""
    drawn, raw = [], []
    for seed in range(40):
        cell, held, ordered = answers(40, np.full(8, 0.1), seed=seed)
        drawn.append(lift_by_cell(cell, held, ordered).std())
        kept = [(cell == k) & held for k in range(8)], [(cell == k) & ~held for k in range(8)]
        raw.append(np.std([ordered[t].mean() - ordered[h].mean() for h, t in zip(*kept, strict=True)]))
    assert np.mean(drawn) < 0.5 * np.mean(raw)


def test_it_waits_for_answers_and_takes_the_best_share() -> None:
    """None until there are enough of both kinds; then so many as asked for, equals by risk and number."""
    n = 20
    one = np.ones(n)
    few = Answers(
        np.arange(n), np.array(["a"] * n), one, np.arange(n) < 4, np.arange(n) % 2 == 0, np.full(n, 2), one, one, one
    )
    assert expected_lift(few, 5, one, one, np.full(n, 2), one) is None
    assert expected_lift(few, 4, one, one, np.full(n, 2), one) is not None
    due, lift = np.array([True, True, True, True, False]), np.array([0.1, 0.3, 0.3, 0.0, 0.9])
    risk, customer = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([5, 4, 3, 2, 1])
    assert best(due, 0.25, lift, risk, customer).tolist() == [False, False, True, False, False]
    assert best(due, 0.5, lift, risk, customer).tolist() == [False, True, True, False, False]


def test_answers_are_what_the_records_say() -> None:
    """Both kinds, 30 days old at least, from the campaign's own messages only, with the file as it was at the sending."""
    found: dict[str, Any] = {}

    class Asking(Everybody):
        def processes(self, shop: Any) -> Any:
            for wait in super().processes(shop):
                found["answers"], found["day"] = shop.answers(), shop.day
                yield wait

    campaigns = {"it": Asking(holdout=0.3), "other": Everybody(channel="email")}
    world, orders = trade(small(), POLICIES["none"], campaigns=campaigns)
    given, messages = found["answers"], world.post.messages.rows
    mine = np.array([name == "it" for name, _ in world.post.terms])[messages["wave"]]
    old = messages[mine & (messages["time"] + 30 <= found["day"])]
    assert given.customer.tolist() == old["key"].tolist() and given.held_out.tolist() == old["holdout"].tolist()
    assert 0.2 < given.held_out.mean() < 0.4 and set(given.wave) == {"all"} and not given.time.flags.writeable
    for i in range(0, len(old), 97):
        own = np.sort(orders["time"][orders["shopper"] == given.customer[i]])
        day = given.time[i]
        assert given.ordered[i] == np.any((own >= day) & (own < day + 30))
        assert given.orders[i] == np.sum(own < day) and given.silence[i] == day - own[own < day].max()


@pytest.mark.parametrize("ranking", ["risk", "lift"])
def test_ranked_winback_in_engine_and_oracle(ranking: str) -> None:
    """Equal to the last bit; in shuffled batches and quarter days too; and it does rank."""
    campaigns = {"winback": Winback(ranking=ranking, **EARLY)}
    config = small(**LOUD)
    world, orders = trade(config, POLICIES["none"], campaigns=campaigns)
    assert unequal(world, orders, told(config, POLICIES["none"], campaigns)) == []
    other, _ = trade(small(**LOUD, tick=0.25), POLICIES["none"], shuffle=5, campaigns=campaigns)
    assert other.post.messages.rows["key"].tolist() == world.post.messages.rows["key"].tolist()
    everybody, _ = trade(config, POLICIES["none"], campaigns={"winback": Winback(**EARLY)})
    assert 100 < len(world.post.messages.rows) < len(everybody.post.messages.rows)
