"""Turns the `policy` node of a config into a policy: imports its class, checks its levers, calls it.

A user's policy lives in the user's own folder, and importing it runs its code.
"""

import importlib
import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import is_pydantic_dataclass

from sim.errors import RegularsError, from_pydantic, nearest, one_line, shown, unknown

HOME = Path(__file__).resolve().parents[1]  # the folder in which sim, policies and conf lie
INNER = ("before", "after", "scheme")  # levers that hold one policy each (policies/migration.py, policies/closing.py)
OURS = ("sim", "policies", "conf")
NO_POLICY = "policies.none.NoPolicy"
MUST = "must be a pydantic dataclass with frozen=True and extra='forbid' (sim.contract.policy_class makes one)"


def load_policy(node: Mapping[str, Any], where: str = "policy") -> Any:
    """The policy that a config node describes: `name`, `_target_` (dotted path of its class) and its levers.

    Args:
        node: The node, plain values only.
        where: Its key in the config, for messages: `policy` or `campaign.<name>`.
    Raises:
        RegularsError: The node, the class or a lever is not as it should be.
    """
    _, target, levers = split(node, where)
    policy_class = _found(target, where, "processes" if where.startswith("campaign.") else "offer")
    if isinstance(levers.get("layers"), Mapping):
        levers["layers"] = dict(levers["layers"])
    for place, node_within in nodes_within(levers).items():
        lever, _, layer = place.partition(".")
        inner = load_policy(node_within, f"{where}.{place}")
        if layer:
            levers[lever][layer] = inner
        else:
            levers[lever] = inner
    try:
        return policy_class(**levers)
    except ValidationError as error:
        raise from_pydantic(error, _schema(policy_class), where, "lever") from None
    except Exception as error:
        raise RegularsError(f"{where}: {target} refused its levers: {one_line(error)}") from error


def split(node: Mapping[str, Any], where: str = "policy") -> tuple[str, str, dict[str, Any]]:
    """Name, dotted path of the class, and levers of a node."""
    if not isinstance(node, Mapping):
        raise RegularsError(f"{where}: {shown(node)} was given; allowed: the name of one file in conf/policy")
    levers = {str(key): value for key, value in node.items()}
    if where.startswith("campaign.") and not {"name", "_target_"} & levers.keys():
        campaign = where.partition(".")[2]
        raise RegularsError(f"{where}: levers were given, but the campaign is not on; write +campaign={campaign} too")
    name, target = levers.pop("name", None), levers.pop("_target_", NO_POLICY)
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]{0,59}", name):
        raise RegularsError(f"{where}.name: {shown(name)} was given; allowed: letters, digits, - and _, at most 60")
    if target == NO_POLICY and name != "none":
        raise RegularsError(f"{where}: '{name}' says no _target_, the dotted path of its class (file.Class)")
    if target != NO_POLICY and name == "none":
        raise RegularsError(f"{where}.name: missing beside _target_ {shown(target)}; the file must give it a name")
    within = nodes_within(levers)
    nested = {place.partition(".")[0] for place in within}
    _no_machinery({key: value for key, value in levers.items() if key not in nested}, where)
    for place, inner in within.items():
        split(inner, f"{where}.{place}")
    return name, target, levers


def nodes_within(levers: Mapping[str, Any]) -> dict[str, Any]:
    """Nodes that are policies of their own, by place: `layers.<name>` of a stack, and those of `INNER`."""
    layers = levers.get("layers")
    found = {f"layers.{name}": node for name, node in layers.items()} if isinstance(layers, Mapping) else {}
    return found | {name: levers[name] for name in INNER if isinstance(levers.get(name), Mapping)}


def parts_of(policy: Any) -> list[Any]:
    """The policy itself, or all those that it is made of, layers of layers too."""
    layers = getattr(policy, "layers", None)
    inner = list(layers.values()) if isinstance(layers, Mapping) else []
    inner += [one for name in INNER if hasattr(one := getattr(policy, name, None), "offer")]
    return [part for one in inner for part in parts_of(one)] if inner else [policy]


def levers_of(policy: Any) -> dict[str, Any]:
    """All levers of a policy with their values, defaults filled in, as plain JSON values."""
    plain: dict[str, Any] = TypeAdapter(type(policy)).dump_python(policy, mode="json", warnings=False)
    return plain


