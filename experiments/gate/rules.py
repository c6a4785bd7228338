"""Gate files: thresholds as data, each checked before anything runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sim.errors import RegularsError, from_pydantic, one_line, unknown
from sim.loading import HOME
from sim.measure.definitions import DEFINITIONS

Kind = Literal["relative", "absolute", "value"]
Limit = Annotated[float, Field(strict=True)]


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Threshold(_Part):
    """What a measure must keep to.

    Args:
        measure: Outcomes of `DEFINITIONS`, of which every one must hold.
        kind: relative: change against the baseline, share of the baseline's mean. absolute: change against the baseline,
            unit of the measure. value: the policy's own figure, unit of the measure.
        least, most: Bounds, inclusive; at least one of them.
        about: Why, for the report.
    """

    measure: Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_listed)]
    kind: Kind
    least: Limit | None = None
    most: Limit | None = None
    about: str = ""

    @model_validator(mode="after")
    def _bounded(self) -> "Threshold":
        if self.least is None and self.most is None:
            raise ValueError("neither least nor most is given; needed: one of them, or both")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least ({self.least:g}) is above most ({self.most:g}), so that nothing could pass")
        if self.kind == "relative" and any(bound is not None and bound <= -1 for bound in (self.least, self.most)):
            raise ValueError("a relative bound is a share above -1, such as -0.02 for 2 % less")
        if len(set(self.measure)) < len(self.measure):
            raise ValueError("measure names an outcome twice")
        return self


class Gate(_Part):
    """A gate file.

    Args:
        about: What it guards, for the report.
        level: Two-sided level of the intervals: a wrong pass, and a wrong fail, each have a chance of at most
            (1 - level) / 2.
        thresholds: By name, at least one.
    """

    about: str = ""
    level: Annotated[float, Field(gt=0.5, lt=1, strict=True)] = 0.95
    thresholds: Annotated[dict[str, Threshold], Field(min_length=1)]


def find_gate(name: str, folders: Sequence[Path]) -> Path:
    """The file of a gate: the user's own folders come first, so that a team's `default` is the team's.

    Raises:
        RegularsError: There is none.
    """
    places = [Path(folder) / "gate" for folder in folders] + [HOME / "conf" / "gate"]
    for place in places:
        if (path := place / f"{name}.yaml").is_file():
            return path
    raise unknown("gate", "gate", name, {path.stem for place in places for path in place.glob("*.yaml")})


def read_gate(path: Path) -> Gate:
    """A gate file as data; nothing in it is ever run.

    Raises:
        RegularsError: It cannot be read, or a key or value is not as it should be: file, key, what is right.
    """
    plain = _plain(path)
    try:
        gate = Gate(**plain)
    except ValidationError as error:
        raise RegularsError(f"{path}: {from_pydantic(error, Gate.model_json_schema())}") from None
    for name, threshold in gate.thresholds.items():
        for measure in threshold.measure:
            if measure not in DEFINITIONS:
                raise unknown(f"{path}: thresholds.{name}.measure", "outcome", measure, DEFINITIONS)
    return gate


def _plain(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file; a key that stands twice is refused, as Hydra does."""
    try:
        found: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RegularsError(f"{path}{line}: not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OmegaConfBaseException, OSError) as error:
        raise RegularsError(f"{path}: cannot be read as a group of keys: {one_line(error)}") from None
    if not isinstance(found, Mapping):
        raise RegularsError(f"{path}: holds a list; needed: the key thresholds, and about and level if you like")
    return {str(key): value for key, value in found.items()}
