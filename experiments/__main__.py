"""`python -m experiments` lists the questions that can be asked."""

import ast
import sys
from pathlib import Path

HOME = Path(__file__).parent


def commands() -> dict[str, str]:
    """Name of every command and the first line of its docstring, read without importing any."""
    found = {}
    for path in sorted(HOME.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if path.stem != "__main__" and "\nif __name__ ==" in source:
            found[path.stem] = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return found


def main() -> int:
    """Print the list; anything typed after it is a slip that is answered with the right command."""
    arguments, known = sys.argv[1:], commands()
    if arguments and arguments[0] not in ("--help", "-h"):
        from sim.errors import unknown

        name = arguments[0].partition("=")[0]
        if name in known:
            rest = "".join(f" {word}" for word in arguments[1:])
            print(f"{name}: write python -m experiments.{name}{rest}", file=sys.stderr)
        else:
            print(unknown("experiments", "command", name, known), file=sys.stderr)
        return 1
    width = max(map(len, known), default=0)
    lines = [f"  python -m experiments.{name:{width}}  {about}" for name, about in known.items()]
    print("\n".join(["Questions, each with its own --help", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