def make_room(folders: Iterable[str | Path] = ()) -> None:
    """Let policies be imported from the user's folders, and never let a folder of theirs hide one of ours.

    The working folder and `folders` go to the end of `sys.path`, after the folder of `sim` and all that is installed.
    """
    theirs = [Path(folder).resolve() for folder in [*folders, Path.cwd()]]
    theirs = [folder for folder in dict.fromkeys(theirs) if folder != HOME]
    kept = [entry for entry in sys.path if Path(entry or os.getcwd()).resolve() not in theirs]
    if not any(Path(entry or os.getcwd()).resolve() == HOME for entry in kept):
        kept.append(str(HOME))
    sys.path[:] = kept + [str(folder) for folder in theirs]
    importlib.invalidate_caches()


def _no_machinery(levers: Any, where: str) -> None:
    """Refuse every key that starts with an underscore, at any depth: Hydra would read it as an order."""
    if isinstance(levers, Mapping):
        for key, value in levers.items():
            if str(key).startswith("_"):
                raise RegularsError(f"{where}.{key}: no key may start with '_' but _target_ directly under {where}")
            _no_machinery(value, f"{where}.{key}")
    elif isinstance(levers, Sequence) and not isinstance(levers, str):
        for number, value in enumerate(levers):
            _no_machinery(value, f"{where}.{number}")


def _found(target: object, where: str, method: str) -> Any:
    """The class behind a dotted path, if it is one of a policy (has `offer`) or of a campaign (has `processes`)."""
    key = f"{where}._target_"
    if not isinstance(target, str) or not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)+", target):
        raise RegularsError(f"{key}: {shown(target)} was given; allowed: a dotted path such as my_file.MyPolicy")
    module_name, _, class_name = target.rpartition(".")
    module = _imported(module_name, key)
    classes = [name for name, value in vars(module).items() if isinstance(value, type) and hasattr(value, method)]
    policy_class = getattr(module, class_name, None)
    if policy_class is None:
        raise unknown(f"{key} ({module.__file__})", "class", class_name, classes)
    if not isinstance(policy_class, type) or not is_pydantic_dataclass(policy_class):
        raise RegularsError(f"{key}: {target} {MUST}")
    config = dict(getattr(policy_class, "__pydantic_config__", {}))
    frozen = config.get("frozen") or policy_class.__dataclass_params__.frozen  # type: ignore[attr-defined]
    if not frozen or config.get("extra") != "forbid":
        raise RegularsError(f"{key}: {target} {MUST}")
    if not callable(getattr(policy_class, method, None)):
        given = "shop" if method == "processes" else "visit"
        raise RegularsError(f"{key}: {target} has no method {method}({given})")
    return policy_class


def _imported(name: str, key: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise RegularsError(f"{key}: {name} imports {error.name}, which cannot be found") from error
        raise _missing(name, error.name, key) from None
    except SyntaxError as error:
        raise RegularsError(f"{key}: {error.filename}, line {error.lineno}: {error.msg}") from error
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{key}: {name} cannot be imported: {one_line(error)} ({frame.filename}, line {frame.lineno})"
        raise RegularsError(told) from error


def _missing(name: str, gap: str, key: str) -> RegularsError:
    """What to say of a module that is not there: hidden by one of ours, misspelt, or looked for elsewhere."""
    top, _, inner = name.partition(".")
    roots = [Path(entry or ".").resolve() for entry in sys.path if top in OURS]
    inside = inner.replace(".", "/") + ".py"
    hidden = [root / top for root in roots if root != HOME and (root / top / inside).is_file()]
    if hidden:
        return RegularsError(f"{key}: '{name}' means Regulars' own {top}; rename your folder {hidden[0]}")
    parent, _, last = gap.rpartition(".")
    folders = list(sys.modules[parent].__path__) if parent in sys.modules else _user_path()
    near = nearest(last, [path.stem for folder in folders for path in Path(folder).glob("*") if _importable(path)])
    hint = f"; did you mean {parent + '.' if parent else ''}{near}?" if near else ""
    return RegularsError(f"{key}: there is no module {shown(gap)}{hint}\n  looked in: {', '.join(map(str, folders))}")


def _importable(path: Path) -> bool:
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()


def _user_path() -> list[str]:
    """Entries of `sys.path` that are not part of Python's installation."""
    base = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    resolved = {entry: Path(entry or ".").resolve() for entry in sys.path}
    return [str(path) for path in resolved.values() if path.is_dir() and not any(b in path.parents for b in base)]


def _schema(policy_class: type) -> dict[str, Any]:
    try:
        return TypeAdapter(policy_class).json_schema()
    except Exception:  # a lever of a type that JSON cannot say: pydantic's own words are used
        return {}
