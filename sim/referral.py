"""Referrals: codes at hand, friends on their way, and the bond between the referred and their referrers.

All is decided at midnights and keyed by the referrer, so that no batch and no tick length changes who comes and when.
Friends visit as prospects do, and no advertising is paid for them.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from sim.columns import Records, Table, constants
from sim.config import Config
from sim.contract import F64, I64
from sim.draws import KIND_REFERRED
from sim.people.passing_on import WEEK, bound, friend_key, passes_on, referral_constants, stays

if TYPE_CHECKING:
    from sim.house import House

CODE = np.dtype(
    [("message", "i8"), ("passed", "i8"), ("friends", "i8")], align=True
)  # at hand; visits and buyers so far
COMING = np.dtype([("time", "f8"), ("key", "i8"), ("referrer", "i8"), ("message", "i8")], align=True)
BOND = np.dtype([("row", "i8"), ("referrer", "i8"), ("exit_probability", "f8")], align=True)  # own, without the bond


def referred(keys: Any) -> Any:
    """Which keys are those of friends, shape (n,)."""
    return keys >> 60 == KIND_REFERRED


@njit(cache=True, error_model="numpy")
def pass_on_all(people: Any, codes: Any, messages: Any, waves: Any, day: int, coming: Any, r: Any, seed: int) -> int:
    """Step `passes_on` for all with a code that is good, written to `coming`; returns how many."""
    n = 0
    for i in range(len(codes)):
        code = codes[i]
        if code.message == 0:
            continue
        t = messages[code.message - 1]
        if day >= t.time + waves[t.wave].days_valid:
            continue
        part = passes_on(people[i], day // WEEK, r[0], seed)
        if part < 0.0:
            continue
        c = coming[n]
        c.time = day + WEEK * part
        c.key = friend_key(people[i].key, code.passed)
        c.referrer = i
        c.message = code.message
        code.passed += 1
        n += 1
    return n


@njit(cache=True, error_model="numpy")
def bind_all(people: Any, bonds: Any, r: Any) -> None:
    """Step `bound` for all referred customers."""
    for k in range(len(bonds)):
        b = bonds[k]
        people[b.row].exit_probability = bound(b.exit_probability, stays(people[b.referrer]), r[0])


class Referrals:
    """The codes of a run; without any, nothing happens."""

    def __init__(self, config: Config, seed: int) -> None:
        self.codes, self.bonds, self.coming = Table(CODE), Table(BOND), Table(COMING)
        self.constants = constants(referral_constants(config))
        self.seed = seed
        self.visits: dict[int, int] = {}  # by row of the table of waves
        self._here: dict[int, Any] = {}  # friends of this batch, by key

    def midnight(self, world: "House", post: Any, opened: I64, day: int) -> None:
        """Codes read since the last midnight are at hand; bonds are looked at; once a week codes are passed on."""
        people, messages, waves = world.people.rows, post.messages.rows, post.waves.rows
        self.codes.extend(max(len(post.boxes.rows) - len(self.codes.rows), 0))
        for number in opened[waves["code"][messages["wave"][opened - 1]]].tolist() if len(opened) else ():
            self.codes.rows["message"][messages["row"][number - 1]] = number
        bind_all(people, self.bonds.rows, self.constants)
        if day % WEEK == 0 and world.prospects_come and waves["code"].any():
            found: Records = np.zeros(len(self.codes.rows), COMING)
            n = pass_on_all(people, self.codes.rows, messages, waves, day, found, self.constants, self.seed)
            self.coming.extend(n)[:] = found[:n]

    def join(self, prospects: tuple[I64, F64], end: float) -> tuple[I64, F64]:
        """Keys and times of prospects, with the friends who visit before `end`, in order of time."""
        coming = self.coming.rows
        now = coming["time"] < end
        if not now.any():
            return prospects
        friends, later = coming[now], coming[~now]
        self._here = {int(each["key"]): each for each in friends}
        self.coming.truncate(0)
        self.coming.extend(len(later))[:] = later
        keys, times = (np.concatenate([a, friends[n]]) for a, n in zip(prospects, ("key", "time"), strict=True))
        order = np.argsort(times, kind="stable")
        return keys[order], times[order]

    def welcome(self, people: Records, messages: Records, waves: Records) -> None:
        """Friends among the strangers who have just come in, `people`, hold what the code gives them."""
        for i in np.flatnonzero(referred(people["key"])):
            message = int(self._here[int(people["key"][i])]["message"])
            wave = int(messages["wave"][message - 1])
            self.visits[wave] = self.visits.get(wave, 0) + 1
            if waves["coupon_share"][wave] > 0 or waves["coupon_yuan"][wave] > 0:
                people["coupon"][i] = message

    def keep(self, people: Records, visits: Records) -> None:
        """Friends who bought are bound to who sent them."""
        for v in visits[visits["prospect"] & (visits["shop"] == 0) & referred(visits["key"])]:
            row, referrer = int(v["row"]), int(self._here[int(v["key"])]["referrer"])
            own = people["exit_probability"][row]
            self.bonds.extend(1)[0] = (row, referrer, own)
            self.codes.rows["friends"][referrer] += 1
            people["exit_probability"][row] = bound(float(own), stays(people[referrer]), self.constants[0])
