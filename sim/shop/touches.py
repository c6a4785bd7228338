"""Reads what a campaign sends and what it asks for, and refuses what no shop could do."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from sim.contract import CHANNELS, I64, Touch
from sim.errors import shown
from sim.shop.counter import PolicyError

KINDS = ("information", "offer")


@dataclass(frozen=True)
class Terms:
    """What all messages of a wave have in common."""

    wave: str
    channel: str
    kind: str
    coupon_share: float
    coupon_yuan: float
    minimum: float
    classes: tuple[bool, ...]
    days_valid: float
    code: bool
    uses: int

    @property
    def coupon(self) -> bool:
        """Whether there is one."""
        return self.coupon_share > 0 or self.coupon_yuan > 0


def read_touch(touch: Any) -> tuple[I64, Terms]:
    """Customer numbers of a touch in ascending order, each once, and its terms."""
    if not isinstance(touch, Touch):
        raise PolicyError(f"sent {type(touch).__name__}; allowed: sim.contract.Touch")
    if not isinstance(touch.wave, str) or not 0 < len(touch.wave) <= 60:
        raise PolicyError(f"Touch.wave is {shown(touch.wave)}; allowed: a text of 1 to 60 characters")
    _one_of("channel", touch.channel, CHANNELS)
    _one_of("kind", touch.kind, KINDS)
    share = _number("coupon_share", touch.coupon_share, 0.0, 0.95)
    yuan = _number("coupon_yuan", touch.coupon_yuan, 0.0, 1e5)
    if share and yuan:
        raise PolicyError("Touch has coupon_share and coupon_yuan; allowed: one of them")
    if not isinstance(touch.code, bool):
        raise PolicyError(f"Touch.code is {shown(touch.code)}; allowed: true or false")
    if touch.kind == "information" and (share or yuan) and not touch.code:
        raise PolicyError("Touch.kind is 'information' and brings a coupon; allowed: kind='offer'")
    terms = Terms(
        touch.wave, touch.channel, touch.kind, share, yuan, _number("minimum", touch.minimum, 0.0, 1e7),
        _classes(touch.classes), _number("days_valid", touch.days_valid, 1.0, 365.0), touch.code, _uses(touch),
    )  # fmt: skip
    return _customers(touch.customer), terms


def read_campaign(campaign: Any) -> tuple[float, float]:
    """Share held out, and budget in yuan, of a campaign."""
    budget = getattr(campaign, "budget", None)
    held = _number("holdout", getattr(campaign, "holdout", 0.1), 0.0, 0.9, "")
    return held, inf if budget is None else _number("budget", budget, 0.0, 1e9, "")


def _one_of(name: str, value: Any, names: tuple[str, ...]) -> None:
    if value not in names:
        raise PolicyError(f"Touch.{name} is {shown(value)}; allowed: {', '.join(names)}")


def _number(name: str, value: Any, low: float, high: float, owner: str = "Touch.") -> float:
    good = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise PolicyError(f"{owner}{name} is {shown(value)}; allowed: a number, {low:g} to {high:g}")
    return float(value)


def _classes(value: Any) -> tuple[bool, ...]:
    given = np.asarray(value)
    if given.shape != (4,) or given.dtype != bool or not given.any():
        raise PolicyError(f"Touch.classes is {shown(value)}; allowed: four times true or false, at least one true")
    return tuple(given.tolist())


def _uses(touch: Touch) -> int:
    whole = isinstance(touch.uses, (int, np.integer)) and not isinstance(touch.uses, bool)
    if not whole or not 1 <= touch.uses <= 100:
        raise PolicyError(f"Touch.uses is {shown(touch.uses)}; allowed: a whole number, 1 to 100")
    if touch.code and touch.uses > 1:
        raise PolicyError(f"Touch.uses is {touch.uses} and Touch.code is true; allowed: each friend uses a coupon once")
    return int(touch.uses)


def _customers(value: Any) -> I64:
    given = np.asarray(value)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise PolicyError(f"Touch.customer has {given.dtype}, shape {given.shape}; allowed: whole numbers, shape (n,)")
    numbers: I64 = np.sort(given.astype(np.int64))
    twice = int(np.count_nonzero(numbers[1:] == numbers[:-1]))
    if twice:
        raise PolicyError(f"Touch.customer names {twice} customers twice; allowed: each once")
    return numbers
