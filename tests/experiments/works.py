"""Work for sweeps under test; importable by name in every worker."""

import os
import signal
import sys
import time
from pathlib import Path


def _note(config):
    """One line for each time the work is begun."""
    with Path(config["folder"], f"{config['number']}.begun").open("a") as file:
        file.write(f"{os.getpid()}\n")


def square(config):
    _note(config)
    print("all squares", file=sys.stderr)
    time.sleep(config.get("seconds", 0.0))
    return config["number"] ** 2


def killed_once(config):
    """Its worker dies the first time that number 2 is begun."""
    first = not Path(config["folder"], "2.begun").exists()
    _note(config)
    if config["number"] == 2 and first:
        os.kill(os.getpid(), signal.SIGKILL)
    return config["number"] ** 2


def killed_always(config):
    """Number 2 takes its worker down every time."""
    _note(config)
    if config["number"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return config["number"] ** 2


def fails(config):
    _note(config)
    if config["number"] == 2:
        raise ZeroDivisionError("nothing\nto divide by")
    return config["number"] ** 2
