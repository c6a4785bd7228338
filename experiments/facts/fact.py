"""A published fact, the worlds that measure it, and how near to it counts as right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.evidence.claim import Figures, Places, World


@dataclass(frozen=True)
class Arm(World):
    """One world of a fact.

    Attributes:
        campaigns: Of each, name, `_target_` and levers as pairs.
        history: Name, `_target_` and levers of the policy under which the shop traded before day 0; `none` if empty.
    """

    campaigns: tuple[tuple[tuple[str, Any], ...], ...] = ()
    history: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Part:
    """A figure of a fact and its tolerance.

    Attributes:
        low, high: Ends of the tolerance, unit of the figure; None is open.
        neutral: Where there would be no effect; None if the fact has no direction, but a place.
        text: What the figure is, in a few words.
    """

    low: float | None
    high: float | None
    neutral: float | None = 0.0
    text: str = ""

    @property
    def upward(self) -> bool:
        """Whether the right side lies above `neutral`."""
        return self.neutral is not None and self.low is not None and self.low >= self.neutral


@dataclass(frozen=True)
class Curve:
    """A picture of figures along a scale.

    Attributes:
        x, y: Axes.
        at: Name of a figure by its place.
    """

    x: str
    y: str
    at: Mapping[float, str]


@dataclass(frozen=True)
class Fact:
    """One row of the scorecard.

    Attributes:
        id: A word or two, as typed in `only=[...]`.
        text: What was published.
        source: Author and year; what is not verified says so.
        measure: What is measured, in which unit, group and horizon.
        worlds: By name; twins on the same luck.
        parts: By name of a figure; the first is the row's figure, and all must be inside.
        look: From the folders of one seed to figures.
        live: From the configs of one seed to figures, for what no record holds.
        construction: Why the row would hold by construction; None if it is emergent.
        missing: Why it cannot be measured; None if it can.
        size: Shoppers of each world, times those asked for.
        days: Length of each world.
        curve: What the picture shows; None is the parts against their tolerances.
    """

    id: str
    text: str
    source: str
    measure: str
    worlds: Mapping[str, World] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    look: Callable[[Places], Figures] | None = None
    live: Callable[[Mapping[str, Any]], Figures] | None = None
    construction: str | None = None
    missing: str | None = None
    size: float = 1.0
    days: int = 365
    curve: Curve | None = None
