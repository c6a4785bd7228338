"""A tick: all needs that fall due in it are served as one batch of columns.

The order of a visit, each step a verb:
due -> meet (recall) -> greet -> desk -> offer -> decide -> ring up -> settle -> experience -> next need.
"""

import numpy as np

from sim.arrivals import DAYS_AHEAD
from sim.columns import Records, as_bytes, joined, take
from sim.contract import F64, I64
from sim.draws import KIND_ADS
from sim.house import House
from sim.joining import membership_of, sell_memberships
from sim.people import batch
from sim.reach import tell_rewards
from sim.shop import register
from sim.shop.cash import cash_terms
from sim.shop.counter import asked, read_offer, refuse_points
from sim.shop.desk import CONTACT, book_callers, due_contacts, serve
from sim.shop.money import COLUMN, ORDER
from sim.shop.points import USED, days_to_lapse
from sim.visits import VISIT

_ACQUISITION = COLUMN["acquisition_fen"]


def in_order(time: F64, key: I64) -> I64:
    """Order of time and then of key, shape (n,): one sort, and a second key only where two times are equal."""
    order = np.argsort(time)
    sorted_time = time[order]
    if (sorted_time[1:] == sorted_time[:-1]).any():
        return np.lexsort((key, time))
    return order


class Tick(House):
    """A house that trades."""

    def trade(self, end: float) -> None:
        """Serves all needs due before `end`; who is due twice is served twice, in order."""
        again = True
        prospects = self.arrivals.before(end) if self.prospects_come else None
        if self.post is not None:
            prospects = self.post.strangers(prospects, end)
        first = True
        while again:
            rows = self._due(end)
            again = self.config.population.min_gap_days < self.config.tick and len(rows) > 0
            callers = prospects is not None or len(self.contacts.rows) or end <= 0  # before day 0: those who pass by
            if len(rows) or (first and callers):
                self._serve(rows, prospects if first else None, end)
            first = False
        self._hand_on()

    def _hand_on(self) -> None:
        """The orders of the tick to the records, in order, also those of customers who came twice."""
        sold, self._sold = self._sold, []
        if sold and self.take_orders is not None:
            rows = sold[0] if len(sold) == 1 else np.concatenate(sold)
            self.take_orders(rows if len(sold) == 1 else take(rows, np.lexsort((rows["shopper"], rows["time"]))))

    def _due(self, end: float) -> I64:
        if len(self._rows) < len(self.next_time.rows):
            self._rows = np.empty(len(self.next_time.rows) * 5 // 4 + 16, np.int64)
        rows = self._rows[: batch.due(self.next_time.rows, end, self._rows)]
        return rows if self.batch_order is None else self.batch_order(rows)

    def _serve(self, rows: I64, prospects: tuple[I64, F64] | None, end: float) -> None:
        """One batch, all of one day, from recall to the next need."""
        first_row = len(self.people.rows)
        day = int(np.ceil(end)) - 1
        visits = self._meet(rows, prospects, day)
        contacts = self._contacts_due(end)
        if not len(visits):
            self._help(visits, contacts, day)
            return
        register.price_up(visits, self.shop)
        self._help(visits, contacts, day)
        visit = self.greet(visits)
        if membership_of(self.policy) is not None:
            with asked(self.name, self.policy, "membership"):
                visit = sell_memberships(self, visits, visit)
        with asked(self.name, self.policy, "offer"):
            read_offer(self.policy.offer(visit), visits, float(self.calendar.sale[day - self.origin]))
            if self.programme is None or self.points_ended is not None:
                refuse_points(visits, self.points_ended)
        if self.post is not None:
            self.post.present(self, visits)
        batch.decide_all(self.people.rows, visits, self.mind, self.seed)
        if prospects is not None:
            self._keep(visits, first_row)
        self._ring_up(visits)
        self._experience(visits)

    def _meet(self, rows: I64, prospects: tuple[I64, F64] | None, day: int) -> Records:
        """Visits of those who thought of the shop, and of prospects, in order of time and shopper."""
        c = self.calendar
        book = self.books[day - self.origin]
        came, times, keys = np.empty(len(rows), np.int64), np.empty(len(rows)), np.empty(len(rows), np.int64)
        n, needs = batch.meet_all(
            self.people.rows, self.next_time.rows, rows, came, times, keys, self.mind, self.seed, c.clock, c.factor,
            c.origin, self.missed,
        )  # fmt: skip
        came, times, keys = came[:n], times[:n], keys[:n]
        book[COLUMN["needs"]] += needs
        book[COLUMN["visits"]] += n
        first = len(self.people.rows)
        if prospects is not None and len(prospects[0]):
            self._welcome(*prospects, book)
            came = np.concatenate([came, np.arange(first, len(self.people.rows))])
            times, keys = np.concatenate([times, prospects[1]]), np.concatenate([keys, prospects[0]])
        order = in_order(times, keys)
        if len(self._visits) < len(order):
            self._visits = np.zeros(len(order) * 5 // 4 + 64, VISIT)
            self._raw_visits = as_bytes(self._visits)
        visits, level = self._visits[: len(order)], self.rivals.level[day - self.origin]
        batch.approach_all(
            self.people.rows, came[order], times[order], first, visits, self._raw_visits, self.mind, self.seed, level
        )
        return visits

    def _welcome(self, keys: I64, times: F64, book: I64) -> None:
        """Blank pages for prospects, who cost money whether they buy or not."""
        first = len(self.people.rows)
        self.people.extend(len(keys))
        batch.welcome(self.people.rows, keys, times, first, self.mind, self.seed)
        self.customers.extend(len(keys))
        register.open_pages(self.customers.rows, self.people.rows, first)
        book[COLUMN["needs"]] += len(keys)
        book[COLUMN["prospects"]] += len(keys)
        paid = int(np.count_nonzero(keys >> 60 == KIND_ADS))  # friends of customers come for nothing
        book[_ACQUISITION] += round(self.config.population.visit_cost * 100) * paid
        if self.post is not None:
            self.post.welcome(self, first)

    def _contacts_due(self, end: float) -> Records:
        """After-sales contacts of this tick, in order of time and shopper."""
        waiting = self.contacts.rows
        out: Records = np.zeros(len(waiting), CONTACT)
        n, kept = due_contacts(waiting, len(waiting), end, out)
        self.contacts.truncate(kept)
        out = out[:n]
        if end <= 0 and self.config.service.desk:
            out = joined(out, self._passers(end))
        return take(out, in_order(out["time"], out["key"]))

    def _passers(self, end: float) -> Records:
        """Chats, before day 0, of prospects who bought nothing: the desk is as busy then as after day 0."""
        if end > self._chats_until:
            self._chats_until = end + DAYS_AHEAD
            keys, times = self.passers.before(self._chats_until)
            fresh: Records = np.zeros(len(keys), CONTACT)
            fresh = fresh[: batch.chats_of_passers(keys, times, fresh, self.mind, self.seed)]
            self._chats = joined(self._chats, fresh)
        n = int(np.searchsorted(self._chats["time"], end))
        chats, self._chats = self._chats[:n], self._chats[n:]
        return chats

    def _help(self, visits: Records, contacts: Records, day: int) -> None:
        """The desk: chats and after-sales contacts in one queue; contacts are heard at midnight."""
        if self.config.service.desk:
            serve(visits, contacts, self.customers.rows, *self.lines, self.desk, self.seed)
            book_callers(visits, contacts, self.books[day - self.origin])
        elif len(contacts):
            serve(visits[:0], contacts, self.customers.rows, np.full(1, -1e18), np.zeros(0), self.desk, self.seed)
            contacts["wait"], contacts["answered"] = 0.0, True  # without a desk nobody waits for anybody
        customers = contacts["row"] >= 0
        if customers.any():
            self.heard.reserve(int(customers.sum()))[:] = take(contacts, np.flatnonzero(customers))

    def _keep(self, visits: Records, first_row: int) -> None:
        """Prospects who bought stay, the others are forgotten."""
        used = register.keep_newcomers(self.people.rows, self.customers.rows, visits, first_row)
        self.people.truncate(used)
        self.customers.truncate(used)
        self.next_time.extend(used - first_row)
        if self.post is not None:
            self.post.keep(self, visits)

    def _ring_up(self, visits: Records) -> None:
        """Orders, the ledgers, the customer file, and the policy's settlement."""
        sold = int(np.count_nonzero(visits["shop"] == 0))
        if not sold:
            return
        orders: Records = np.zeros(sold, ORDER)
        programme = self.programme
        threshold, pending, expiry, cost, dearer = -1, 0, -1, 0.0, np.zeros(0, np.int64)
        if programme is not None:
            threshold, pending = programme.threshold, programme.pending_days
            expiry = days_to_lapse(programme, self.date_of(int(visits["time"][0] // 1.0)))
            dearer = np.array(programme.dearer_gifts, np.int64)
            cost = programme.cost_ratio * self.estimate * programme.POINT_FEN
            if int(self.pool[USED]) + sold > len(self.lots.rows):
                self.lots.extend(max(sold, len(self.lots.rows) // 4))
        used = len(self.returns.rows)
        self.returns.reserve(sold)
        _, returned = register.ring_up_all(
            self.customers.rows, visits, orders, self.shop, cost, threshold, dearer, cash_terms(programme), pending, expiry, self.lots.rows,
            self.pool, self.release, self.expiry, self.books, self.origin, self.returns.rows, used, self.retained,
        )  # fmt: skip
        if self.post is not None:
            self.post.answered(visits, orders)
        self.returns.truncate(returned)
        waiting = len(self.contacts.rows)
        self.contacts.reserve(sold)
        self.contacts.truncate(register.add_contacts(visits, self.contacts.rows, waiting, self.people.rows["patience"]))
        if self.programme is not None:
            tell_rewards(self.people.rows, self.customers.rows, orders["row"], sold, threshold)
        done = self.receipt(orders)
        with asked(self.name, self.policy, "settle"):
            self.settle(self.policy.settle(done), orders["row"])
        self._sold.append(orders)

    def _experience(self, visits: Records) -> None:
        c = self.calendar
        asked: I64 = np.zeros(2, np.int64)
        batch.experience_all(
            self.people.rows,
            visits,
            self.next_time.rows,
            self.mind,
            self.seed,
            c.clock,
            c.factor,
            c.origin,
            self.missed,
            asked,
        )
        day = int(np.floor(visits["time"][0])) - self.origin
        self.books[day, COLUMN["asks"]] += asked[0]
        self.books[day, COLUMN["refusals"]] += asked[1]
