"""Pools: where the legs of trials are computed; processes of this machine, or workers of a Dask cluster."""

from __future__ import annotations

import logging
import re
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from trainer.data.dataset import Dataset
from trainer.errors import InvalidInput, JobFailed
from trainer.experiments.jobs import Job, Jobs
from trainer.experiments.search.trial import Leg, LegResult, run_leg
from trainer.threads import cores

if TYPE_CHECKING:
    from distributed import Client, Security

_ADDRESS = re.compile(r"(?:(?P<scheme>tcp|tls|wss?)://)?(?:\[[^\[\]]+\]|[^\s:/\[\]]+):(?P<port>[0-9]{1,5})/?")
"""Of a scheduler."""

_WAIT_SECONDS = 5
"""For a scheduler to answer."""

RESTART_SECONDS = 10.0
"""For a worker to be ended."""

WITHOUT_WORKERS = 30.0
"""Seconds that a cluster may be without workers, as while they are started again."""


class Pool(Protocol):
    """Computes legs; its methods are called from one thread.

    Attributes
    ----------
    workers : how many legs it computes at a time
    """

    workers: int

    def submit(self, leg: Leg) -> Future[LegResult]:
        """Have a leg computed; the future's exception is a JobFailed where the process was killed, say."""

    def cancel(self, leg: Future[LegResult]) -> str:
        """Give up a leg that hangs; returns what became of its worker, for people, or ""."""

    def check(self) -> None:
        """Raise JobFailed where nothing can be computed any more."""

    def close(self) -> None:
        """Give up every leg."""


def local_workers(workers: int | None) -> int:
    """How many processes compute here; None is one for each core but one, which a live run keeps.

    Raises
    ------
    InvalidInput : more than cores
    """
    if workers is not None and not 1 <= workers <= cores():
        raise InvalidInput(f"workers must be from 1 to {cores()}, the cores of this machine, but got {workers}")
    return max(1, cores() - 1) if workers is None else workers


