"""The network at an iteration, as the page asks for it."""

from __future__ import annotations

from pathlib import Path

from tests.recorder.sessions import small_session
from trainer.recorder.session import read_session
from trainer.views.model_at import model_at, visit


def test_all_places_at_hand_share_one_copy_of_the_data(tmp_path: Path) -> None:
    path = small_session(tmp_path / "x.panda").path
    (tmp_path / "y.panda").write_bytes(path.read_bytes())
    first, other = read_session(path), read_session(tmp_path / "y.panda")
    places = [visit(first, "r1", 0), visit(first, "r1", 7), visit(other, "r1", 12)]
    assert len({id(there.loop.dataset) for there in places}) == 1
    assert model_at(first, "r1", 7, 0)["digest"] == places[1].digest
