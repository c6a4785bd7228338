"""The command: `python -m sim +policy=points`, or `regulars +policy=points` when installed."""

import sys


def main() -> None:
    """Print the help, which must not wait for any import, or run the command line."""
    from sim.manual import asked_for, manual

    if asked_for(sys.argv[1:]):
        print(manual(sys.argv[1:]))
        return
    from sim.app import guarded

    sys.exit(guarded())


if __name__ == "__main__":
    main()
