"""Many runs at once: one executor interface, a local pool of processes or Dask's on a cluster; each run kept by its key.

A run that is in the store is not computed again, so a sweep that was killed goes on where it stopped. One failing run
does not sink the others: it is returned with its error.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.errors import RegularsError, one_line

ATTEMPTS = 3  # at a run whose worker died
WATCH_SECONDS = 1.0

Plain = Mapping[str, Any]  # a config as plain JSON values
Work = Callable[[Plain], Any]  # must be importable by name: it travels to other processes


@dataclass(frozen=True)
class Outcome:
    """What became of one config: an answer, or the line that says why there is none."""

    answer: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Machine:
    """Where a sweep runs.

    Attributes:
        workers: Processes, >= 1; with a Dask scheduler its own workers are used.
        executor: "local" or "dask".
        scheduler: Address of a Dask scheduler; None starts a local cluster of `workers`.
        folders: Where user policies are looked for, besides the working folder.
    """

    workers: int = 1
    executor: str = "local"
    scheduler: str | None = None
    folders: tuple[str, ...] = ()


def sweep(
    configs: Sequence[Plain], work: Work, machine: Machine, done: Callable[[int], None] | None = None
) -> list[Outcome]:
    """Does `work` on every config, each in some process, and returns the outcomes in the order of the configs.

    Args:
        configs: Shape (n,).
        work: Takes a config and returns what can be pickled, such as a folder.
        machine: Where.
        done: Called with the number of each config that is finished.
    """
    if not configs:
        return []
    _compile()
    outcomes: list[Outcome | None] = [None] * len(configs)
    left, attempt = list(range(len(configs))), 0
    while left:
        attempt += 1
        try:
            with _executor(machine, len(left)) as pool:
                jobs: dict[Future[Any], int] = {
                    _submit(pool, machine, work, configs[number]): number for number in left
                }
                for job in as_completed(jobs):
                    if isinstance(job.exception(), BrokenProcessPool):
                        continue  # its worker or a neighbour of it died: tried again below
                    outcomes[jobs[job]] = job.result()
                    if done is not None:
                        done(jobs[job])
        except BrokenProcessPool:
            pass
        left = [number for number in left if outcomes[number] is None]
        if attempt == ATTEMPTS:
            for number in left:
                outcomes[number] = Outcome(error=f"its worker process died {ATTEMPTS} times (out of memory?)")
            break
    return [outcome or Outcome(error="not run") for outcome in outcomes]


def guarded(work: Work, config: Plain) -> Outcome:
    """Does the work in a worker; an error of the input, or a fault of ours, comes back as one line."""
    try:
        return Outcome(work(config))
    except RegularsError as error:
        return Outcome(error=str(error))
    except Exception as error:
        return Outcome(error=one_line(error))


def _submit(pool: Executor, machine: Machine, work: Work, config: Plain) -> Future[Any]:
    if machine.executor == "dask":
        return pool.submit(_on_cluster, machine.folders, work, config)
    return pool.submit(guarded, work, config)


def _on_cluster(folders: tuple[str, ...], work: Work, config: Plain) -> Outcome:
    """As `guarded`, on a worker that nobody prepared."""
    from sim.loading import make_room

    make_room(folders)
    return guarded(work, config)


@contextmanager
def _executor(machine: Machine, jobs: int) -> Iterator[Executor]:
    """The executor of a machine; closed, and its waiting jobs dropped, when the block ends."""
    with ExitStack() as stack:
        if machine.executor == "dask":
            pool = _dask(machine, stack)
        else:
            workers = max(1, min(machine.workers, jobs))
            pool = ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (machine.folders, os.getpid()))
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _dask(machine: Machine, stack: ExitStack) -> Executor:
    """Dask's executor, on the scheduler that was given or on a cluster of this machine."""
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        raise RegularsError("executor: dask was given, but it is not installed; pip install 'regulars[cluster]'") from None
    if machine.scheduler is None:
        target: Any = stack.enter_context(
            LocalCluster(n_workers=machine.workers, threads_per_worker=1, dashboard_address=None, silence_logs=40)
        )
    else:
        target = machine.scheduler
    try:
        client = stack.enter_context(Client(target, timeout="10s"))
    except OSError as error:
        raise RegularsError(f"scheduler: {machine.scheduler} does not answer ({one_line(error)})") from None
    pool: Executor = client.get_executor(pure=False, retries=ATTEMPTS)
    return pool


def _prepare(folders: tuple[str, ...], parent: int) -> None:
    """A new worker: finds the user's policies, prints no progress, and ends when its parent has ended."""
    from sim.loading import make_room

    make_room(folders)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _compile() -> None:
    """Compiles once, before many workers would at the same time."""
    from sim.compiled import announce_first_compilation, use_cache_folder

    use_cache_folder()
    if announce_first_compilation():
        import tempfile

        from policies.points import Points
        from sim.config import Config, Population
        from sim.run import run

        tiny = Config(shoppers=5, days=5, run_off_days=0, record="summary", population=Population(shop_age_days=5))
        with tempfile.TemporaryDirectory() as folder:
            run(tiny, Points(), False, Path(folder))


class Progress:
    """A bar on a terminal, silent elsewhere."""

    def __init__(self, label: str, total: int) -> None:
        self.bar: Any = None
        if sys.stderr.isatty() and total > 1:
            from rich.console import Console
            from rich.progress import Progress as Rich

            self.bar = Rich(transient=True, console=Console(stderr=True))
            self.task = self.bar.add_task(label, total=total)

    def __enter__(self) -> "Progress":
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, _number: int) -> None:
        """One more is done."""
        if self.bar is not None:
            self.bar.advance(self.task)
