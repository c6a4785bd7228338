"""What is wrong with an input, said in one line: where, what was given, what is allowed, the nearest right name."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydra.errors import CompactHydraException
from pydantic import ValidationError

Schema = Mapping[str, Any]
LISTED = 40  # names in a list of what is allowed before it is cut
SHOWN = 80  # characters of a given value
NUMBERS = {"integer": "a whole number", "number": "a number"}
KINDS = NUMBERS | {"string": "a text", "boolean": "true or false", "array": "a list", "object": "a group of keys"}
BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
LENGTHS = {"minItems": "at least", "maxItems": "at most"}


class RegularsError(CompactHydraException):
    """An input that cannot be used. Its text is one line, or at most three with the list of what is allowed."""


def wrong(where: str, given: object, allowed: str) -> RegularsError:
    """A value that does not fit: `seed: -1 was given, a whole number >= 0 is allowed`."""
    return RegularsError(f"{where}: {shown(given)} was given; allowed: {allowed}")


def unknown(where: str, what: str, given: object, names: Iterable[str]) -> RegularsError:
    """A name that does not exist, with the nearest that does and all that do.

    Args:
        where: Key or file in which it was found.
        what: What the name should have named, such as "policy".
        given: The name.
        names: All that exist.
    """
    names = sorted(names)
    near = nearest(given, names)
    hint = f"; did you mean {near}?" if near else ""
    cut = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
    return RegularsError(f"{where}: there is no {what} {shown(given)}{hint}\n  allowed: {cut or '(nothing)'}")


def nearest(word: object, names: Iterable[str]) -> str | None:
    """The name that a slip of the finger most likely meant, if any is near."""
    lowered = {name.lower(): name for name in names}
    found = difflib.get_close_matches(str(word).lower(), lowered, n=1, cutoff=0.55)
    return lowered[found[0]] if found else None


def shown(given: object) -> str:
    """A value as the user may have typed it, on one line and not too long."""
    text = {None: "null", True: "true", False: "false"}.get(given) if isinstance(given, bool | None) else None
    text = text or (f"'{given}'" if isinstance(given, str) else str(given))
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def one_line(error: BaseException) -> str:
    """The text of any exception on one line, with its kind if the text alone says little."""
    text = " ".join(str(error).split())
    return text if isinstance(error, RegularsError) else f"{type(error).__name__}: {text}" if text else repr(error)


def from_pydantic(error: ValidationError, schema: Schema, prefix: str = "", kind: str = "key") -> RegularsError:
    """The first complaint of pydantic as such a line; further ones are counted.

    Args:
        error: What pydantic raised.
        schema: JSON schema of the model or dataclass, from which the allowed range is read.
        prefix: Dotted key under which the model stands, "" for the root.
        kind: What its keys are called: "key" or "lever".
    """
    complaints = error.errors(include_url=False)
    first = _line(complaints[0], schema, prefix, kind)
    if len(complaints) == 1:
        return first
    head, *rest = str(first).split("\n")
    return RegularsError("\n".join([f"{head} (and {len(complaints) - 1} more)", *rest]))


def _line(complaint: Any, schema: Schema, prefix: str, kind: str) -> RegularsError:
    path = [part for part in complaint["loc"] if isinstance(part, int) or _named(part)]
    where = ".".join([prefix] * bool(prefix) + [str(part) for part in path]) or "config"
    match complaint["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return unknown(where, kind, path[-1], keys_at(schema, path[:-1]))
        case "missing" | "missing_argument":
            return RegularsError(f"{where}: missing; needed: {described(_at(schema, path, schema), schema)}")
        case "value_error" | "assertion_error":  # a validator of ours: its text says what is allowed
            text = " ".join(str(complaint["ctx"]["error"]).split())
            given = complaint["input"]
            bare = isinstance(given, Mapping) or type(given).__name__ == "ArgsKwargs"
            return RegularsError(f"{where}: {text}" if bare else f"{where}: {shown(given)} was given; {text}")
    allowed = described(_at(schema, path, schema), schema) or complaint["msg"].removeprefix("Input should be ")
    near = nearest(complaint["input"], allowed.split(", ")) if complaint["type"] in ("literal_error", "enum") else None
    return wrong(where, complaint["input"], allowed + (f"; did you mean {near}?" if near else ""))


def described(node: Schema, root: Schema) -> str:
    """What a JSON schema allows, in words: `a whole number >= 1`; "" if it does not say."""
    node = _resolved(node, root)
    if choices := node.get("enum") or ([node["const"]] if "const" in node else None):
        return ", ".join(shown(choice).strip("'") for choice in choices)
    if either := node.get("anyOf") or node.get("oneOf"):
        return " or ".join(filter(None, (described(one, root) for one in either)))
    kind = node.get("type", "")
    if kind == "null":
        return "null"
    words = {"date": "a date as 2025-01-31", "date-time": "a date"}.get(node.get("format", "")) or KINDS.get(kind, "")
    if kind == "string" and "pattern" in node:
        words += f" that matches {node['pattern']}"
    bounds = [f"{sign} {node[name]}" for name, sign in BOUNDS.items() if name in node]
    lengths = [f"{word} {node[name]}" for name, word in LENGTHS.items() if name in node and kind == "array"]
    inner = described(node.get("items", {}), root) if kind == "array" and isinstance(node.get("items"), dict) else ""
    parts = [words, " and ".join(bounds), f"of {inner}" if inner else "", f"({', '.join(lengths)})" if lengths else ""]
    return " ".join(filter(None, parts))


def keys_at(schema: Schema, path: Sequence[str | int]) -> list[str]:
    """Keys that a JSON schema knows at a path, over all branches of a union."""
    node = _at(schema, path, schema)
    branches = [_resolved(branch, schema) for branch in node.get("anyOf") or node.get("oneOf") or [node]]
    return [key for branch in branches for key in branch.get("properties", {})]


def _at(node: Schema, path: Sequence[str | int], root: Schema) -> Schema:
    """The part of a schema that speaks of one key; an empty one where the schema has no word on it."""
    node = _resolved(node, root)
    if not path:
        return node
    step, rest = path[0], path[1:]
    for branch in node.get("anyOf") or node.get("oneOf") or ():
        if found := _at(branch, path, root):
            return found
    if isinstance(step, int):
        items = node.get("prefixItems", ())
        inner = items[step] if step < len(items) else node.get("items", {})
    else:
        inner = node.get("properties", {}).get(step) or node.get("additionalProperties", {})
    return _at(inner, rest, root) if isinstance(inner, Mapping) else {}


def _resolved(node: Schema, root: Schema) -> Schema:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _named(part: str) -> bool:
    """Whether a part of pydantic's path is a key, and not the name of a validator or of a member of a union."""
    kinds = ("int", "float", "str", "bool", "none", "list")
    return re.fullmatch(r"[\w.-]+", part) is not None and part.removeprefix("constrained-") not in kinds
