"""The service desk: two lines, each with agents of its own, first come first served, customers with patience."""

from typing import Any

import numpy as np
from numba import njit

from sim.draws import RECOVERY_SERVICE, SERVICE_LOSS, SILENT, uniform_pair
from sim.gamma_table import tabled_gamma_quantile
from sim.shop.money import COLUMN
from sim.shop.shifts import shift_queue

_CHATS, _CONTACTS, _ABANDONED = COLUMN["chats"], COLUMN["contacts"], COLUMN["abandoned"]
_SILENT, _WAIT = COLUMN["silent"], COLUMN["wait_seconds"]
CONTACT = np.dtype(
    [
        ("time", "f8"),
        ("key", "i8"),
        ("row", "i8"),  # -1: no customer
        ("need", "i8"),
        ("hurt", "f8"),  # utils that a recovery takes back
        ("patience", "f8"),  # seconds
        ("wait", "f8"),  # seconds
        ("answered", "?"),
        ("silent", "?"),  # gave up without a sign
        ("recovered", "?"),
    ],
    align=True,
)


@njit(cache=True, error_model="numpy")
def take_agent(line: Any, until: float) -> None:
    """The agent who is free first works until `until`: replaces the least of a heap of free times."""
    n = len(line)
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and line[child + 1] < line[child]:
            child += 1
        if line[child] >= until:
            break
        line[i] = line[child]
        i = child
    line[i] = until


@njit(cache=True, error_model="numpy")
def service_hours(u: float, desk: Any) -> float:
    """Handling time, hours: gamma with the desk's mean and shape."""
    work = tabled_gamma_quantile(u, desk.service_shape, desk.log_service_shape, desk.gamma_table)
    return work / desk.service_shape * desk.service_minutes / 60.0


@njit(cache=True, error_model="numpy")
def queue(line: Any, hour: float, patience: float, service: float, silent: bool, check: float) -> tuple[float, bool]:
    """One arrival at a line.

    Args:
        line: Heap of the hours at which each agent is free, shape (agents,).
        hour: Of the arrival, on the desk's own clock (opening hours only).
        patience, service, check: Hours.
        silent: Leaves without a sign, so that the agent loses `check` hours on an empty chat.
    Returns:
        Hours waited (patience at most), and whether an agent answered.
    """
    free = line[0]
    wait = max(free - hour, 0.0)
    if wait > patience:
        if silent:
            take_agent(line, free + check)
        return patience, False
    take_agent(line, hour + wait + service)
    return wait, True


@njit(cache=True, error_model="numpy")
def wait_in(line: Any, caller: Any, service: float, silent: float, desk: Any) -> bool:
    """Queues a chat or a contact, writes its wait and whether it left unsaid, by the uniform `silent`; was it answered?"""
    hour, patience = caller.time * desk.open_hours, caller.patience / 3600.0
    leaves = silent < desk.silent_abandon_share
    if desk.shift_count > 0:
        wait, answered = shift_queue(line, hour, patience, service, leaves, desk.check_hours, desk)
    else:
        wait, answered = queue(line, hour, patience, service, leaves, desk.check_hours)
    caller.wait = wait * 3600.0
    caller.silent = leaves and not answered
    return answered


@njit(cache=True, error_model="numpy")
def chat(v: Any, line: Any, desk: Any, seed: int) -> None:
    """A question before the order."""
    u, _ = uniform_pair(seed, v.key, v.need, SERVICE_LOSS)
    s, _ = uniform_pair(seed, v.key, v.need, SILENT)
    service = service_hours(u, desk)
    answered = wait_in(line, v, service, s, desk)
    v.abandoned = not answered
    v.service_minutes = service * 60.0 if answered else 0.0


@njit(cache=True, error_model="numpy")
def handle(c: Any, line: Any, desk: Any, seed: int) -> None:
    """An after-sales contact."""
    r, u = uniform_pair(seed, c.key, c.need, RECOVERY_SERVICE)
    _, s = uniform_pair(seed, c.key, c.need, SILENT)
    c.answered = wait_in(line, c, service_hours(u, desk), s, desk)
    c.recovered = r < desk.recovery_success


