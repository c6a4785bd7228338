"""What stands on the command line, before Hydra reads it, and what Hydra says, before the user does."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from hydra.errors import CompactHydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from sim.errors import RegularsError, one_line, shown, unknown
from sim.loading import HOME
from sim.manual import NOT_OF_A_RUN, options, user_folders

OVERRIDE = re.compile(r"(?P<sign>\+{0,2}|~)(?P<key>[^=@:+~]+)(?P<package>@[^=]*)?=(?P<value>.*)", re.DOTALL)
ADDED = ("policy", "campaign", "experiment")  # groups that no default names, so that Hydra wants a plus
LISTS_OF_OPTIONS = ("campaign",)  # groups of which any number may be chosen
GROUPS = ("population", "catalogue", "market", "policy", "campaign", "service", "events", "experiment")


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags as Hydra reads them; a wrong one raises a line instead of printing the usage."""
    from hydra._internal.utils import get_args_parser

    def refuse(message: str) -> NoReturn:
        raise RegularsError(f"{message}; see python -m sim --help")

    parser = get_args_parser()
    parser.error = refuse  # type: ignore[method-assign]
    return parser.parse_args(arguments)


def understood(arguments: Sequence[str]) -> list[str]:
    """The arguments as Hydra wants them: `policy=points` as `+policy=points`, dotted keys whether or not in a file."""
    flags = parsed(arguments)
    found = {item: match for item in flags.overrides if (match := OVERRIDE.fullmatch(item))}
    chosen = next((match["value"] for match in found.values() if match["key"] == "experiment"), None)
    by_experiment = chosen is not None and _sets_policy(chosen, flags.config_dir)
    return [_mapped(item, found[item], by_experiment) if item in found else item for item in arguments]


def _mapped(item: str, match: re.Match[str], by_experiment: bool) -> str:
    sign, key, package, value = match["sign"], match["key"], match["package"] or "", match["value"]
    if key in NOT_OF_A_RUN:
        raise RegularsError(f"{key}: {shown(value)} was given; a run has no {key}; python -m experiments.check has")
    if key in GROUPS and key not in LISTS_OF_OPTIONS and value.strip().startswith("["):
        raise _merged(key, value, re.sub(r"[\[\] ]", "", value))
    if key == "policy" and not package and sign in ("", "+"):
        return f"policy={value}" if by_experiment else f"+policy={value}"
    if key in ADDED and not package and sign == "":
        return "+" + item
    if key == "history_policy" and sign == "":
        return f"policy@history_policy={value}"
    if "." in key and not package and sign == "" and not key.startswith("hydra."):
        return "++" + item  # a key that no file names but the models know; they refuse what they do not know
    return item


def _sets_policy(experiment: str, config_dir: str | None) -> bool:
    """Whether the file of an experiment chooses a policy, which decides how Hydra wants it overridden."""
    name = experiment.strip("[]").split(",")[0]
    for folder in ([Path(config_dir)] if config_dir else []) + [HOME / "conf"]:
        path = Path(folder, "experiment", f"{name}.yaml")
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue  # Hydra says what is wrong with it
        entries = said.get("defaults", []) if isinstance(said, dict) else []
        keys = [key for entry in entries for key in (entry if isinstance(entry, dict) else [str(entry)])]
        return any(key.removeprefix("override ").strip("/").split("/")[0] == "policy" for key in keys)
    return False


def refuse_merged(choices: Any) -> None:
    """Refuse a list as the choice of a group, wherever it stands: Hydra merges the files into one that none means."""
    for group, choice in choices.items():
        name = group.partition("@")[0]
        if name in GROUPS and name not in LISTS_OF_OPTIONS and not isinstance(choice, str | None):
            raise _merged(name, list(choice), ",".join(choice))


def _merged(group: str, given: object, names: str) -> RegularsError:
    return RegularsError(f"{group}: {shown(given)} was given; allowed: one name; for a run of each, -m {group}={names}")


