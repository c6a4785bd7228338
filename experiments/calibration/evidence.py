"""Past tests as evidence of what orders cannot tell: price tests and coupons of the price coefficient, mailings of the nudge.

Values of a parameter are played in twin worlds that share all luck, with the test in one of them; draws of the prior are
weighted by how likely they make the lift that was observed.

Source:
    Importance weights on simulated outcomes: Rubin (1988), Bayesian Statistics 3. The prior's spread is assumed.
"""

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import RegularsError
from sim.orders.log import F64

_GRID, _DRAWS = 7, 4_000
_BOTH = {"kind", "start", "end", "share", "lift", "low", "high", "level"}
_KEYS = {"price": _BOTH | {"cut", "reach"}, "campaign": _BOTH | {"cut", "reach"},
         "mailing": _BOTH | {"messages", "opened", "channel", "recency", "unit"}}  # fmt: skip
_NEEDED = ("kind", "start", "end", "lift", "low", "high")
_RANGES = {"share": (0.0, 1.0), "cut": (0.0, 0.9), "reach": (0.0, 1.0), "level": (0.5, 0.999), "opened": (0.0, 1.0),
           "messages": (0.0, 60.0), "recency": (0.0, 36_500.0)}  # fmt: skip
_WORDS = {"channel": ("email", "sms", "call", "insert"), "unit": ("relative", "per_customer")}
_LONGEST = 365  # days


@dataclass(frozen=True)
class Response:
    """A parameter that tests tell of: name, and a lognormal prior by its median and ln sd (assumed)."""

    name: str
    prior: float
    log_sd: float


PRICE = Response("price_coef", 3.65, 0.5)  # the median: conf/population/orders.yaml
NUDGE = Response("messages.nudge", 0.06, 0.7)  # conf/messages/general.yaml


