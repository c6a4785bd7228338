"""What a campaign is told of its own messages: who was touched or left untouched, and who ordered within 30 days."""

from collections.abc import Sequence

import numpy as np

from sim.columns import Records
from sim.contract import Answers

ANSWER_DAYS = 30


def answers_of(messages: Records, waves: Sequence[int], names: Sequence[str], now: float) -> Answers:
    """The messages of some waves whose 30 days are over.

    Args:
        messages: `sim.mail.MESSAGE` records, shape (n,), in order of sending.
        waves: Rows of the table of waves that are the campaign's own.
        names: Of each of `waves`.
        now: Day, at midnight.
    """
    sent = int(np.searchsorted(messages["time"], now - ANSWER_DAYS, side="right"))
    told = messages[:sent]
    label = np.array(names, dtype=str)
    place = np.full(max(waves, default=-1) + 1, -1)
    place[list(waves)] = np.arange(len(waves))
    wave = told["wave"]
    mine = np.flatnonzero(np.append(place, -1)[np.minimum(wave, len(place))] >= 0)
    told = told[mine]
    columns = {
        "customer": told["key"].copy(),
        "wave": label[place[told["wave"]]] if len(told) else np.zeros(0, "U1"),
        "time": told["time"].copy(),
        "held_out": told["holdout"].copy(),
        "ordered": told["next_order"] < told["time"] + ANSWER_DAYS,
        "orders": told["orders"].copy(),
        "spend": told["spend_fen"] / 100.0,
        "silence": told["time"] - told["last_order"],
        "mean_gap": told["mean_gap"].copy(),
    }
    for column in columns.values():
        column.flags.writeable = False
    return Answers(**columns)
