"""Search speed: how fast what is set up trains here, measured in a process beside training."""

from __future__ import annotations

from dataclasses import replace

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.wording import about_text
from trainer.experiments.jobs import Job, Jobs
from trainer.experiments.recorded_run import iterations_of
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.pools import local_workers
from trainer.experiments.search.speed import Speed, speed_in_job
from trainer.experiments.search.time_left import iterations_of_all

_REMEMBERED = 16


class Speeds:
    """By what is trained; one is measured at a time, the latest that was asked for."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._known: dict[object, Job[Speed]] = {}

    def foreseen(self, plan: SearchPlan) -> str:
        """How much a plan has trained, and about how long that takes here; "" where that is not known, or not yet."""
        speed = self.of(plan.config, plan.hyperparameters)
        if speed is None:
            return ""
        size = plan.hyperparameters.mini_batch_size
        each = plan.iterations or iterations_of(plan.epochs or 1, speed.examples, size, ())
        workers = local_workers(None)
        takes = about_text(iterations_of_all(plan, each) * speed.seconds / workers)
        at_a_time = "one at a time" if workers == 1 else f"{workers} at a time"
        trials = "1 trial" if plan.trials == 1 else f"{plan.trials:,} trials"
        return f"{trials} of {each:,} iterations, {at_a_time}: {takes}"

    def of(self, config: RunConfig, hyperparameters: Hyperparameters) -> Speed | None:
        """None where it is being measured, or cannot be. Returns at once."""
        what = config, replace(hyperparameters, learning_rate=0.01)  # whatever α is, it takes as long
        job = self._known.get(what)
        if job is None or job.future.cancelled():
            for other in self._known.values():
                if not other.future.done():
                    self._jobs.cancel(other)  # the set-up is another one by now
            while len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            job = self._known[what] = self._jobs.submit(speed_in_job, *what, priority=1)
        done = job.future.done() and not job.future.cancelled() and job.future.exception() is None
        return job.future.result() if done else None

    @property
    def pending(self) -> bool:
        """Whether one is being measured."""
        return any(not job.future.done() for job in list(self._known.values()))
