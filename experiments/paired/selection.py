"""Many policies, few seeds: a race in which policies drop out as soon as they cannot be the best any more."""

from typing import Any

import numpy as np

from experiments.paired.values import F64, as_floats, check_between, outcome
from sim.errors import wrong


class Race:
    """The KN procedure: fully sequential, with an indifference zone, valid where policies share their luck.

    The one that is left is the best with chance `confidence` whenever the best leads by at least `zone`; else it is,
    with that chance, within `zone` of the best where only the means are closer. Valid for normal seeds with any
    correlation between policies; the more luck they share, the sooner it ends.

        race = Race(values, zone=0.5)            # (policies, first seeds), at least 10 seeds advised
        while not race.done:
            race.add(run_one_more_seed(race.survivors))
        race.winner

    Args:
        values: First stage, shape (policies, seeds), at least 2 of each; see `values.outcome`.
        zone: Smallest lead worth finding, > 0, unit of the outcome.
        confidence: Chance of a right selection, in (1 / policies, 1).
        largest_is_better: False for a cost.
    Source:
        Kim & Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, ACM TOMACS
        11(3), 251-273, with c = 1.
    """

    def __init__(self, values: Any, zone: float, confidence: float = 0.95, largest_is_better: bool = True) -> None:
        table = outcome(values, least=2)
        policies, seeds = table.shape
        if policies < 2:
            raise wrong("policies", policies, "at least 2 for a race")
        if not (zone > 0.0 and np.isfinite(zone)):
            raise wrong("zone", zone, "a lead > 0 in the unit of the outcome")
        check_between("confidence", confidence, 1.0 / policies, 1.0)
        self.zone, self.seeds = zone, seeds
        self._sign = 1.0 if largest_is_better else -1.0
        self._sums: F64 = self._sign * table.sum(axis=1)
        self._left: list[int] = list(range(policies))
        eta = 0.5 * ((2.0 * (1.0 - confidence) / (policies - 1)) ** (-2.0 / (seeds - 1)) - 1.0)
        spread = (table[:, None, :] - table[None, :, :]).var(axis=2, ddof=1)
        # seeds at which the allowance of a pair is used up: h^2 S^2 / zone^2
        self._reach: F64 = 2.0 * eta * (seeds - 1) * spread / zone**2
        self.most_seeds = int(np.floor(self._reach.max())) + 1  # seeds that the race can take at most
        self._screen()

    @property
    def survivors(self) -> tuple[int, ...]:
        """Rows still in the race, ascending."""
        return tuple(self._left)

    @property
    def done(self) -> bool:
        """Whether the race is decided; otherwise one more seed of every survivor is asked for."""
        return len(self._left) == 1 or self.seeds >= self._limit()

    @property
    def winner(self) -> int:
        """Row of the selected policy, the first of those that tie exactly.

        Raises:
            RegularsError: The race is not decided yet.
        """
        if not self.done:
            raise wrong("race", f"{len(self._left)} survivors", "one more seed of each first: the race is not decided")
        return self._left[int(np.argmax(self._sums[self._left]))]

    def add(self, values: Any) -> tuple[int, ...]:
        """One more seed of every survivor, in the order of `survivors`, shape (survivors,); returns those still in.

        Raises:
            RegularsError: The race is decided; another shape; a value that is not finite.
        """
        if self.done:
            raise wrong("race", "one more seed", f"none: the race is decided for policy {self.winner}")
        fresh = as_floats("race", values)
        if fresh.shape != (len(self._left),) or not np.isfinite(fresh).all():
            raise wrong(
                "race", f"shape {fresh.shape}", f"one finite number for each of the {len(self._left)} survivors"
            )
        self._sums[self._left] += self._sign * fresh
        self.seeds += 1
        self._screen()
        return self.survivors

    def _screen(self) -> None:
        """Drops whoever is behind another by more than their allowance, which shrinks with every seed."""
        left, r = self._left, self.seeds
        mean = self._sums[left] / r
        allowance = np.maximum(self.zone / (2.0 * r) * (self._reach[np.ix_(left, left)] - r), 0.0)
        keep = (mean[:, None] >= mean[None, :] - allowance).all(axis=1)
        self._left = [row for row, stays in zip(left, keep.tolist(), strict=True) if stays]

    def _limit(self) -> int:
        """Seeds after which no allowance is left between the survivors."""
        return int(np.floor(self._reach[np.ix_(self._left, self._left)].max())) + 1
