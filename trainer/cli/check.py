"""The verb `check`: the integrity of a session file, without training."""

from __future__ import annotations

from pathlib import Path

from trainer.cli.command import Json, SessionFile
from trainer.cli.exit_codes import DONE, NO
from trainer.cli.log import damage_document
from trainer.cli.terminal import print_document, print_lines
from trainer.engine.wording import counted
from trainer.experiments.replay import describe
from trainer.recorder.session import read_session


def run(session: SessionFile, as_json: Json = False) -> int:
    """`panda check`."""
    found = read_session(Path(session))
    damage = damage_document(found)
    if as_json:
        print_document({"result": found.state, "records": found.records, "damage": damage})
    elif damage:
        print_lines(f"damaged: {describe(found)}")
    elif not found.records:
        print_lines(f"there is no whole record in {session}")
    else:
        print_lines(f"intact: {counted(found.records, 'record')}, {found.state}")
    return NO if damage or not found.records else DONE
