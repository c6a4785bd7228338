"""Turns what a user gives into what is checked: a policy or a campaign."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.testing.shown import CampaignSubject
from policies.testing.subject import Subject
from sim.errors import RegularsError, unknown
from sim.loading import HOME, INNER, load_policy


def subject_of(given: Any) -> Subject:
    """What a user may give: a policy or campaign, its class, a dotted path, a config node, or the path of a YAML file.

    Raises:
        RegularsError: It is none of these, or cannot be loaded.
    """
    if isinstance(given, Subject):
        return given
    if isinstance(given, Path):
        return _from_file(given)
    if isinstance(given, str):
        given = {"name": "mine", "_target_": given}
    if isinstance(given, Mapping):
        return from_node(given)
    one = given() if isinstance(given, type) else given
    if callable(getattr(one, "offer", None)):
        return Subject(one)
    if callable(getattr(one, "processes", None)):
        return CampaignSubject(one)
    raise RegularsError(
        f"{given!r} was given; allowed: a policy, its class, 'file.Class', a config node or a Path of YAML"
    )


def from_node(node: Mapping[str, Any], text: str = "") -> Subject:
    """The policy or campaign of a config node, `text` being that of its file."""
    if _is_campaign(node.get("_target_")):
        return CampaignSubject(load_policy(node, f"campaign.{node.get('name', 'mine')}"), text)
    return Subject(load_policy(node), text)


def with_policies(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node in which `layers.<name>`, `before`, `after` and `scheme` may be names of `conf/policy` or paths of YAML files.

    Raises:
        RegularsError: There is no such policy.
    """
    layers = node.get("layers")
    found = dict(node) | {name: _named(name, node[name]) for name in INNER if name in node}
    if isinstance(layers, Mapping):
        found["layers"] = {name: _named(f"layers.{name}", one) for name, one in layers.items()}
    return found


def _named(place: str, given: Any) -> Any:
    """The node that a name or path stands for; anything else as it is."""
    if not isinstance(given, str):
        return given
    path = Path(given) if given.endswith((".yaml", ".yml")) else HOME / "conf" / "policy" / f"{given}.yaml"
    if not path.is_file():
        raise unknown(place, "policy", given, [one.stem for one in (HOME / "conf" / "policy").glob("*.yaml")])
    from omegaconf import OmegaConf

    return OmegaConf.to_container(OmegaConf.load(path))


def _is_campaign(target: Any) -> bool:
    """Whether a dotted path is that of a campaign; of what cannot be imported `load_policy` says why."""
    module, _, name = str(target).rpartition(".")
    try:
        found = importlib.import_module(module)
    except Exception:
        return False
    classes = [value for value in vars(found).values() if isinstance(value, type) and value.__module__ == module]
    kind = getattr(found, name, None)
    meant = [kind] if isinstance(kind, type) else classes  # of a misspelt name, what its module holds
    return any(hasattr(one, "processes") for one in meant) and not any(hasattr(one, "offer") for one in meant)


def _from_file(path: Path) -> Subject:
    from omegaconf import OmegaConf

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RegularsError(f"{path}: {error.strerror}") from None
    node: Any = OmegaConf.to_container(OmegaConf.create(text))
    return from_node(node, text)
