"""Babysits one neural network while it trains: the same as the page, without a browser."""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

import typer

from trainer.cli.command import Verb, Verbs
from trainer.cli.consoles import substitute_what_an_encoding_lacks
from trainer.cli.exit_codes import BAD_INPUT, DONE, INTERRUPTED, NO, UNREAD
from trainer.cli.terminal import StdoutError, complain, flush, has_stderr
from trainer.errors import PandaError, SessionDamaged

_RUNS, _SESSIONS, _OTHERS = "Train", "Recorded sessions", "Data sets and speed"


def _in(module: str) -> Callable[[], Callable[..., int]]:
    """Each verb has a module of its own, with a function `run`."""
    return lambda: importlib.import_module(f"trainer.cli.{module}").run


VERBS = {
    "serve": Verb("the page, in the browser; sessions are kept in ./sessions", _RUNS, _in("serve")),
    "train": Verb("train without a browser", _RUNS, _in("train")),
    "search": Verb("many short trials in a box of hyperparameters, in parallel", _RUNS, _in("search")),
    "branch": Verb("a new run from any iteration of a recorded one", _RUNS, _in("branch")),
    "log": Verb("runs and interventions of a session", _SESSIONS, _in("log")),
    "verify": Verb("re-execute a run and compare it bit for bit with the record", _SESSIONS, _in("verify")),
    "check": Verb("integrity of the file, without training", _SESSIONS, _in("check")),
    "export": Verb("take a recorded run elsewhere", _SESSIONS, _in("export")),
    "worth": Verb("what an intervention was worth: the run with and without it", _SESSIONS, _in("worth")),
    "ahead": Verb("the next iterations under each candidate, from any recorded one", _SESSIONS, _in("ahead")),
    "find-alpha": Verb("α finder: which α helps from any recorded iteration", _SESSIONS, _in("find_alpha")),
    "caviar": Verb("a babysat run against random trials, at equal compute", _SESSIONS, _in("caviar")),
    "data": Verb("list data sets, or describe one", _OTHERS, _in("data")),
    "bench": Verb("speed on this machine, beside PyTorch, JAX and scikit-learn", _OTHERS, _in("bench")),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code, never DONE where stderr took nothing more. Errors are one line on stderr."""
    signal.signal(signal.SIGTERM, _interrupt)
    substitute_what_an_encoding_lacks()
    had_stderr = has_stderr()
    code = _answered(list(sys.argv[1:] if arguments is None else arguments))
    return NO if code == DONE and had_stderr and not has_stderr() else code  # it did not take what was to be said


def _answered(arguments: list[str]) -> int:
    """The exit code of a verb, with what is to be said where it has none."""
    try:
        code = _carry_out(arguments)
        flush()
    except SessionDamaged as error:
        return complain(error, NO)
    except PandaError as error:
        return complain(error, BAD_INPUT)
    except MemoryError as error:
        return complain(f"it does not fit into the memory of this machine: {error}", BAD_INPUT)
    except StdoutError as error:
        _give_up_stdout()
        return complain(error, NO)
    except BrokenPipeError:
        _give_up_stdout()
        return UNREAD
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _carry_out(arguments: list[str]) -> int:
    command = Verbs("panda", __doc__ or "", VERBS)
    try:
        with command.make_context("panda", arguments) as context:
            code: int = command.invoke(context)
    except typer.Exit:  # the help was asked for
        return DONE
    return code


def _give_up_stdout() -> None:
    """Close it, or Python tries once more to print the rest when it ends."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError):
            sys.stdout.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
