"""The command: `python -m sim +policy=points`, or `regulars +policy=points` when installed."""

import os
import sys


def main() -> None:
    """Print the help, which must not wait for any import, or run the command line."""
    from sim.manual import asked_for, manual

    try:
        if asked_for(sys.argv[1:]):
            print(manual(sys.argv[1:]))
            code = 0
        else:
            from sim.app import guarded

            code = guarded()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
