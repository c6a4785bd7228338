"""The command line that all experiments share: `key=value` words, one help style, one line for what is wrong.

Values are read as OmegaConf reads a dot-list: dotted keys nest, `[a,b]` is a list, `null` is nothing. A key that holds
text takes the word as it stands, so that an arm called `off` or a file called `a: b.csv` needs no quoting.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class Options(BaseModel):
    """Base of the options of an experiment: frozen, and refuses keys it does not know.

    Each field has a `description`, which is its line in the help.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Asked = TypeVar("Asked", bound=BaseModel)


def _listed(given: object) -> object:
    """`a,b` for `[a,b]`, and one text for a list of it."""
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Seeds = Annotated[tuple[Annotated[int, Field(ge=0, strict=True)], ...], Field(min_length=2)]


def command(
    model: type[Asked],
    about: str,
    examples: tuple[str, ...],
    run: Callable[[Asked], int],
    arguments: Sequence[str] | None = None,
    no_answer: int = 1,
) -> int:
    """Answer one command line of an experiment.

    Args:
        model: Frozen pydantic model of its keys (extra keys forbidden), such as a subclass of `Options`.
        about: What it does, a few lines, for the help.
        examples: Whole command lines, for the help.
        run: Does it, and returns the exit code. Its name's module is the name of the command.
        arguments: Words after the command; None for those of this process.
        no_answer: Exit code where there is no answer; other than 1 for a command whose 1 is an answer.
    Returns:
        Exit code: that of `run`; `no_answer` for a wrong input, told in one line on stderr, or if nobody reads our
        output; 130 if stopped by the user.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    name = f"python -m experiments.{Path(run.__code__.co_filename).stem}"
    try:
        if any(word in ("--help", "-h") for word in words):
            print(manual(model, name, about, examples))
            code = 0
        else:
            code = _guarded(model, name, run, words, no_answer)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = no_answer
    return code


def manual(model: type[BaseModel], name: str, about: str, examples: Sequence[str]) -> str:
    """The help of a command: what it does, its keys with their defaults, examples."""
    keys = {key: _default(field) for key, field in model.model_fields.items()}
    width = max(len(key) + len(value) + 1 for key, value in keys.items())
    needed = "".join(f"{key}=... " for key, field in model.model_fields.items() if field.is_required())
    lines = [
        f"  {f'{key}={value}':{width}}  {model.model_fields[key].description or ''}".rstrip()
        for key, value in keys.items()
    ]
    return "\n".join(
        [about.strip(), "", "Usage", f"  {name} {needed}[key=value ...]", "", "Keys and their defaults", *lines]
        + ["", "Examples", *(f"  {line}" for line in examples)]
    )


def understood(model: type[Asked], words: Sequence[str], name: str = "the command") -> Asked:
    """The words of a command line as its model accepts them.

    Raises:
        RegularsError: A word is no `key=value`, a key is unknown or given twice, or a value does not fit.
    """
    from sim.errors import RegularsError, from_pydantic, unknown

    tree: dict[str, Any] = {}
    for word in words:
        key, value = _split(word, model, name)
        _hang(tree, key, value, words)
    for key in tree:
        if key not in model.model_fields:
            raise unknown(key, "key", key, model.model_fields)
    for key, field in model.model_fields.items():
        if field.is_required() and tree.get(key) is None:
            raise RegularsError(f"{key}: missing; needed: {field.description or 'a value'}; see {name} --help")
    try:
        return model(**tree)
    except ValidationError as error:
        raise from_pydantic(error, model.model_json_schema()) from None


def _guarded(model: type[Asked], name: str, run: Callable[[Asked], int], words: Sequence[str], no_answer: int) -> int:
    """Run, and tell what is wrong with the input in one line; a fault of ours keeps its traceback."""
    from sim.errors import RegularsError

    try:
        return run(understood(model, words, name))
    except KeyboardInterrupt:
        print("\nStopped. Nothing half-written is left; the same command starts again.", file=sys.stderr)
        return 130
    except RegularsError as error:
        told = str(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        told = f"{error.filename}: {error.strerror}"
    print(told, file=sys.stderr)
    return no_answer


def _split(word: str, model: type[BaseModel], name: str) -> tuple[str, Any]:
    """Dotted key and value of one word; a leading plus, as Hydra wants it for some keys, does no harm."""
    from sim.errors import RegularsError, shown

    key, equals, text = word.lstrip("+").partition("=")
    if word.startswith("-"):
        raise RegularsError(f"{shown(word)} is no flag of this command; see {name} --help")
    if not equals or not re.fullmatch(r"[^\W\d][\w.-]*", key):
        files = [key for key, field in model.model_fields.items() if field.is_required()]
        hint = f"; did you mean {files[0]}={word}?" if files and Path(word).exists() else ""
        raise RegularsError(f"{shown(word)} was given; allowed: key=value{hint}")
    field = model.model_fields.get(key)
    return key, _value(text, field is not None and _holds_text(field.annotation), key)


def _value(text: str, is_text: bool, key: str) -> Any:
    """The value of a word: text as it stands, lists and groups by YAML, other scalars by YAML too."""
    import yaml

    text = text.strip()
    if text in ("null", "~", ""):
        return None
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if is_text and text[0] not in "[{":
        return text
    try:
        return yaml.load(text, Loader=yaml.BaseLoader if is_text else yaml.SafeLoader)
    except (yaml.YAMLError, ValueError):  # a date that is none, too
        _unreadable(key, text)


def _unreadable(key: str, text: str) -> NoReturn:
    from sim.errors import wrong

    raise wrong(key, text, "a value, or a list such as [a,b] (quote brackets and spaces for the shell)") from None


def _hang(tree: dict[str, Any], key: str, value: Any, words: Sequence[str]) -> None:
    """Put a value at its dotted key, once."""
    from sim.errors import RegularsError

    *above, last = key.split(".")
    for step in above:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            break
    if not isinstance(tree, dict) or last in tree:
        same = [
            word for word in words if (word.lstrip("+").partition("=")[0] + ".").startswith(f"{key.split('.')[0]}.")
        ]
        raise RegularsError(f"{key}: given more than once ({' '.join(same)}); allowed: one")
    tree[last] = value


def _holds_text(annotation: Any) -> bool:
    """Whether a field is a text, or a list or group of texts."""
    return annotation is str or any(_holds_text(part) for part in get_args(annotation))


def _default(field: Any) -> str:
    """The default of a field as it would be typed."""
    if field.is_required():
        return "..."
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple | list):
        return f"[{','.join(map(str, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
