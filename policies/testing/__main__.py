"""`python -m policies.testing my_policy.Mine [lever=value ...]`: checks a policy or a campaign, one line for each check."""

import os
import sys
from collections.abc import Sequence

HELP = """\
Checks a policy or a campaign: does it keep to what every one must meet?

Usage
  python -m policies.testing FILE.CLASS [lever=value ...]
  python -m policies.testing FILE.yaml [lever=value ...]

The working folder is on the path. One line for each check: passed, failed or not checked, and what to do.
Exit code 0 if none failed, 1 otherwise.

Examples
  python -m policies.testing my_policy.Mine days=45
  python -m policies.testing conf/policy/points.yaml earn_rate=0.02 threshold=300
  python -m policies.testing conf/policy/stack.yaml layers.a=points layers.b=rfm
  python -m policies.testing conf/campaign/winback.yaml ranking=risk"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers a command line; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not words or any(word in ("--help", "-h") for word in words):
        print(HELP)
        return 0 if words else 1
    from sim.errors import RegularsError

    try:
        return checked(words)
    except RegularsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def checked(words: Sequence[str]) -> int:
    """Loads it, makes the checks and prints what they find."""
    from pathlib import Path

    from sim.loading import make_room

    target, *rest = words
    path = Path(target)
    make_room([path.parent, path.parent.parent] if path.suffix in (".yaml", ".yml") else [])
    from policies.testing import findings
    from policies.testing.loading import from_node, with_policies
    from sim.compiled import announce_first_compilation

    node, text = _node(path) if path.suffix in (".yaml", ".yml") else ({"name": "mine", "_target_": target}, "")
    subject = from_node(with_policies({**node, **_levers(rest)}), text)
    announce_first_compilation()
    failed = 0
    for finding in findings(subject):
        print(finding, flush=True)
        failed += finding.verdict == "failed"
    return 1 if failed else 0


def _node(path: "os.PathLike[str]") -> tuple[dict[str, object], str]:
    """The node of a policy's YAML file, and the file's text."""
    import yaml

    from sim.errors import RegularsError

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        node = yaml.safe_load(text)
    except OSError as error:
        raise RegularsError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RegularsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(node, dict):
        raise RegularsError(f"{path}: holds no keys; needed: name, _target_ and levers")
    return {str(key): value for key, value in node.items()}, text


def _levers(words: Sequence[str]) -> dict[str, object]:
    """`lever=value` words, values as OmegaConf reads them."""
    from omegaconf import OmegaConf

    from sim.errors import RegularsError, shown

    for word in words:
        if "=" not in word or word.startswith("="):
            raise RegularsError(f"{shown(word)} was given; allowed: lever=value; see python -m policies.testing --help")
    try:
        found = OmegaConf.to_container(OmegaConf.from_dotlist(list(words)))
    except Exception as error:
        raise RegularsError(f"{' '.join(words)}: cannot be read: {' '.join(str(error).split())}") from None
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
