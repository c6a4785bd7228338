"""What campaigns did, from their messages: the shop's own estimate, by a share of customers left untouched.

A customer responds within h days if an order follows within h days of the message. Those held out give the natural
response, the others the stimulated one; only messages whose h days lie within the run count. A wave is a fair test of
itself only among those it was meant for: later waves choose by what earlier ones did, so the campaign as a whole is
judged by each customer's first message. Definitions: docs/writing-a-campaign.md.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.contract import I64
from sim.mail import RESPONSE_DAYS
from sim.measure.intervals import difference_of_means
from sim.shop.touches import Terms

SEGMENTS = ("newcomers", "light", "medium", "heavy")
_COUNTED = ("opened", "unsubscribed", "used", "regained", "woken")
_READ = ("wave", "key", "time", "holdout", "next_order", "contribution_90_fen", "segment", "times_used", *_COUNTED)
LONG = 90  # days over which orders and contribution are followed


def campaign_table(
    messages: Any, terms: Sequence[tuple[str, Terms]], waves: Any, days: int, names: Sequence[str]
) -> dict[str, Any]:
    """Figures of each campaign as a whole, by wave, by segment and by means (channel and kind).

    Args:
        messages: `sim.mail.MESSAGE` records, shape (n,).
        terms: Campaign and terms of each row of `waves`.
        waves: `sim.mail.WAVE` records.
        days: Length of the run.
        names: Of all campaigns, those that sent nothing included.
    """
    found: dict[str, Any] = {}
    columns = {name: np.ascontiguousarray(messages[name]) for name in _READ}
    labels = [f"{told.channel} {told.kind}" for _, told in terms]
    named = sorted(set(labels))
    means = np.array([named.index(label) for label in labels], np.int64)
    for campaign in names:
        mine = [k for k, (name, _) in enumerate(terms) if name == campaign]
        ours = np.flatnonzero(np.isin(columns["wave"], mine))
        whole = figures(columns, waves, ours, days, firsts(columns, ours))
        by_wave = {}
        for wave in dict.fromkeys(terms[k][1].wave for k in mine):
            kinds = [k for k in mine if terms[k][1].wave == wave]
            chosen = ours[np.isin(columns["wave"][ours], kinds)]
            said = {"channel": terms[kinds[0]][1].channel, "kind": terms[kinds[0]][1].kind}
            by_wave[wave] = said | figures(columns, waves, chosen, days, chosen)
        found[campaign] = whole | {"waves": by_wave}
        for name, label in (("segments", columns["segment"]), ("means", means[columns["wave"]])):
            words = SEGMENTS if name == "segments" else named
            parts = [(words[k], ours[label[ours] == k]) for k in np.unique(label[ours])]
            found[campaign][name] = {
                word: figures(columns, waves, kept, days, firsts(columns, kept)) for word, kept in parts
            }
    return found


def firsts(columns: Any, chosen: I64) -> I64:
    """Of the chosen messages, the first of each customer."""
    found: I64 = chosen[np.unique(columns["key"][chosen], return_index=True)[1]]
    return found


def figures(columns: Any, waves: Any, chosen: I64, days: int, judged: I64) -> dict[str, Any]:
    """Counts and cost of the chosen messages, responses of the judged ones; money in yuan."""
    sent = chosen[~columns["holdout"][chosen]]
    wave = columns["wave"][sent]
    cost = (waves["unit"][wave].sum() + (waves["open_unit"][wave] * columns["opened"][sent]).sum()) / 10_000
    counts = {n: int(np.count_nonzero(columns[n][sent])) for n in _COUNTED}
    told = {name: columns[name][judged] for name in ("time", "holdout", "next_order", "contribution_90_fen")}
    return {
        "sent": len(sent),
        "held_out": len(chosen) - len(sent),
        "opened": counts["opened"],
        "unsubscribed": counts["unsubscribed"],
        "coupons": int(np.count_nonzero(waves["coupon"][wave])),
        "coupons_used": counts["used"],
        "coupon_orders": int(columns["times_used"][sent].sum()),
        "regained": counts["regained"],
        "woken": counts["woken"],
        "cost": float(cost),
        "response": {str(h): response(told, h, days) for h in RESPONSE_DAYS},
        "contribution_90": money_after(told, days),
    }


def response(judged: Any, horizon: int, days: int) -> dict[str, Any]:
    """Shares with an order within `horizon` days of the message, and their difference with its 95 % interval.

    Interval: Newcombe (1998), method 10, of the difference of two independent proportions. None without both groups.
    """
    known = judged["time"] + horizon <= days
    answered = (judged["next_order"] < judged["time"] + horizon)[known]
    held = judged["holdout"][known]
    n, m = int(np.count_nonzero(~held)), int(np.count_nonzero(held))
    a, b = int(np.count_nonzero(answered & ~held)), int(np.count_nonzero(answered & held))
    found: dict[str, Any] = {"customers": n, "gross": a, "stimulated": a / n if n else None}
    found |= {"natural": b / m if m else None, "held_out": m}
    if not n or not m:
        return found | {"difference": None, "low": None, "high": None, "incremental": None}
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    difference = a / n - b / m
    return found | {
        "difference": difference,
        "low": float(low),
        "high": float(high),
        "incremental": difference * n,
    }


def money_after(judged: Any, days: int) -> dict[str, Any]:
    """Contribution of the orders within 90 days of the message, yuan per customer, and the difference (normal, 95 %)."""
    known = judged["time"] + LONG <= days
    value, held = judged["contribution_90_fen"][known] / 100.0, judged["holdout"][known]
    treated, natural = value[~held], value[held]
    means = {
        "stimulated": float(treated.mean()) if len(treated) else None,
        "natural": float(natural.mean()) if len(natural) else None,
    }
    found = difference_of_means(treated, natural)
    return means | {"difference": found["mean"], "low": found["low"], "high": found["high"]}
