"""Many runs at once: one executor interface, a local pool of processes or Dask's on a cluster; each run kept by its key.

A run that is in the store is not computed again, so a sweep that was killed goes on where it stopped. One failing run
does not sink the others: it is returned with its error.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from functools import partial
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.errors import RegularsError, one_line

ATTEMPTS = 3  # at a run whose worker died
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 10  # for which a scheduler is waited for

Plain = Mapping[str, Any]  # a config as plain JSON values
Work = Callable[[Plain], Any]  # must be importable by name: it travels to other processes


@dataclass(frozen=True)
class Outcome:
    """What became of one config: an answer, or the line that says why there is none; and what was said on stderr."""

    answer: Any = None
    error: str | None = None
    said: str = field(default="", compare=False)


@dataclass
class Machine:
    """Where sweeps run.

    Attributes:
        workers: Processes, >= 1; with a Dask scheduler its own workers are used.
        executor: "local" or "dask".
        scheduler: Address of a Dask scheduler; None starts a local cluster of `workers`.
        folders: Where user policies are looked for, besides the working folder of a worker.
    """

    workers: int = 1
    executor: str = "local"
    scheduler: str | None = None
    folders: tuple[str, ...] = ()
    _held: ExitStack | None = field(default=None, init=False, repr=False, compare=False)
    _pool: Executor | None = field(default=None, init=False, repr=False, compare=False)
    _heard: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the workers for all sweeps of the block, so that their start-up is paid once."""
        with ExitStack() as self._held:
            try:
                yield
            finally:
                self._held = None
                self._pool = None

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """The workers: those of a `held` block, else some for this block only."""
        if self._held is None:
            with ExitStack() as stack:
                yield _started(self, stack)
            return
        if self._pool is None:
            self._pool = _started(self, self._held)
        yield self._pool


def sweep(
    configs: Sequence[Plain],
    work: Work,
    machine: Machine,
    done: Callable[[int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> list[Outcome]:
    """Does `work` on every config, each in some process, and returns the outcomes in the order of the configs.

    A run whose worker dies is tried again; one that kills its worker every time is told as failed and sinks no other.
    What runs say on stderr is passed on, the same words once.

    Args:
        configs: Shape (n,).
        work: Takes a config and returns what can be pickled, such as a folder.
        machine: Where.
        done: Called with the number of each config that is finished.
        meanwhile: Done by this process once the workers are busy.
    """
    meanwhile = meanwhile or _nothing
    if not configs:
        meanwhile()
        return []
    _compile()
    outcomes: dict[int, Outcome] = {}
    with machine.pool() as pool:
        for attempt in range(ATTEMPTS):
            left = [number for number in range(len(configs)) if number not in outcomes]
            alone = attempt > 0 and machine.executor == "dask"  # so that no run is blamed for its neighbour
            for batch in [[number] for number in left] if alone else [left]:
                jobs = {_submit(pool, machine, work, configs[number]): number for number in batch}
                if attempt == 0:
                    meanwhile()
                for job in as_completed(jobs):
                    fault = job.exception()
                    if isinstance(fault, BrokenProcessPool) or (type(fault).__name__ == "KilledWorker" and not alone):
                        continue
                    outcomes[jobs[job]] = job.result() if fault is None else Outcome(error=one_line(fault))
                    _pass_on(outcomes[jobs[job]].said, machine)
                    if done is not None:
                        done(jobs[job])
    died = Outcome(error=f"its worker process died {ATTEMPTS} times (out of memory?)")
    return [outcomes.get(number, died) for number in range(len(configs))]


def _nothing() -> None:
    pass


def _pass_on(said: str, machine: Machine) -> None:
    if said and said not in machine._heard:
        machine._heard.add(said)
        sys.stderr.write(said)


def guarded(work: Work, config: Plain) -> Outcome:
    """Does the work in a worker; an error of the input, or a fault of ours, comes back as one line."""
    try:
        return Outcome(work(config))
    except RegularsError as error:
        return Outcome(error=str(error))
    except OSError as error:
        return Outcome(error=one_line(error) if error.filename is None else f"{error.filename}: {error.strerror}")
    except Exception as error:
        return Outcome(error=one_line(error))


def overheard(work: Work, config: Plain) -> Outcome:
    """As `guarded`, in a process that does one thing at a time: what is said on stderr comes back too."""
    with redirect_stderr(StringIO()) as said:
        outcome = guarded(work, config)
    return replace(outcome, said=said.getvalue())


def _submit(pool: Executor, machine: Machine, work: Work, config: Plain) -> Future[Any]:
    if machine.executor == "dask":
        return pool.submit(_on_cluster, machine.folders, work, config)
    return pool.submit(overheard, work, config)


def _on_cluster(folders: tuple[str, ...], work: Work, config: Plain) -> Outcome:
    """As `guarded`, on a worker that nobody prepared."""
    from sim.loading import make_room

    make_room(folders)
    return guarded(work, config)


def _started(machine: Machine, stack: ExitStack) -> Executor:
    """New workers; they end, and their waiting jobs are dropped, when the stack is unwound."""
    if machine.executor == "dask":
        return _dask(machine, stack)
    lanes = Lanes(machine)
    stack.callback(lanes.shutdown, wait=True, cancel_futures=True)
    return lanes


class Lanes(ThreadPoolExecutor):
    """A pool of processes in which each has a lane of its own, so that one that dies takes its job only.

    (In a ProcessPoolExecutor it takes those of its neighbours, and nobody can say whose fault it was.)
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.workers)
        self.lane, self.lanes = threading.local(), list[Executor]()
        self.start = partial(ProcessPoolExecutor, 1, get_context("spawn"), _prepare, (machine.folders, os.getpid()))

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """As any executor's; the future of a job whose process died holds a BrokenProcessPool."""
        return super().submit(self._in_lane, function, *arguments, **named)

    def _in_lane(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if not hasattr(self.lane, "pool"):
            self.lane.pool = self.start()
            self.lanes.append(self.lane.pool)
        try:
            return self.lane.pool.submit(function, *arguments, **named).result()
        except BrokenProcessPool:
            del self.lane.pool
            raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As any executor's."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        for pool in self.lanes:
            pool.shutdown(wait)


def _dask(machine: Machine, stack: ExitStack) -> Executor:
    """Dask's executor, on the scheduler that was given or on a cluster of this machine."""
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        raise RegularsError(
            "executor: dask was given, but it is not installed; pip install 'regulars[cluster]'"
        ) from None
    target: Any = machine.scheduler
    if target is None:
        target = stack.enter_context(
            LocalCluster(n_workers=machine.workers, threads_per_worker=1, dashboard_address=":0", silence_logs=40)
        )
    try:
        client = stack.enter_context(Client(target, timeout=ANSWER_SECONDS, set_as_default=False))
    except (OSError, ValueError, TypeError) as error:
        raise RegularsError(
            f"scheduler: '{machine.scheduler}' was given, which does not answer ({one_line(error)}); "
            "allowed: the address of a Dask scheduler, such as tcp://10.0.0.1:8786"
        ) from None
    pool: Executor = client.get_executor(pure=False, retries=ATTEMPTS)
    stack.callback(pool.shutdown, wait=False)  # what still waits is dropped
    return pool


def _prepare(folders: tuple[str, ...], parent: int) -> None:
    """A new worker: finds the user's policies, ends at Ctrl-C without a word, and when its parent has ended."""
    from sim.loading import make_room

    signal.signal(signal.SIGINT, signal.SIG_DFL)
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
        from sim.config import Config
        from sim.population import Population
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
