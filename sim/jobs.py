"""From a config to the folder that answers it: checked, keyed, found in the store or run."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from inspect import getattr_static
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sim.compiled import announce_first_compilation, source_digest
from sim.config import Config
from sim.errors import RegularsError, from_pydantic
from sim.keys import history_key, run_key
from sim.loading import load_policy, parts_of
from sim.store import Store

PACKAGES = ("numpy", "numba", "scipy", "simpy", "duckdb", "hydra-core", "pydantic")


def checked(plain: Any) -> Config:
    """The config as its models accept it, or one line that says why not."""
    try:
        return Config(**plain)
    except ValidationError as error:
        raise from_pydantic(error, Config.model_json_schema()) from None


def answered(config: Config) -> Path:
    """The folder that holds the whole run of a config: found there, or run now.

    Raises:
        RegularsError: A policy, lever or input file is not as it should be; nothing has been written.
    """
    if config.orders is not None and not config.population.from_orders:
        raise RegularsError(
            f"orders: '{config.orders}' was given; allowed: null, unless population=orders is given too"
        )
    nodes = {"policy": config.policy, "history_policy": config.history_policy}
    nodes |= {f"campaign.{name}": node for name, node in config.campaign.items()}
    policies = {where: load_policy(node, where) for where, node in nodes.items()}
    if config.shards > 1 and (reason := _shared(config, policies)) is not None:
        raise RegularsError(f"shards: {config.shards} was given; allowed: 1, since {reason}")
    plain = config.model_dump(mode="json")
    name, key, store = config.policy["name"], run_key(plain, policies), Store(config.runs_dir)
    folder = store.find(name, key, config.record)
    if folder is None:
        folder = store.place(name, key)
        about = _about(config)
        with store.writing(name, key, config.record, about) as hidden:
            _run(config, policies, hidden, about, _shelf(config, plain, policies, store))
            if run_key(plain, policies) != key:  # the key was taken before the log was read
                raise RegularsError(
                    f"orders: '{config.orders}' was edited during the run; nothing was kept, start again"
                )
            text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
            (hidden / "config.yaml").write_text(text, encoding="utf-8")
    if sys.stdout.isatty() if config.figures is None else config.figures:
        _draw(folder)
    return folder


def _about(config: Config) -> dict[str, Any]:
    """What made a run; the timing is added when it is over."""
    return {
        "policy": config.policy["name"],
        "seed": config.seed,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in ("regulars", *PACKAGES)},
        "sources": source_digest(),
    }


def _shared(config: Config, policies: Mapping[str, Any]) -> str | None:
    """What couples the shoppers of a run, so that its parts cannot trade apart; None if nothing does."""
    if config.service.desk:
        return "the desk is shared by all customers; service=none has no desk"
    if config.market.imitation_share > 0:
        return "rivals imitate the whole shop (market.imitation_share)"
    for where, policy in policies.items():
        for part in parts_of(policy):
            if getattr_static(part, "points_programme", None) is not None:
                return f"{where}: the cost of a point is estimated from the whole shop's past"
            if hasattr(part, "processes"):
                return f"{where}: it reviews the whole customer file"
    return None


def _shelf(config: Config, plain: dict[str, Any], policies: dict[str, Any], store: Store) -> Any:
    """Where the shop's past may lie; none for shops whose past is an order log or holds points."""
    from sim.history import Shelf

    history = policies["history_policy"]
    with_points = any(getattr_static(part, "points_programme", None) is not None for part in parts_of(history))
    if config.population.from_orders or with_points:
        return None
    return Shelf(store, history_key(plain, history))


def _run(config: Config, policies: dict[str, Any], folder: Path, about: dict[str, Any], shelf: Any) -> None:
    announce_first_compilation()
    from sim.run import run  # imports Numba

    started, busy = time.perf_counter(), time.process_time()
    progress = sys.stderr.isatty() if config.progress is None else config.progress
    campaigns = {name: policies[f"campaign.{name}"] for name in config.campaign}
    run(config, policies["policy"], progress, folder, policies["history_policy"], shelf, campaigns)
    about["seconds"] = round(time.perf_counter() - started, 3)
    about["cpu_seconds"] = round(time.process_time() - busy, 3)


def _draw(folder: Path) -> None:
    """The pictures of a run that has none yet, renamed into its folder when all are there."""
    if (folder / "figures").is_dir():
        return
    from sim.plots import draw  # imports Matplotlib

    hidden = folder / f".figures-{os.getpid()}"
    try:
        hidden.mkdir(exist_ok=True)
        draw(folder, hidden)
        if not (folder / "figures").is_dir():
            os.rename(hidden, folder / "figures")
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout that is not installed
        return "not installed"
