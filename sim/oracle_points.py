"""The points ledger of the oracle: a plain list of lots for each customer."""

from datetime import date, timedelta
from math import floor
from types import SimpleNamespace
from typing import Any

from sim.config import Config
from sim.house import PRIOR_POINTS
from sim.reach import FAR
from sim.shop import customers as file
from sim.shop.points import days_to_lapse
from sim.shop.terms import following


class PointsByHand:
    """Lots earned, spent, clawed back and lapsed, and the shop's estimate of how many will be spent."""

    config: Config
    f: SimpleNamespace  # the formulas
    everybody: list[Any]  # with an order
    programme: Any
    estimate: float
    matured: int
    matured_redeemed: int

    def earn(self, shopper: Any, points: int, day: int) -> SimpleNamespace:
        """A lot."""
        start = self.config.start or date(2025, 1, 1)
        wait, life = self.programme.pending_days, days_to_lapse(self.programme, start + timedelta(days=day))
        lot = SimpleNamespace(
            earned=points,
            left=points,
            clawed=0,
            lapsed=0,
            pending=wait > 0,
            release=day + 1 + wait,
            expiry=FAR if life < 0 else day + 1 + life,
        )
        shopper.lots.append(lot)
        self.count(shopper)
        return lot

    def count(self, shopper: Any) -> None:
        """Pending and available points, from the lots."""
        shopper.c.points_pending = sum(lot.left for lot in shopper.lots if lot.pending)
        shopper.c.points_available = sum(lot.left for lot in shopper.lots if not lot.pending)

    def take(self, shopper: Any, points: int, clawed: bool = False) -> int:
        """Up to `points` from available lots, oldest first, for a gift or clawed back."""
        left = points
        for lot in shopper.lots:
            if not lot.pending:
                part = min(lot.left, left)
                lot.left -= part
                lot.clawed += part if clawed else 0
                left -= part
        self.count(shopper)
        return points - left

    def redeem(self, shopper: Any) -> int:
        """One gift."""
        threshold, available = self.programme.threshold, shopper.c.points_available
        if available < max(threshold, 1):
            return 0
        affordable = [gift for gift in (threshold, *self.programme.dearer_gifts) if gift <= available]
        return self.take(shopper, max(affordable) if threshold > 0 else available)

    def claw(self, shopper: Any, lot: Any) -> None:
        """Points of a returned order."""
        part = min(lot.left, lot.earned)
        lot.left -= part
        lot.clawed += part
        self.count(shopper)
        self.take(shopper, lot.earned - part, clawed=True)

    def points_midnight(self, day: int, index: int) -> None:
        """Release, expiry, estimate."""
        for shopper in self.everybody:
            touched = False
            for lot in shopper.lots:
                touched = touched or lot.release == day or lot.expiry == day
                if lot.release == day:
                    lot.pending = False
                if lot.expiry == day:
                    self.matured += lot.earned - lot.clawed
                    self.matured_redeemed += lot.earned - lot.clawed - lot.lapsed - lot.left
                    lot.left = 0
            silent = self.programme.inactivity_days
            if silent is not None and floor(shopper.c.last_order) + 1 + silent <= day:
                for lot in shopper.lots:
                    touched = touched or lot.left > 0
                    lot.lapsed, lot.left = lot.lapsed + lot.left, 0
            if touched:
                self.count(shopper)
                self.f.tell_reward(shopper.p, shopper.c, self.programme.threshold)
                shopper.lots = [lot for lot in shopper.lots if lot.expiry > day]
        if self.programme.until == day:
            self.change_terms()
        if index % file.PERIOD_DAYS == 0:
            self.review()

    def change_terms(self) -> None:
        """The programme ends or is followed by another."""
        self.programme, conversion = following(self.programme)
        for shopper in self.everybody:
            for lot in shopper.lots:
                before, lot.left = lot.left, floor(lot.left * conversion)
                lot.earned += lot.left - before
            self.count(shopper)
            self.f.tell_reward(shopper.p, shopper.c, self.programme.threshold)

    def review(self) -> None:
        """Share of points redeemed, from the shop's own past."""
        prior = self.programme.redemption_estimate
        self.estimate = (prior * PRIOR_POINTS + self.matured_redeemed) / (PRIOR_POINTS + self.matured)
