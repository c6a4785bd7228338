"""Midnight: the calendar, the market, the desk, returns and points, in that order, once the past day has traded."""

import numpy as np

from sim.contract import I64, PointsProgramme
from sim.market import WINDOW_DAYS
from sim.ordering import in_order
from sim.people import batch
from sim.reach import tell_rewards
from sim.shop import register
from sim.shop.customers import PERIOD_DAYS, new_period_all
from sim.shop.money import COLUMN
from sim.shop.points import USED, lapse_silent, midnight
from sim.shop.shifts import agent_hours
from sim.shop.terms import convert_all, following
from sim.tick import Tick

_WAGES, _SERVICE = COLUMN["wages_fen"], COLUMN["service_fen"]
_LISTED, _CUT, _FORGONE, _GIFTS = (COLUMN[n] for n in ("list_fen", "discount_fen", "post_forgone_fen", "gift_fen"))


class Midnight(Tick):
    """A house that trades by day and settles at midnight."""

    def close_day(self, day: int) -> None:
        """Midnight at the beginning of `day`: calendar, market, desk, returns, points."""
        index = day - self.origin
        self._pay_wages(index - 1)
        if index % PERIOD_DAYS == 0:
            new_period_all(self.customers.rows, index // PERIOD_DAYS)
        self._imitate(day)
        if len(self.heard.rows):
            heard = self.heard.rows
            batch.hear_all(self.people.rows, heard, in_order(heard["time"], heard["key"]), self.mind)
            self.heard.truncate(0)
        self._returns(day)
        self._points(day)
        if self.post is not None:
            self.post.hear(self, day)

    def _pay_wages(self, index: int) -> None:
        """Agents are paid for the opening hours; what chats took is on the order rows already."""
        service = self.config.service
        book = self.books[index]
        if service.desk and self.shard == 0:
            book[_WAGES] += round(agent_hours(service, self.shoppers) * service.wage_hour * 100)
        book[_WAGES] -= book[_SERVICE]

    def _imitate(self, day: int) -> None:
        if self.config.market.imitation_share > 0:
            stop = max(day - self.config.market.imitation_lag_days - self.origin, 0)
            past = self.books[max(stop - WINDOW_DAYS, 0) : stop]
            conceded = past[:, _CUT] + past[:, _FORGONE] + past[:, _GIFTS]
            self.rivals.imitate(day, int(past[:, _LISTED].sum()), int(conceded.sum()))

    def _returns(self, day: int) -> None:
        """Parcels that came back yesterday: refunds in the file, points clawed back."""
        entries = self.returns.rows
        touched: I64 = np.empty(len(entries), np.int64)
        kept, n = register.take_returns(
            self.customers.rows,
            entries,
            len(entries),
            day,
            self.lots.rows,
            self.pool,
            self.books[day - self.origin],
            touched,
        )
        self.returns.truncate(kept)
        if n and self.programme is not None:
            tell_rewards(self.people.rows, self.customers.rows, touched, n, self.programme.threshold)

    def _points(self, day: int) -> None:
        """Release, expiry, and once a month a new estimate of the share that will be redeemed."""
        if self.programme is None:
            return
        index = day - self.origin
        touched: I64 = np.empty(3 * int(self.pool[USED]) + 1, np.int64)
        n = midnight(
            self.customers.rows, index, self.lots.rows, self.pool, self.release, self.expiry, self.books[index], touched
        )
        if self.programme.inactivity_days is not None:
            n = lapse_silent(
                self.customers.rows, day, self.programme.inactivity_days, self.lots.rows, self.pool, self.books[index],
                touched, n,
            )  # fmt: skip
        if n:
            tell_rewards(self.people.rows, self.customers.rows, touched, n, self.programme.threshold)
        if self.programme.until == day:
            self._change_terms(self.programme, index)
        if index % PERIOD_DAYS == 0:
            self.review_estimate()

    def _change_terms(self, programme: PointsProgramme, index: int) -> None:
        """The end of a programme's terms: points lapse or are converted, and everybody hears how far a reward is now."""
        self.points_ended = programme.until if programme.successor is None else None
        self.programme, conversion = following(programme)
        customers = self.customers.rows
        convert_all(customers, conversion, self.lots.rows, self.pool, self.books[index])
        rows = np.flatnonzero(customers["orders"] > 0)
        tell_rewards(self.people.rows, customers, rows, len(rows), self.programme.threshold)
