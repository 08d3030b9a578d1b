"""Jobs: typed results, progress, order, and every way in which a job or its process can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from threading import Lock

import psutil
import pytest

from tests.experiments import job_functions as functions
from trainer.errors import JobFailed
from trainer.experiments.jobs import Jobs
from trainer.experiments.worker import LOW_PRIORITY

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def two() -> Iterator[Jobs]:
    made = Jobs(workers=2)
    yield made
    made.close()


class Gate:
    """A named pipe that a job waits at: to open it waits until the job is there."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = -1

    def reached(self) -> int:
        """Wait until a job is there; returns the id of its process."""
        self._end = os.open(self.path, os.O_WRONLY)
        return int(self.path.with_suffix(".pid").read_text())

    def open(self) -> None:
        os.close(self._end)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def other_gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "other")


def gone(pid: int) -> None:
    """Wait until there is no such process, also no zombie."""
    if psutil.pid_exists(pid):
        psutil.Process(pid).wait(20)


def test_a_result_is_what_the_function_returns(jobs: Jobs) -> None:
    job = jobs.submit(functions.process)
    found = job.future.result()
    assert isinstance(found, functions.Process)
    assert found.pid != os.getpid()
    assert not job.waiting


def test_it_has_a_low_priority_and_leaves_ctrl_c_to_its_parent(jobs: Jobs) -> None:
    found = jobs.submit(functions.process).future.result()
    assert found.niceness == LOW_PRIORITY
    assert found.ignores_interrupts


def test_processes_that_compute_at_the_same_time_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 7)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    for workers, threads in ((1, "7"), (2, "3"), (9, "1")):
        jobs = Jobs(workers)
        assert jobs.submit(functions.process).future.result().threads == threads
        jobs.close()


def test_progress_is_there_while_it_runs(jobs: Jobs, gate: Gate) -> None:
    job = jobs.submit(functions.half_way, gate.path)
    gate.reached()
    assert job.progress() == (1, 2)
    assert not job.future.done()
    gate.open()
    assert job.future.result() > 0
    assert job.progress() == (1, 2)
    assert jobs.submit(functions.process).progress() == (0, 0), "of the job before"


def test_progress_that_nobody_reads_does_not_hold_a_job_up(jobs: Jobs) -> None:
    assert jobs.submit(functions.talk_without_pause, 20_000).future.result() == 20_000


def test_the_highest_priority_goes_first_then_the_first_that_came(jobs: Jobs, gate: Gate, tmp_path: Path) -> None:
    first = jobs.submit(functions.half_way, gate.path)
    gate.reached()
    log = tmp_path / "log"
    waiting = [
        jobs.submit(functions.note, log, word, priority=priority)
        for word, priority in (("low", -1), ("first", 0), ("second", 0), ("high", 5))
    ]
    assert all(job.waiting for job in waiting)
    gate.open()
    first.future.result()
    for job in waiting:
        job.future.result()
    assert log.read_text() == "high first second low "


def test_as_many_run_at_a_time_as_there_are_workers(two: Jobs, gate: Gate, other_gate: Gate) -> None:
    running = [two.submit(functions.half_way, at.path) for at in (gate, other_gate)]
    third = two.submit(functions.process)
    pids = {gate.reached(), other_gate.reached()}
    assert len(pids) == 2
    assert third.waiting
    gate.open()
    assert third.future.result().pid in pids, "processes are used again"
    assert not running[1].future.done()
    other_gate.open()
    assert {job.future.result() for job in running} == pids


def test_a_job_that_waits_can_be_cancelled(jobs: Jobs, gate: Gate, tmp_path: Path) -> None:
    first = jobs.submit(functions.half_way, gate.path)
    gate.reached()
    second, third = (jobs.submit(functions.note, tmp_path / "log", word) for word in ("second", "third"))
    jobs.cancel(second)
    assert second.future.cancelled()
    assert not second.waiting
    gate.open()
    third.future.result()
    assert first.future.result() > 0
    assert (tmp_path / "log").read_text() == "third "


def test_a_job_that_runs_can_be_cancelled_and_no_other_is_hurt(two: Jobs, gate: Gate, other_gate: Gate) -> None:
    job, other = (two.submit(functions.half_way, at.path) for at in (gate, other_gate))
    pid = gate.reached()
    other_gate.reached()
    third = two.submit(functions.process)
    two.cancel(job)
    assert not psutil.pid_exists(pid), "gone, and no zombie"
    with pytest.raises(CancelledError):
        job.future.result()
    assert third.future.result().pid != pid
    assert not other.future.done()
    other_gate.open()
    assert other.future.result() > 0