def explained(error: BaseException, arguments: Sequence[str]) -> RegularsError | None:
    """An error of the input as a line for the user; None if it is a fault of the program, to be shown in full."""
    match error:
        case RegularsError():
            return error
        case MissingConfigException() if error.missing_cfg_file and error.options is not None:
            return _no_option(error.missing_cfg_file, error.options, str(error))
        case OverrideParseException():
            return _unreadable(error)
        case yaml.MarkedYAMLError():
            return RegularsError(f"{_spot(error)}: not valid YAML: {error.problem or error.context}")
        case yaml.YAMLError() | UnicodeDecodeError():
            return RegularsError(f"{_unreadable_file(arguments)}: not valid YAML: {one_line(error)}")
        case CompactHydraException():
            return _composition(error, arguments)
        case OmegaConfBaseException():
            return RegularsError(" ".join(str(error).split()))
        case OSError() if error.filename is not None:
            return RegularsError(f"{error.filename}: {error.strerror}")
    return None


def _unreadable_file(arguments: Sequence[str]) -> str:
    """The config file that is no text, which neither YAML nor Hydra names."""
    for folder in [HOME / "conf", *user_folders(arguments)]:
        for path in sorted(folder.rglob("*.yaml")):
            try:
                yaml.safe_load(path.read_bytes())
            except (yaml.YAMLError, UnicodeDecodeError):
                return str(path)
    return "a file of the config"


def _no_option(missing: str, options: Sequence[str], text: str) -> RegularsError:
    group, _, name = missing.rpartition("/")
    source = re.match(r"In '([^']+)'", text)
    where = f"{group}={name}" if source is None or source[1] == "config" else f"{source[1]}.yaml"
    return unknown(where, group or "config", name, options)


def _unreadable(error: OverrideParseException) -> RegularsError:
    if "=" not in error.override:
        groups = [group for group, names in options().items() if error.override in names]
        hint = f"; did you mean {groups[0]}={error.override}?" if groups else ""
        return RegularsError(f"{shown(error.override)} was given; allowed: key=value{hint}")
    reason = str(error).strip().splitlines()[0]
    return RegularsError(f"{shown(error.override)} cannot be read: {reason} (quote brackets and spaces for the shell)")


def _composition(error: CompactHydraException, arguments: Sequence[str]) -> RegularsError:
    text = " ".join(str(error).split())
    if key := re.search(r"Could not (?:override|append to config\. .*?|delete) '([^']+)'", text):
        path = re.sub(r"@.*", "", key[1])
        known = _names_under(path)
        if path.rpartition(".")[2] not in known:
            return unknown(path, "key", path.rpartition(".")[2], known)
    if text.startswith("Additional config directory"):
        return RegularsError(
            f"--config-dir: there is no folder {text.split(' directory ')[1].removesuffix(' not found')}"
        )
    if already := re.search(r"An item is already at '([^']+)'", text):
        return RegularsError(f"{already[1]}: it has a value already, which a plus cannot add; write {already[1]}=...")
    if twice := re.search(r"Multiple values for (\S+?)\. To override", text):
        given = [item for item in arguments if item.lstrip("+").startswith(f"{twice[1]}=")]
        return RegularsError(f"{twice[1]}: given more than once ({' '.join(given)}); allowed: one")
    cause = f" ({one_line(error.__cause__)})" if error.__cause__ is not None else ""
    return RegularsError(f"{text}{cause}"[:400])


def _names_under(path: str) -> list[str]:
    from sim.config import Config
    from sim.errors import keys_at

    above = path.split(".")[:-1]
    return keys_at(Config.model_json_schema(), above) + ([] if above else ["experiment"])


def _spot(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{mark.name}, line {mark.line + 1}, column {mark.column + 1}" if mark else "the config"


def say(error: RegularsError, before: str = "") -> None:
    """One line, or three, on stderr."""
    print(before + str(error), file=sys.stderr)
