"""A claim of a source document, and the study that tests it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Places = Mapping[str, Path]  # folder of the run of each world, all of one seed
Figures = dict[str, float | None]  # of one seed; None where the worlds are too small or too short


@dataclass(frozen=True)
class World:
    """One world of a study: how it differs from the world that all claims share.

    Attributes:
        overrides: Of `python -m sim`, such as `+policy=points`.
        policy: Levers, name and `_target_` of a policy that has no file in conf/policy, as pairs.
        equal: Scale the policy's levers to the programme cost that all policies of `EQUAL` share.
        campaign: Likewise, campaigns that have no file in conf/campaign, by name.
    """

    overrides: tuple[str, ...] = ()
    policy: tuple[tuple[str, Any], ...] = ()
    equal: bool = False
    campaign: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()

    def __add__(self, override: str) -> "World":
        return replace(self, overrides=(*self.overrides, override))


@dataclass(frozen=True)
class Sweep:
    """A parameter along which a verdict may flip.

    Attributes:
        key: Of the config; set alike in every world of the claim.
        values: Ascending; the range in which the parameter is plausible.
        at: The worlds at a value, where it is more than a key.
        beyond: The range goes beyond what the claim speaks of: where it flips is told, its verdict stays.
    """

    key: str
    values: tuple[float, ...]
    at: "Callable[[float], Mapping[str, World]] | None" = None
    beyond: bool = False

    def worlds(self, claim: "Claim", value: float) -> Mapping[str, World]:
        """The worlds of a claim at a value of the parameter."""
        if self.at is not None:
            return self.at(value)
        return {name: world + f"{self.key}={value}" for name, world in claim.worlds.items()}


@dataclass(frozen=True)
class Claim:
    """One row of the list.

    Attributes:
        id: Document and number, such as "0.10".
        text: What the document says.
        measure: What is measured, in which unit, and when the claim holds; for a claim that today's engine cannot
            test: what would be measured.
        worlds: By name.
        look: From the folders of one seed to figures; `figure` is the one that is judged. A figure `flips_at` is the
            value of the parameter named in `measure` at which this seed's verdict would flip.
        threshold, above: The claim holds if `figure` lies above (or below) the threshold.
        also: Figures that must be above 0, too, for the claim to hold as a whole.
        sweep: Along which the verdict may flip.
        seeds_times: How many times the seeds of the others it takes, where effects are small and worlds few.
        missing: Why it cannot be measured yet; None if it can.
    """

    id: str
    text: str
    measure: str
    worlds: Mapping[str, World] = field(default_factory=dict)
    look: Callable[[Places], Figures] | None = None
    threshold: float = 0.0
    above: bool = True
    also: tuple[str, ...] = ()
    sweep: Sweep | None = None
    seeds_times: int = 1
    missing: str | None = None
