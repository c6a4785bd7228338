"""A tick: all needs that fall due in it are served as one batch of columns.

The order of a visit, each step a verb:
due -> meet (recall) -> greet -> desk -> offer -> decide -> ring up -> settle -> experience -> next need.
"""

import numpy as np

from sim import acts
from sim.arrivals import DAYS_AHEAD
from sim.columns import Records, as_bytes, copied, joined, take
from sim.contract import F64, I64
from sim.draws import KIND_ADS
from sim.house import House, gives_nothing
from sim.joining import membership_of, sell_memberships
from sim.people import batch
from sim.shop.cash import cash_terms
from sim.shop.counter import asked, read_offer, refuse_points
from sim.shop.desk import CONTACT, due_contacts
from sim.shop.money import COLUMN, ORDER
from sim.shop.points import USED, days_to_lapse
from sim.visits import VISIT

_ACQUISITION = COLUMN["acquisition_fen"]
_NO_GIFTS: I64 = np.zeros(0, np.int64)
Prospects = tuple[I64, F64]  # keys and times
NOBODY: Prospects = (np.zeros(0, np.int64), np.zeros(0))


class Tick(House):
    """A house that trades."""

    def trade(self, end: float) -> None:
        """Serves all needs due before `end`; who is due twice is served twice, in order."""
        again = first = True
        prospects = self.arrivals.before(end) if self.prospects_come else NOBODY
        if self.post is not None and self.prospects_come:
            prospects = self.post.strangers(prospects, end)
        while again:
            rows = self._due(end)
            again = self.config.population.min_gap_days < self.config.tick and len(rows) > 0
            callers = self.prospects_come or len(self.contacts.rows) or end <= 0  # before day 0: those who pass by
            if len(rows) or (first and callers):
                self._serve(rows, prospects if first else NOBODY, end)
            first = False
        self._hand_on()

    def _hand_on(self) -> None:
        """The orders of the tick to the records, in order, also those of customers who came twice."""
        sold, self._sold = self._sold, []
        if sold and self.take_orders is not None:
            rows = sold[0] if len(sold) == 1 else np.concatenate(sold)
            self.take_orders(rows if len(sold) == 1 else take(rows, np.lexsort((rows["shopper"], rows["time"]))))

    def _due(self, end: float) -> I64:
        need = len(self.next_time.rows)
        if len(self._rows) < need:
            self._rows = np.empty(need * 5 // 4 + 16, np.int64)
        rows = self._rows[: batch.due(self.next_time.rows, end, self._rows)]
        return rows if self.batch_order is None else self.batch_order(rows)

    def _serve(self, rows: I64, prospects: Prospects, end: float) -> None:
        """One batch, all of one day, from recall to the next need."""
        first_row = len(self.people.rows)
        day = int(np.ceil(end)) - 1
        visits = self._open(rows, prospects, first_row, day, end)
        if not len(visits):
            return
        self._offer(visits, float(self.calendar.sale[day - self.origin]))
        if self.post is not None:
            self.post.present(self, visits)
        self._settle(visits, self._sell(visits, first_row))
        self._experience(visits, day)

    def _experience(self, visits: Records, day: int) -> None:
        """What the visits leave in their minds, and the day of everybody's next need."""
        c = self.calendar
        acts.take_leave(
            self.people.rows, visits, self.next_time.rows, self.mind, self.seed, c.clock, c.factor, c.origin,
            self.missed, self.books[day - self.origin],
        )  # fmt: skip

    def _open(self, rows: I64, prospects: Prospects, first: int, day: int, end: float) -> Records:
        """Visits of those who thought of the shop, and of prospects, in order of time and shopper, served by the desk."""
        c, book = self.calendar, self.books[day - self.origin]
        new_keys, new_times = prospects
        self._make_room(len(rows) + len(new_keys))
        came, times, keys = self._came, self._times, self._keys
        if len(new_keys):
            self.people.extend(len(new_keys))
            self.customers.extend(len(new_keys))
            paid = int(np.count_nonzero(new_keys >> 60 == KIND_ADS))  # friends of customers come for nothing
            book[_ACQUISITION] += round(self.config.population.visit_cost * 100) * paid
        people, customers = self.people.rows, self.customers.rows
        n = acts.gather(
            people, customers, self.next_time.rows, rows, came, times, keys, new_keys, new_times, first, self.mind,
            self.seed, c.clock, c.factor, c.origin, self.missed, book,
        )  # fmt: skip
        if len(new_keys) and self.post is not None:
            self.post.welcome(self, first)
        contacts = self._callers(end)
        used = len(self.heard.rows)
        heard = self.heard.reserve(len(contacts))
        visits = self._visits[:n]
        heard_now = acts.open_counter(
            people, customers, visits, as_bytes(visits), came, times, keys, np.argsort(times[:n]), first, self.mind,
            self.shop, self.seed, self.rivals.level[day - self.origin], contacts, np.argsort(contacts["time"]),
            *self.lines, self.desk, self.config.service.desk, book, heard,
        )  # fmt: skip
        self.heard.truncate(used + heard_now)
        return visits

    def _offer(self, visits: Records, sale: float) -> None:
        """What the policy offers each visitor, written into the visits."""
        if gives_nothing(self.policy):
            visits["discount"] = sale  # all else is blank
            return
        visit = self.greet(visits)
        if membership_of(self.policy) is not None:
            with asked(self.name, self.policy, "membership"):
                visit = sell_memberships(self, visits, visit)
        with asked(self.name, self.policy, "offer"):
            read_offer(self.policy.offer(visit), visits, sale)
            if self.programme is None or self.points_ended is not None:
                refuse_points(visits, self.points_ended)

    def _make_room(self, callers: int) -> None:
        """Columns and visits for so many callers."""
        if len(self._came) < callers:
            room = callers * 5 // 4 + 64
            self._came, self._times, self._keys = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64)
            self._visits, self._orders = np.zeros(room, VISIT), np.zeros(room, ORDER)

    def _callers(self, end: float) -> Records:
        """After-sales contacts of this tick and, before day 0, chats of passers, in any order."""
        waiting = self.contacts.rows
        if end <= 0 and self.config.service.desk:
            self._pass_by(end)
        room = len(waiting) + len(self._chats) - self._chats_served
        if len(self._called) < room:
            self._called = np.zeros(room * 5 // 4 + 64, CONTACT)
        n, kept, self._chats_served = due_contacts(
            waiting, len(waiting), self._chats, self._chats_served, end, self._called
        )
        self.contacts.truncate(kept)
        return self._called[:n]

    def _pass_by(self, end: float) -> None:
        """Draws chats of prospects who bought nothing, before day 0: the desk is as busy then as after it."""
        if end > self._chats_until:
            self._chats_until = end + DAYS_AHEAD
            keys, times = self.passers.before(self._chats_until)
            fresh: Records = np.zeros(len(keys), CONTACT)
            fresh = fresh[: batch.chats_of_passers(keys, times, fresh, self.mind, self.seed)]
            self._chats, self._chats_served = joined(self._chats[self._chats_served :], fresh), 0

    def _sell(self, visits: Records, first_row: int) -> Records:
        """Decisions, orders and ledgers; prospects who bought stay, the others are forgotten. Returns the orders."""
        n, programme = len(visits), self.programme
        threshold, pending, expiry, cost, dearer = -1, 0, -1, 0.0, _NO_GIFTS
        if programme is not None:
            threshold, pending = programme.threshold, programme.pending_days
            on = None if programme.lapse_on is None else self.date_of(int(visits["time"][0] // 1.0))
            expiry = days_to_lapse(programme, on)
            dearer = np.array(programme.dearer_gifts, np.int64) if programme.dearer_gifts else _NO_GIFTS
            cost = programme.cost_ratio * self.estimate * programme.POINT_FEN
            if int(self.pool[USED]) + n > len(self.lots.rows):
                self.lots.extend(max(n, len(self.lots.rows)))
        returned, waiting = len(self.returns.rows), len(self.contacts.rows)
        self.returns.reserve(n)
        self.contacts.reserve(n)
        sold, used, returned, waiting = acts.close_sale(
            self.people.rows, self.customers.rows, visits, self._orders, first_row, self.mind, self.shop, self.seed,
            cost, threshold, dearer, cash_terms(programme), pending, expiry, self.lots.rows, self.pool, self.release,
            self.expiry, self.books, self.origin, self.returns.rows, returned, self.retained, self.contacts.rows,
            waiting,
        )  # fmt: skip
        self.returns.truncate(returned)
        self.contacts.truncate(waiting)
        self.people.truncate(used)
        self.customers.truncate(used)
        self.next_time.extend(used - len(self.next_time.rows))
        return self._orders[:sold]

    def _settle(self, visits: Records, orders: Records) -> None:
        """What the post and the policy make of the orders of a tick; the records get a copy."""
        if self.post is not None:
            self.post.keep(self, visits)
        if not len(orders):
            return
        if self.post is not None:
            self.post.answered(visits, orders)
        if not gives_nothing(self.policy):
            done = self.receipt(orders)
            with asked(self.name, self.policy, "settle"):
                self.settle(self.policy.settle(done), orders["row"])
        if self.take_orders is not None:
            self._sold.append(copied(orders))
