"""The Hydra app: composes the config, answers from the store or by a run, prints the table."""

import json
import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from sim.command import explained, refuse_merged, say, understood
from sim.errors import RegularsError
from sim.loading import make_room

IN_FULL = os.environ.get("HYDRA_FULL_ERROR") == "1"  # the user wants tracebacks
failed: list[RegularsError] = []  # one for each job of this command that could not be done


class ReaderGone(BaseException):
    """Nobody reads our output any more. Not an Exception, since Hydra reports those."""


def guarded() -> int:
    """Run the command line.

    Returns:
        Exit code: 0, 1 (wrong input or a failed job) or 130 (stopped by the user).
    """
    arguments = sys.argv[1:]
    failed.clear()
    try:
        make_room()
        sys.argv[1:] = understood(arguments)
        os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra hands its errors on instead of printing them
        compose()
    except KeyboardInterrupt:
        print("\nStopped. Nothing half-written is left; the same command starts again.", file=sys.stderr)
        return 130
    except ReaderGone:
        raise BrokenPipeError from None
    except Exception as error:
        told = explained(error, arguments)
        if told is None or IN_FULL:
            raise
        say(told)
        return 1
    return 1 if failed else 0


@hydra.main(config_path="pkg://conf", config_name="config", version_base="1.3")
def compose(composed: DictConfig) -> None:
    """Do one job with the config that Hydra composed. In a sweep the others go on when one fails."""
    settings = HydraConfig.get()
    number = settings.job.num if settings.mode is RunMode.MULTIRUN else None
    if number is not None:
        print(f"\n#{number}  {' '.join(item.lstrip('+') for item in settings.overrides.task)}", flush=True)
    try:
        do(composed)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except Exception as error:
        told = explained(error, settings.overrides.task)
        if told is None or IN_FULL:
            raise
        failed.append(told)
        say(told, "" if number is None else f"#{number}: ")


def do(composed: DictConfig) -> None:
    """Check the config, answer it from the store or by a run, print the table."""
    runtime = HydraConfig.get().runtime
    refuse_merged(runtime.choices)
    folders = [Path(source.path).resolve() for source in runtime.config_sources if source.schema == "file"]
    make_room([place for folder in folders for place in (folder, folder.parent)])
    from sim.jobs import answered, checked

    folder = answered(checked(OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)))
    from sim.table import print_summary

    print_summary(json.loads((folder / "summary.json").read_text(encoding="utf-8")), folder)