@dataclass(frozen=True)
class Evidence:
    """One test.

    Attributes:
        kind: "price" (the cut is on the tag), "campaign" (a coupon, seen by a share `reach` of the group) or "mailing"
            (messages without a coupon to the whole group).
        start, end: First and last day.
        share: Of customers in the group, in (0, 1]; told, the lift is that within the group.
        cut: Share of the price, in (0, 0.9].
        reach: Share of the group that saw it, in (0, 1].
        lift: Orders of the group over those of a control group, less 1 (of a mailing with `unit` per_customer: orders per
            customer less those of the control group); sd: its standard error.
        messages: To each of the group, spread evenly over the days.
        opened: Share of the messages that was opened, or None if it is not known.
        channel: Of the messages.
        recency: The group are customers with an order in so many days before the test.
        unit: Of the lift, relative or per_customer.
    """

    kind: str
    start: date
    end: date
    share: float
    cut: float
    reach: float
    lift: float
    sd: float
    messages: int = 1
    opened: float | None = None
    channel: str = "email"
    recency: float = 365.0
    unit: str = "relative"

    @property
    def days(self) -> int:
        """Length of the test."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Weighed:
    """A parameter after the evidence: mean, draws as likely as it leaves them, and lines for the page."""

    mean: float
    draws: F64
    said: tuple[str, ...]


def read_evidence(path: str | Path) -> list[Evidence]:
    """Tests from a YAML list or a CSV with a header row, with the keys of docs/validation.md.

    Raises:
        RegularsError: The file or a row is not as it should be.
    """
    file = Path(path)
    if not file.is_file():
        raise RegularsError(f"evidence: no file {file}; give a YAML list or a CSV of tests")
    try:
        if file.suffix.lower() == ".csv":
            with file.open(encoding="utf-8-sig", newline="") as stream:
                rows: Any = [{k: v for k, v in row.items() if v not in ("", None)} for row in csv.DictReader(stream)]
        else:
            import yaml

            rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RegularsError(f"evidence: {file}: is no text: {error}") from None
    except Exception as error:  # of the YAML reader
        raise RegularsError(f"evidence: {file}: {' '.join(str(error).split())}") from None
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list) or not rows:
        raise RegularsError(f"evidence: {file} holds no test; give a list with {', '.join(_NEEDED)}")
    return [_row(f"evidence: {file.name}, test {at}", row) for at, row in enumerate(rows, 1)]


def _row(where: str, row: Any) -> Evidence:
    """A test, checked."""
    if not isinstance(row, Mapping):
        raise RegularsError(f"{where}: '{row}' was given; expected keys {', '.join(_NEEDED)}")
    row = {str(key).strip(): value for key, value in row.items()}
    kind = row.get("kind")
    if kind is not None and kind not in _KEYS:
        raise RegularsError(f"{where}: kind: '{kind}' was given; allowed: {', '.join(_KEYS)}")
    allowed = _KEYS[str(kind)] if kind is not None else set().union(*_KEYS.values())
    for key in row.keys() - allowed:
        raise RegularsError(f"{where}: '{key}' is no key of this kind; allowed: {', '.join(sorted(allowed))}")
    for key in (*_NEEDED, *(["cut"] if kind != "mailing" else [])):
        if row.get(key) is None:
            raise RegularsError(f"{where}: {key} is missing; needed: {', '.join(_NEEDED)}, and cut but for a mailing")
    number = {
        key: _number(where, key, row.get(key, 1.0)) for key in ("share", "reach", "lift", "low", "high", "messages")
    }
    number["cut"] = _number(where, "cut", row["cut"]) if kind != "mailing" else 0.0
    number["level"] = _number(where, "level", row.get("level", 0.95))
    number["recency"] = _number(where, "recency", row.get("recency", 365.0))
    if number["messages"] != int(number["messages"]):
        raise RegularsError(f"{where}: messages: {number['messages']:g} was given; expected a whole number")
    opened = _number(where, "opened", row["opened"]) if row.get("opened") is not None else None
    word = {key: _word(where, key, row.get(key, words[0])) for key, words in _WORDS.items()}
    start, end = (_day(where, key, row[key]) for key in ("start", "end"))
    if not 0 <= (end - start).days < _LONGEST:
        raise RegularsError(f"{where}: from {start} to {end} was given; expected 1 to {_LONGEST} days")
    if (
        not number["low"] < number["high"]
        or not number["low"] <= number["lift"] <= number["high"]
        or (number["lift"] <= -1 and word["unit"] == "relative")
    ):
        raise RegularsError(f"{where}: lift {number['lift']:g} in [{number['low']:g}, {number['high']:g}] was given; "
                            "expected low <= lift <= high, low < high, lift above -1")  # fmt: skip
    from scipy.special import ndtri

    sd = (number["high"] - number["low"]) / (2 * float(ndtri(0.5 + number["level"] / 2)))
    return Evidence(
        str(kind), start, end, number["share"], number["cut"], number["reach"], number["lift"], sd, int(number["messages"]),
        opened, word["channel"], number["recency"], word["unit"],
    )  # fmt: skip


def _word(where: str, key: str, value: Any) -> str:
    if value not in _WORDS[key]:
        raise RegularsError(f"{where}: {key}: '{value}' was given; allowed: {', '.join(_WORDS[key])}")
    return str(value)


def _number(where: str, key: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise RegularsError(f"{where}: {key}: '{value}' was given; expected a number") from None
    low, high = _RANGES.get(key, (-math.inf, math.inf))
    if not math.isfinite(found) or (key in _RANGES and not low < found <= high):
        raise RegularsError(f"{where}: {key}: {found:g} was given; expected a number above {low:g}, at most {high:g}")
    return found


def _day(where: str, key: str, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value).strip())
    except ValueError:
        raise RegularsError(f"{where}: {key}: '{value}' was given; expected YYYY-MM-DD") from None


def weighed(
    tests: list[Evidence],
    shown_at: Callable[[float, Evidence], float],
    number: int,
    seed: int,
    response: Response = PRICE,
) -> Weighed:
    """A parameter given the tests.

    Args:
        tests: At least one.
        shown_at: Lift that the world shows, by value of the parameter and test.
        number: Of draws, shape of the answer.
        seed: Of the draws.
        response: The parameter.
    """
    grid = np.log(response.prior) + response.log_sd * np.linspace(-2.2, 2.2, _GRID)
    shown = np.array([[shown_at(float(np.exp(at)), test) for test in tests] for at in grid])
    chance = np.random.default_rng(seed)
    prior = np.log(response.prior) + response.log_sd * chance.normal(size=_DRAWS)
    ln_weight = np.zeros(_DRAWS)
    for at, test in enumerate(tests):
        curve = np.polyfit(grid, shown[:, at], 3)
        luck = float(np.sqrt(((shown[:, at] - np.polyval(curve, grid)) ** 2).sum() / (_GRID - 4)))
        inside = np.clip(prior, grid[0], grid[-1])
        ln_weight -= 0.5 * (np.polyval(curve, inside) - test.lift) ** 2 / (test.sd**2 + luck**2)
    weight = np.exp(ln_weight - ln_weight.max())
    weight /= weight.sum()
    drawn = np.exp(chance.choice(prior, number, p=weight))
    effective = float(1 / (weight @ weight))
    lines = [_told(test, shown[0, at], shown[-1, at]) for at, test in enumerate(tests)]
    lines += _posterior(response, prior, weight, effective < 0.01 * _DRAWS or -2 * ln_weight.max() > 4 * len(tests))
    return Weighed(float(np.exp(weight @ prior)), drawn, tuple(lines))


def _told(test: Evidence, lowest: float, highest: float) -> str:
    """A test, and what the world shows at both ends of the prior's range, in words."""
    unit, size = ("%", 100.0) if test.unit == "relative" else ("orders per 1,000 customers", 1000.0)
    what = (
        f"{100 * test.cut:.0f} % off" if test.kind != "mailing"
        else f"{test.messages} {test.channel} to those who ordered within {test.recency:g} days"
    )  # fmt: skip
    return (
        f"{test.kind} test of {test.days} days from {test.start}, {what}, {100 * test.share:.0f} % of customers: lift "
        f"{size * test.lift:+.1f} {unit} (standard error {size * test.sd:.1f}); the world shows {size * lowest:+.1f} to "
        f"{size * highest:+.1f} over the prior's range"
    )


def _posterior(response: Response, prior: F64, weight: F64, unlikely: bool) -> list[str]:
    """Prior and posterior in words."""
    order = np.argsort(prior)
    reached = np.cumsum(weight[order])
    low, high = (
        float(np.exp(prior[order][min(int(np.searchsorted(reached, q)), len(prior) - 1)])) for q in (0.05, 0.95)
    )
    before = [float(response.prior * np.exp(z * response.log_sd)) for z in (-1.645, 1.645)]
    lines = [
        f"{response.name}: prior {response.prior:.3g} ({before[0]:.3g} to {before[1]:.3g}, assumed), "
        f"posterior {float(np.exp(weight @ prior)):.3g} ({low:.3g} to {high:.3g})"
    ]
    if unlikely:
        lines.append(f"no value of {response.name} in the prior makes this lift likely: the test measured something else, "
                     "or the prior is too narrow")  # fmt: skip
    return lines
