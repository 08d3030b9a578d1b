"""The command `panda`: train, look, verify and check, without a browser."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from trainer.cli import bench, branch, data_sets, export, sessions, train, worth
from trainer.cli.terminal import BAD_INPUT, INTERRUPTED, NO, UNREAD, complain
from trainer.engine.engines import ENGINES
from trainer.errors import InvalidInput, PandaError, SessionDamaged


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code. Errors are one line on stderr."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        options = _parser().parse_args(arguments)
        code: int = options.verb(options)
        sys.stdout.flush()
    except SessionDamaged as error:
        return complain(error, NO)
    except PandaError as error:
        return complain(error, BAD_INPUT)
    except MemoryError as error:
        return complain(f"it does not fit into the memory of this machine: {error}", BAD_INPUT)
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.close()  # or Python tries once more to print the rest when it ends
        return UNREAD
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="panda", description=__doc__, allow_abbrev=False)
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB", parser_class=_Parser)

    def verb(name: str, does: Any, help_: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        sub.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else there")
        sub.set_defaults(verb=does)
        return sub

    train.add_options(verb("train", train.train, "train without a browser"))
    for name, does, help_ in (
        ("log", sessions.log, "runs and interventions of a session"),
        ("verify", sessions.verify_session, "re-execute a run and compare it bit for bit with the record"),
        ("check", sessions.check, "integrity of the file, without training"),
    ):
        sub = verb(name, does, help_)
        sub.add_argument("session", metavar="SESSION", help="path of the session file")
        if name == "verify":
            sub.add_argument("--run", metavar="R", help="which run (default: the latest)")
            sub.add_argument("--engine", help=f"{' or '.join(ENGINES)} (default: the one it was recorded by)")
    branch.add_options(verb("branch", branch.branch_session, "a new run from any iteration of a recorded one"))
    export.add_options(verb("export", export.export, "take a recorded run elsewhere"))
    worth.add_options(verb("worth", worth.worth_of, "what an intervention was worth: the run with and without it"))
    bench.add_options(verb("bench", bench.bench, "speed on this machine, beside PyTorch, JAX and scikit-learn"))
    sub = verb("data", data_sets.data, "list data sets, or describe one")
    sub.add_argument("what", choices=("list", "describe"))
    sub.add_argument("dataset", nargs="?", metavar="NAME-or-FILE")
    sub.add_argument("--label", default="", metavar="COLUMN", help="column of the labels (default: the last)")
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
