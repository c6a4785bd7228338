"""The arms of a comparison: what is held against what, as configs to run or as runs that are there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path
from typing import Any

import yaml

from experiments.worlds import composed
from sim.errors import RegularsError, unknown, wrong
from sim.keys import PRESENTATION
from sim.loading import load_policy

NOT_FACTORS = (*PRESENTATION, "seed")


@dataclass(frozen=True)
class Arm:
    """One row of a comparison.

    Attributes:
        name: As it is told.
        config: Plain values, without a meaning for `seed`.
        factors: Values of the config keys that differ between arms, by dotted key.
        folders: Of runs that are there already, by seed.
    """

    name: str
    config: Mapping[str, Any]
    factors: Mapping[str, Any] = field(default_factory=dict)
    folders: Mapping[int, str] = field(default_factory=dict)


def of_policies(world: Sequence[str], policies: Sequence[str], least: int = 2) -> tuple[Arm, ...]:
    """One arm for each policy by name, in the same world; `least` of them are needed.

    Raises:
        RegularsError: Fewer than two policies, one twice, a lever or a world that cannot be.
    """
    if len(policies) < least:
        raise wrong("policies", list(policies), "two or more names of conf/policy, such as [none,points]")
    for name in policies:
        if list(policies).count(name) > 1:
            raise RegularsError(f"policies: {name} was given twice; allowed: each once")
    arms = [Arm(name, composed(world, f"+policy={name}") | {"record": "orders"}, {"policy": name}) for name in policies]
    for arm in arms:
        load_policy(arm.config["policy"])
    return tuple(arms)


def with_twins(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """The arms of a world with campaigns, and for each of them its twins: without all campaigns, and without each of several.

    Raises:
        RegularsError: No campaign is on.
    """
    found = []
    for arm in arms:
        on = dict(arm.config.get("campaign") or {})
        if not on:
            raise RegularsError("truth: true was given without a campaign; add some: '+campaign=[winback]'")
        left = {"without campaigns": {}} | (
            {f"without {name}": {n: node for n, node in on.items() if n != name} for name in on} if len(on) > 1 else {}
        )
        found += [
            Arm(
                f"{arm.name} {said}",
                {**arm.config, "campaign": kept},
                {**arm.factors, "campaigns": ",".join(kept) or "none"},
            )
            for said, kept in left.items()
        ]
        found.append(replace(arm, factors={**arm.factors, "campaigns": ",".join(on)}))
    return tuple(found)


def of_runs(patterns: Sequence[str]) -> tuple[Arm, ...]:
    """Arms from the folders of runs: every config key that differs is a factor, runs that differ in seed alone one arm.

    Raises:
        RegularsError: No run matches, a run is not whole, or all runs are one arm.
    """
    arms: dict[str, Arm] = {}
    for folder in _matching(patterns):
        config, seed = _run(folder)
        told = {key: value for key, value in config.items() if key not in NOT_FACTORS}
        kind = json.dumps(told, sort_keys=True, default=str)
        known = arms.get(kind, Arm("", config))
        if seed in known.folders:
            raise RegularsError(
                f"runs: '{known.folders[seed]}' and '{folder}' are one world and seed, by other code or files; give one of them"
            )
        arms[kind] = replace(known, folders={**known.folders, seed: str(folder)})
    if len(arms) < 2:
        raise RegularsError("runs: they differ in nothing but the seed; needed: two arms or more")
    return _named(list(arms.values()))


def _matching(patterns: Sequence[str]) -> list[Path]:
    """Folders of whole runs that the patterns name."""
    found: dict[Path, Path] = {}
    for pattern in patterns:
        here = [Path(path) for path in sorted(glob(pattern)) if (Path(path) / "run.json").is_file()]
        if not here:
            raise RegularsError(f"runs: no run matches '{pattern}' (quote the pattern for the shell)")
        found |= {path.resolve(): path for path in here}
    return list(found.values())


def shared_seeds(arms: Sequence[Arm]) -> tuple[int, ...]:
    """Seeds that every arm has a run of, ascending.

    Raises:
        RegularsError: There is none.
    """
    seeds = sorted(set.intersection(*(set(arm.folders) for arm in arms)))
    if not seeds:
        have = "; ".join(f"{arm.name} has {sorted(arm.folders)}" for arm in arms)
        raise RegularsError(f"runs: no seed is there in every arm: {have}"[:400])
    return tuple(seeds)


def baseline_of(arms: Sequence[Arm], asked: str | None) -> int:
    """Row of the arm that the others are held against: the one asked for, else `none`, else the first."""
    names = [arm.name for arm in arms]
    if asked is not None:
        if asked not in names:
            raise unknown("baseline", "arm", asked, names)
        return names.index(asked)
    quiet = [row for row, arm in enumerate(arms) if arm.config["policy"]["name"] == "none"]
    return quiet[0] if quiet else 0


def _run(folder: Path) -> tuple[dict[str, Any], int]:
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return config, int(config["seed"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        raise RegularsError(f"runs: '{folder}' is no whole run (config.yaml, run.json)") from None


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Values by dotted key."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found


def _named(arms: list[Arm]) -> tuple[Arm, ...]:
    """Arms with names and factors: the policy, what else differs, and levers where two arms share the rest."""
    flat = [_flat({key: value for key, value in arm.config.items() if key not in NOT_FACTORS}) for arm in arms]
    outer = _collapsed([key for key in _differing(flat) if not key.startswith("policy.")])
    factors = [
        {"policy": one["policy.name"]} | {key.removesuffix(".name"): one.get(key) for key in outer} for one in flat
    ]
    for alike in _groups([json.dumps(one, sort_keys=True, default=str) for one in factors]):
        for key in _differing([flat[row] for row in alike]):
            for row in alike:
                factors[row][key.removeprefix("policy.")] = flat[row].get(key)
    varies = len({one["policy"] for one in factors}) > 1
    named = []
    for arm, mine in zip(arms, factors, strict=True):
        words = [str(mine["policy"])] * varies + [
            f"{key}={said(value)}" for key, value in mine.items() if key != "policy"
        ]
        named.append(
            replace(
                arm, name=" ".join(words), factors=mine if varies else {k: v for k, v in mine.items() if k != "policy"}
            )
        )
    return tuple(sorted(named, key=lambda arm: arm.name))


def said(value: Any) -> str:
    """The value of a factor; what one arm has and another lacks is `none` there."""
    return "none" if value is None else str(value)


def _differing(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    names = sorted({key for one in flat for key in one})
    return [key for key in names if len({json.dumps(one.get(key), default=str) for one in flat}) > 1]


def _collapsed(keys: Sequence[str]) -> list[str]:
    """The name of a group stands for all that it sets, where the names differ."""
    groups = [key.removesuffix("name") for key in keys if key.endswith(".name")]
    return [key for key in keys if key.endswith(".name") or not any(key.startswith(group) for group in groups)]


def _groups(labels: Sequence[str]) -> list[list[int]]:
    """Rows that share a label, where there are several."""
    by_label: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        by_label.setdefault(label, []).append(row)
    return [rows for rows in by_label.values() if len(rows) > 1]