def test_a_process_that_is_killed_fails_its_own_job_and_no_other(two: Jobs, gate: Gate, other_gate: Gate) -> None:
    job, other = (two.submit(functions.half_way, at.path) for at in (gate, other_gate))
    pid = gate.reached()
    other_gate.reached()
    third = two.submit(functions.process)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(JobFailed, match=r"^its process ended before it was done: it was killed"):
        job.future.result()
    gone(pid)
    assert third.future.result().pid != pid
    other_gate.open()
    assert other.future.result() > 0


def test_a_process_that_died_while_it_was_idle_is_replaced(jobs: Jobs) -> None:
    pid = jobs.submit(functions.process).future.result().pid
    os.kill(pid, signal.SIGKILL)
    gone(pid)
    assert jobs.submit(functions.process).future.result().pid != pid


def test_why_there_is_no_result_is_told_in_a_sentence(jobs: Jobs) -> None:
    with pytest.raises(JobFailed, match=r"^value must be 1, but got 2$"):
        jobs.submit(functions.refuse, 2).future.result()
    with pytest.raises(JobFailed, match=r"^it failed: ValueError: a mistake$"):
        jobs.submit(functions.fail).future.result()
    with pytest.raises(JobFailed, match=r"^it failed: PicklingError: "):
        jobs.submit(functions.note, Lock(), "not a file").future.result()


def test_an_idle_process_ends_and_the_next_job_has_another() -> None:
    jobs = Jobs(idle_seconds=0.05)
    pid = jobs.submit(functions.process).future.result().pid
    gone(pid)
    assert jobs.submit(functions.process).future.result().pid != pid
    jobs.close()


def test_close_ends_everything(two: Jobs, gate: Gate) -> None:
    running = two.submit(functions.half_way, gate.path)
    idle = two.submit(functions.process).future.result().pid
    pid = gate.reached()
    two.close()
    assert not psutil.pid_exists(pid)
    assert not psutil.pid_exists(idle)
    assert running.future.cancelled()
    assert two.submit(functions.process).future.cancelled()  # as of a page that asks while the server ends


PARENT = """
import sys
from pathlib import Path
from threading import Lock
from tests.experiments.job_functions import half_way
from trainer.experiments.jobs import Jobs
job = Jobs().submit(half_way, Path(sys.argv[1]))
job.future.result()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_job_outlives_the_process_that_began_it(gate: Gate, how: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(gate.path)], env=environment)
    pid = gate.reached()
    parent.send_signal(how)
    parent.wait()
    gone(pid)


WITHOUT_FILES = """
import os, resource
from tests.experiments.job_functions import process
from trainer.errors import JobFailed
from trainer.experiments.jobs import Jobs
import loky.process_executor
jobs = Jobs()
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")), limits[1]))
failed = jobs.submit(process)
try:
    failed.future.result()
except JobFailed as failure:
    print(failure)
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
jobs.submit(process).future.result()
jobs.close()
"""


def test_where_no_process_can_begin_the_job_fails_and_the_next_has_another_chance() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, "-c", WITHOUT_FILES]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "it failed: OSError: [Errno 24] Too many open files\n"), done.stderr


CANCELLED = """
import sys
from pathlib import Path
from tests.experiments.job_functions import half_way
from trainer.experiments.jobs import Jobs
gate = Path(sys.argv[1])
jobs = Jobs()
job = jobs.submit(half_way, gate)
with gate.open("wb"):  # when it is there
    jobs.cancel(job)
print(job.future.cancelled())
"""


def test_a_job_that_runs_is_cancelled_where_no_command_can_be_found(gate: Gate) -> None:
    """As in a small container, which has no pgrep."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": "/nonexistent"}
    script = [sys.executable, "-c", CANCELLED, str(gate.path)]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True\n", done.stderr


RELOADED = """
import sys
from pathlib import Path
from threading import Lock
from tests.waiting import wait_until
from trainer.experiments.findings import Findings
findings = Findings()
for name in [name for name in sys.modules if name.split(".")[0] == "trainer"]:
    del sys.modules[name]
from trainer.experiments.questions import verify_question
findings.ask(verify_question(Path("x.panda"), "r1"))
wait_until(lambda: findings.finding(verify_question(Path("x.panda"), "r1")).over)
print(findings.finding(verify_question(Path("x.panda"), "r1")).refused)
findings.close()
"""


def test_a_pool_outlives_the_modules_that_made_it(tmp_path: Path) -> None:
    """As where a file of the page was changed, and Streamlit loads all of them anew."""
    (tmp_path / "x.panda").write_bytes(b"something else")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, "-c", RELOADED]
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path / 'x.panda'} is not a session of Panda\n"


def test_nothing_is_started_or_loaded_before_there_is_a_job() -> None:
    before = psutil.Process().children()
    jobs = Jobs(workers=8)
    assert psutil.Process().children() == before
    jobs.close()
    code = "import sys, trainer.experiments.findings as f; f.Findings(); sys.exit('loky' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