@njit(cache=True, error_model="numpy")
def line_of(customer: Any, ordinary: Any, priority: Any) -> Any:
    """The line that serves a customer."""
    return priority if customer.priority and len(priority) > 0 else ordinary


@njit(cache=True, error_model="numpy")
def take_contact(c: Any, customers: Any, ordinary: Any, priority: Any, desk: Any, seed: int) -> None:
    """A contact in the line of its customer; who is no customer (row < 0) waits in the ordinary one."""
    if c.row < 0:
        handle(c, ordinary, desk, seed)
    else:
        handle(c, line_of(customers[c.row], ordinary, priority), desk, seed)


@njit(cache=True, error_model="numpy")
def serve(
    visits: Any, contacts: Any, order: Any, customers: Any, ordinary: Any, priority: Any, desk: Any, seed: int
) -> None:
    """Chats and after-sales contacts in one order of time and shopper: that of the visits, and of contacts by `order`."""
    d = desk[0]
    k = 0
    for i in range(len(visits)):
        v = visits[i]
        while k < len(order):
            c = contacts[order[k]]
            if c.time > v.time or (c.time == v.time and c.key > v.key):
                break
            take_contact(c, customers, ordinary, priority, d, seed)
            k += 1
        if v.chatted:
            chat(v, line_of(customers[v.row], ordinary, priority), d, seed)
    while k < len(order):
        take_contact(contacts[order[k]], customers, ordinary, priority, d, seed)
        k += 1


@njit(cache=True, error_model="numpy")
def serve_at_once(contacts: Any, desk: Any, seed: int) -> None:
    """After-sales contacts where there is no desk and so nobody waits."""
    for k in range(len(contacts)):
        c = contacts[k]
        r, _ = uniform_pair(seed, c.key, c.need, RECOVERY_SERVICE)
        c.recovered = r < desk[0].recovery_success
        c.wait = 0.0
        c.answered = True
        c.silent = False


@njit(cache=True, error_model="numpy")
def keep_heard(contacts: Any, heard: Any) -> int:
    """Copies the contacts of customers, which midnight will hear, to `heard`; returns how many."""
    n = 0
    for k in range(len(contacts)):
        if contacts[k].row >= 0:
            heard[n] = contacts[k]
            n += 1
    return n


@njit(cache=True, error_model="numpy")
def book_callers(visits: Any, contacts: Any, book: Any) -> None:
    """Enters the callers of a tick in the books of their day: contacts of each kind, who gave up, who unsaid, and waits.

    A wait is rounded to whole seconds caller by caller, so that no batch and no tick length changes a sum.
    """
    for i in range(len(visits)):
        v = visits[i]
        if v.chatted:
            book[_CHATS] += 1
            book[_ABANDONED] += v.abandoned
            book[_SILENT] += v.silent
            book[_WAIT] += int(np.floor(v.wait + 0.5))
    for i in range(len(contacts)):
        c = contacts[i]
        book[_CHATS if c.row < 0 else _CONTACTS] += 1  # of no customer: a prospect's question before day 0
        book[_ABANDONED] += not c.answered
        book[_SILENT] += c.silent
        book[_WAIT] += int(np.floor(c.wait + 0.5))


@njit(cache=True, error_model="numpy")
def due_contacts(contacts: Any, used: int, chats: Any, served: int, before: float, out: Any) -> tuple[int, int, int]:
    """Moves contacts due before `before` to `out`, and closes the gap; copies `chats` from number `served` on, sorted.

    Returns:
        How many are due, how many contacts are left, and how many chats have now been served.
    """
    n = 0
    kept = 0
    for i in range(used):
        if contacts[i].time < before:
            out[n] = contacts[i]
            n += 1
        else:
            if kept != i:
                contacts[kept] = contacts[i]
            kept += 1
    while served < len(chats) and chats[served].time < before:
        out[n] = chats[served]
        n += 1
        served += 1
    return n, kept, served
