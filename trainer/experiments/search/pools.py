"""Pools: where the legs of trials are computed; processes of this machine, or workers of a Dask cluster."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from trainer.data.dataset import Dataset
from trainer.errors import InvalidInput, JobFailed
from trainer.experiments.jobs import Job, Jobs
from trainer.experiments.search.trial import Leg, LegResult, run_leg
from trainer.threads import cores

if TYPE_CHECKING:
    from distributed import Client

_WAIT_SECONDS = 5
"""For a scheduler to answer."""


class Pool(Protocol):
    """Computes legs; its methods are called from one thread.

    Attributes
    ----------
    workers : how many legs it computes at a time
    """

    workers: int

    def submit(self, leg: Leg) -> Future[LegResult]:
        """Have a leg computed; the future's exception is a JobFailed where the process was killed, say."""

    def cancel(self, leg: Future[LegResult]) -> None:
        """Give up a leg, also one that hangs."""

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

    def cancel(self, leg: Future[LegResult]) -> None:
        """End the process that computes a leg."""
        if leg in self._under_way:
            self._jobs.cancel(self._under_way.pop(leg))

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
    InvalidInput : dask.distributed is not installed, or no scheduler answers there, or it has no workers
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
        self._dataset = self._client.scatter(dataset, broadcast=True, hash=False)
        self._under_way: dict[Future[LegResult], Any] = {}

    def submit(self, leg: Leg) -> Future[LegResult]:
        """Have a leg computed."""
        future: Future[LegResult] = Future()
        remote = self._client.submit(run_leg, leg, self._dataset, pure=False, retries=2)
        self._under_way[future] = remote
        remote.add_done_callback(lambda done: self._settle(future, done))
        return future

    def cancel(self, leg: Future[LegResult]) -> None:
        """Give up a leg; a worker that hangs in it keeps its thread until it is ended."""
        remote = self._under_way.pop(leg, None)
        leg.cancel()
        if remote is not None:
            remote.cancel(force=True)

    def check(self) -> None:
        """Raise JobFailed where the scheduler does not answer, or has no workers left."""
        if self._client.status != "running":
            raise JobFailed(f"the scheduler at {self._address} does not answer any more")

    def close(self) -> None:
        """Give up every leg, and the connection."""
        for future in list(self._under_way):
            self.cancel(future)
        self._client.close(timeout=_WAIT_SECONDS)

    def _settle(self, future: Future[LegResult], done: Any) -> None:
        """Called in a thread of the client's."""
        self._under_way.pop(future, None)
        if not future.set_running_or_notify_cancel():
            return
        if done.status == "finished":
            future.set_result(done.result())
        else:
            error = done.exception() if done.status == "error" else None
            future.set_exception(JobFailed(f"its worker did not give a result: {error or done.status}"))


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidInput("the backend dask needs dask.distributed: pip install 'panda-trainer[cluster]'") from error
    try:
        return Client(address, timeout=_WAIT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(f"no scheduler answers at {address!r} within {_WAIT_SECONDS} s: {why}") from error
