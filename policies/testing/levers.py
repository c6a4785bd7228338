"""The check of the levers: each has words that say what it is, and a range."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import TypeAdapter

from policies.testing.subject import Failed, Subject
from sim.errors import described

BOUNDED = re.compile(r"[<>]|true or false|a date|matches|null|a policy")


def documented(subject: Subject, explained: tuple[str, ...] = (), refused: tuple[str, ...] = ()) -> None:
    """A comment, a `Field(description=...)`, a word in the class docstring or in the YAML; and a range.

    `explained` are levers that the contract explains, `refused` those whose wrong values the world refuses.
    """
    kind = type(subject.policy)
    if not is_dataclass(kind):
        raise Failed(
            "is no pydantic dataclass, so that its levers have no ranges; decorate it with sim.contract.policy_class"
        )
    schema = _schema(kind)
    told = words(kind) | yaml_words(subject.text) | set(explained)
    for field in fields(kind):
        node = schema.get("properties", {}).get(field.name, {})
        if not (field.name in told or node.get("description") or field.name in (inspect.getdoc(kind) or "")):
            raise Failed(f"{field.name}: nothing says what it is; put a comment with its unit behind the lever")
        if not bounded(node, schema) and not (field.name in refused and node.get("type") == "string"):
            raise Failed(
                f"{field.name}: has no range; declare one, such as Annotated[float, Field(ge=0, le=0.5)] (pydantic)"
            )


def bounded(node: Any, schema: Any) -> bool:
    """Whether a JSON schema gives a lever a range: bounds, a choice, or true and false; for lists, that of its items."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    if node.get("enum") or "const" in node or node.get("type") in ("boolean", "null"):
        return True
    if either := node.get("anyOf") or node.get("oneOf"):
        return all(bounded(one, schema) for one in either)
    if node.get("type") == "array":
        items = [*node.get("prefixItems", ()), *([node["items"]] if isinstance(node.get("items"), dict) else [])]
        return bool(items) and all(bounded(one, schema) for one in items)
    if node.get("type") in ("integer", "number"):
        return any(sign in described(node, schema) for sign in "<>")
    if node.get("type") == "object":  # of policies, as the layers of a stack: they are checked when loaded
        return True
    return bool(node.get("pattern") or node.get("format"))


def words(kind: type[Any]) -> set[str]:
    """Levers of a class that have a comment on one of their lines or on the line above."""
    found = set()
    for owner in kind.__mro__[:-1]:
        try:
            lines = inspect.getsourcelines(owner)[0]
        except (OSError, TypeError):
            continue
        tree = ast.parse(inspect.cleandoc("\n" + "".join(lines)) if lines[0].startswith(" ") else "".join(lines))
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for node in body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                own = lines[node.lineno - 1 : node.end_lineno]
                above = lines[node.lineno - 2].strip()
                if any(re.search(r"#\s*\w", line) for line in own) or re.match(r"#\s*\w", above):
                    found.add(node.target.id)
    return found


def yaml_words(text: str) -> set[str]:
    """Keys of a YAML file that have a comment on their line or on the line above."""
    return set(_keys_with_words(text.splitlines()))


def _keys_with_words(lines: list[str]) -> Iterator[str]:
    for above, line in zip(["", *lines], lines, strict=False):
        key = re.match(r"\s*(\w+):", line)
        if key and (re.search(r"#\s*\w", line) or re.match(r"\s*#\s*\w", above)):
            yield key[1]


def _schema(kind: type[Any]) -> dict[str, Any]:
    try:
        return TypeAdapter(kind).json_schema()
    except Exception:  # a lever of a type that JSON cannot say
        raise Failed(
            "a lever is of a type that a config cannot hold; use numbers, texts, true or false, and tuples"
        ) from None