class LocalPool:
    """Processes of this machine.

    Parameters
    ----------
    workers : as of `local_workers`, whose error it raises
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = local_workers(workers)
        self._jobs = Jobs(self.workers)
        self._under_way: dict[Future[LegResult], Job[LegResult]] = {}

    def submit(self, leg: Leg) -> Future[LegResult]:
        """Have a leg computed."""
        job = self._jobs.submit(run_leg, leg, None)
        self._under_way = {future: job for future, job in self._under_way.items() if not future.done()}
        self._under_way[job.future] = job
        return job.future

    def cancel(self, leg: Future[LegResult]) -> str:
        """End the process that computes a leg; another one takes its place."""
        if leg in self._under_way:
            self._jobs.cancel(self._under_way.pop(leg))
        return ""

    def check(self) -> None:
        """A process that ends is replaced."""

    def close(self) -> None:
        """End every process."""
        self._jobs.close()


class DaskPool:
    """Workers of a Dask cluster, each thread of which computes a leg at a time.

    Parameters
    ----------
    address : of the scheduler, as in `tcp://10.0.0.5:8786`
    workers : how many legs at a time; None is as many as the cluster has threads

    Raises
    ------
    InvalidInput : dask.distributed is not installed, the address is not one, no scheduler answers there, or it has no
        workers
    """

    def __init__(self, address: str, dataset: Dataset, workers: int | None = None) -> None:
        self._address = address
        self._client = _connected(address)
        threads = sum(self._client.nthreads().values())
        if not threads or (workers is not None and not 1 <= workers <= threads):
            self._client.close()
            if not threads:
                raise InvalidInput(
                    f"the scheduler at {address} has no workers: start some, as with `dask worker {address}`"
                )
            raise InvalidInput(f"workers must be from 1 to {threads}, the threads of the cluster, but got {workers}")
        self.workers = threads if workers is None else workers
        self._dataset = dataset
        self._scattered: Any = None
        self._under_way: dict[Future[LegResult], Any] = {}
        self._seen = time.monotonic()

    def submit(self, leg: Leg) -> Future[LegResult]:
        """Have a leg computed."""
        future: Future[LegResult] = Future()
        try:
            remote = self._client.submit(run_leg, leg, self._data(), pure=False)
        except Exception as error:  # without a connection the client raises errors of many kinds
            self.check()
            raise JobFailed(f"the scheduler at {self._address} takes no trial: {_first_line(error)}") from error
        self._under_way[future] = remote
        remote.add_done_callback(lambda done: self._settle(future, done))
        return future

    def cancel(self, leg: Future[LegResult]) -> str:
        """Give up a leg, and restart the worker that hangs in it: its thread would compute nothing more.

        A worker without a nanny, which would start it again, is removed from the cluster.
        """
        remote = self._under_way.pop(leg, None)
        leg.cancel()
        if remote is None:
            return ""
        at = ""
        with suppress(OSError, TimeoutError):
            asked = self._client.scheduler.processing
            processing = self._client.sync(asked, workers=None, callback_timeout=_WAIT_SECONDS)
            at = next((address for address, keys in processing.items() if remote.key in keys), "")
        remote.cancel(force=True)
        return self._restarted(at) if at else ""

    def _restarted(self, worker: str) -> str:
        became = "timed out"
        with suppress(OSError, TimeoutError):
            became = self._client.sync(
                self._client.scheduler.restart_workers,
                workers=[worker],
                timeout=RESTART_SECONDS,
                wait_for_workers=False,
                on_error="return",
                stimulus_id="panda-hung",
                callback_timeout=RESTART_SECONDS + _WAIT_SECONDS,
            )[worker]
        told = {"OK": "was restarted", "removed": "was removed from the cluster, as it has no nanny that restarts it"}
        return f"its worker {worker} {told.get(became, 'could not be restarted')}"

    def check(self) -> None:
        """Raise JobFailed where the scheduler does not answer, or has had no workers for half a minute."""
        threads = None
        if self._client.status == "running":
            with suppress(OSError, TimeoutError):
                threads = self._client.sync(self._client.scheduler.ncores, callback_timeout=_WAIT_SECONDS)
        if threads is None:
            raise JobFailed(f"the scheduler at {self._address} does not answer any more")
        now = time.monotonic()
        self._seen = now if threads else self._seen
        if now - self._seen > WITHOUT_WORKERS:
            raise JobFailed(f"the scheduler at {self._address} has had no workers for {WITHOUT_WORKERS:g} s")

    def close(self) -> None:
        """Give up every leg, and the connection."""
        for future, remote in list(self._under_way.items()):
            future.cancel()
            remote.cancel(force=True)
        self._client.close(timeout=_WAIT_SECONDS)

    def _data(self) -> Any:
        """The data set on the workers; brought there once more when it was lost with those that had it."""
        if self._scattered is None or self._scattered.status != "finished":
            self._client.wait_for_workers(1, timeout=WITHOUT_WORKERS)
            self._scattered = self._client.scatter(self._dataset, broadcast=True, hash=False)
        return self._scattered

    def _settle(self, future: Future[LegResult], done: Any) -> None:
        """Called in a thread of the client's."""
        self._under_way.pop(future, None)
        if not future.set_running_or_notify_cancel():
            return
        try:
            if done.status not in ("finished", "error"):  # it was cancelled, or lost with its data
                raise JobFailed(done.status)
            result = done.result(timeout=_WAIT_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, the search waits for this future
            future.set_exception(JobFailed(f"its worker did not give a result: {_first_line(error)}"))
        else:
            future.set_result(result)


def _connected(address: str) -> Client:
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise InvalidInput("the backend dask needs dask.distributed: pip install 'panda-trainer[cluster]'") from error
    _check_address(address, Security())
    for name in ("distributed", "distributed.client"):  # their tracebacks: what is wrong is raised, and told once
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=_WAIT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InvalidInput(
            f"no scheduler answers at {address!r} within {_WAIT_SECONDS} s: {_first_line(error)}"
        ) from error


def _check_address(address: str, security: Security) -> None:
    """Raise InvalidInput where a client could not even begin: it would leave threads behind, and wait for them."""
    written = _ADDRESS.fullmatch(address)
    if written is None or not 1 <= int(written["port"]) <= 65535:
        raise InvalidInput(
            "the address of a scheduler is written tcp://HOST:PORT, tls://HOST:PORT or HOST:PORT, such as"
            f" tcp://10.0.0.5:8786, but got {address!r}"
        )
    if written["scheme"] in ("tls", "wss") and security.get_connection_args("client").get("ssl_context") is None:
        raise InvalidInput(
            f"{address} needs certificates: name them in Dask's configuration, under distributed.comm.tls"
        )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
