"""The key of a run: a hash of all that can change its result, and of nothing else."""

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.compiled import source_digest
from sim.errors import RegularsError, nearest
from sim.loading import HOME, levers_of, nodes_within, parts_of, split

PRESENTATION = ("figures", "language", "progress", "runs_dir", "record", "shards", "workers")  # change no result
LATER = ("policy", "campaign", "messages", "days", "run_off_days")  # root keys that matter from day 0 on only
INPUT_FILES = ("orders",)  # root keys that name a file
_loaded: dict[str, tuple[Any, str]] = {}  # spec and digest of each module of a policy when this process first used it


def run_key(config: Mapping[str, Any], policies: Mapping[str, Any]) -> str:
    """SHA-256, hex, of the resolved config, the input files, the sources of `sim` and those of each policy.

    Args:
        config: The resolved config, plain JSON values.
        policies: Every loaded policy by its dotted key in the config, such as `policy` or `campaign.winback`.
    Raises:
        RegularsError: An input file cannot be read.
    """
    told: dict[str, Any] = {name: value for name, value in config.items() if name not in PRESENTATION}
    for name in INPUT_FILES:
        if told.get(name) is not None:
            told[name] = file_digest(told[name], name)
    told["policies"] = {}
    for where, policy in sorted(policies.items()):
        node = _pop(told, where)
        sources = {
            module: _as_loaded(module, path)
            for kind in dict.fromkeys(type(part) for part in (policy, *parts_of(policy)))
            for module, path in sources_of(kind.__module__).items()
        }
        told["policies"][where] = [*_names(node, where), levers_of(policy), sources]
    told["sim"] = source_digest()
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _names(node: Any, where: str) -> list[Any]:
    """Name and target of a node, and those of its layers."""
    name, target, levers = split(node, where)
    within = nodes_within(levers)
    if not within:
        return [name, target]
    return [name, target, {place: _names(inner, f"{where}.{place}") for place, inner in within.items()}]


def history_key(config: Mapping[str, Any], history_policy: Any) -> str:
    """`run_key` of what a shop's past depends on; runs that share it begin day 0 in the same state, shard by shard."""
    past = {name: value for name, value in config.items() if name not in LATER}
    return run_key(past | {"parts": config["shards"]}, {"history_policy": history_policy})


def _as_loaded(module: str, path: Path) -> str:
    """SHA-256, hex, of a module as it was when this process loaded it: an edit since then is not what runs here."""
    spec = getattr(sys.modules.get(module), "__spec__", None)  # another one after a reload
    if spec is None:
        return _digest(path)
    known, digest = _loaded.get(module, (None, ""))
    if known is not spec:
        digest = _digest(path)
        _loaded[module] = spec, digest
    return digest


def file_digest(path: str | Path, where: str) -> str:
    """SHA-256, hex, of the content of an input file; if it cannot be read, one line says so."""
    path = Path(path)
    try:
        return _digest(path)
    except IsADirectoryError:
        raise RegularsError(f"{where}: '{path}' was given, which is a folder; allowed: a file") from None
    except FileNotFoundError:
        near = nearest(path.name, [other.name for other in path.parent.glob("*")] if path.parent.is_dir() else [])
        hint = f"; did you mean {path.parent / near}?" if near else ""
        raise RegularsError(f"{where}: there is no file '{path}'{hint}") from None
    except OSError as error:
        raise RegularsError(f"{where}: '{path}' cannot be read: {error.strerror}") from None


def sources_of(module: str) -> dict[str, Path]:
    """Files of a module and of all that it imports from its own folder or from our policies, by module name."""
    found: dict[str, Path] = {}
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return found
    depth = module.count(".") + (Path(spec.origin).name == "__init__.py")
    root = Path(spec.origin).resolve().parents[depth]
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name, root, module.partition(".")[0])
        if name in found or path is None:
            continue
        found[name] = path
        waiting += [name.rpartition(".")[0], *_imports(name, path)]
    return found


def _file_of(name: str, root: Path, top: str) -> Path | None:
    """The file of a module, if it lies in the folder in question or among our policies."""
    first = name.partition(".")[0]
    if not name or first in ("sim", "conf") or first in sys.stdlib_module_names:
        return None
    installed = root == HOME or Path(sys.prefix).resolve() in root.parents
    base = HOME if first == "policies" else root if first == top or not installed else None
    if base is None:
        return None
    stem = base.joinpath(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def _imports(name: str, path: Path) -> Iterable[str]:
    """Every name that a module may import; those that are no modules are sorted out by the reader."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from [base, *(f"{base}.{alias.name}" for alias in node.names)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pop(told: dict[str, Any], where: str) -> Any:
    """Take the node at a dotted key out of a nested dictionary, leaving the original as it is."""
    first, _, rest = where.partition(".")
    if not rest:
        return told.pop(first)
    told[first] = dict(told[first])
    return _pop(told[first], rest)
