"""What is kept of the compiled code is used only while it is whole."""

from pathlib import Path

import pytest

from trainer.compiled import ahead, compiler


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which one precision has been compiled."""
    monkeypatch.setattr(compiler, "kept_in", lambda: tmp_path)
    assert not compiler.is_ready("float32")
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "train.1.nbc").write_bytes(b"code" * 1000)
    (tmp_path / "network" / "train.nbi").write_bytes(b"index")
    compiler.declare_ready("float32")
    return tmp_path


def test_each_precision_is_ready_by_itself(kept: Path) -> None:
    assert compiler.is_ready("float32")
    assert not compiler.is_ready("float64")
    (kept / "network" / "train.2.nbc").write_bytes(b"more code")
    (kept / "network" / "train.nbi").write_bytes(b"index of both")
    compiler.declare_ready("float64")
    assert compiler.is_ready("float32")
    assert compiler.is_ready("float64")


@pytest.mark.parametrize("name", ["network/train.1.nbc", "network/train.nbi", "ready-float32"])
@pytest.mark.parametrize("left", [0, 3])
def test_what_lost_its_end_is_compiled_again(kept: Path, name: str, left: int) -> None:
    (kept / name).write_bytes((kept / name).read_bytes()[:left])
    assert not compiler.is_ready("float32")
    compiler.throw_away_damaged("float32")
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    assert not compiler.is_ready("float32")


@pytest.mark.parametrize("name", ["network/train.1.nbc", "network/train.nbi"])
def test_what_lost_its_content_is_compiled_again(kept: Path, name: str) -> None:
    (kept / name).write_bytes(bytes((kept / name).stat().st_size))
    assert not compiler.is_ready("float32")


def test_what_is_whole_or_being_made_is_not_thrown_away(kept: Path) -> None:
    there = sorted(kept.rglob("*"))
    compiler.throw_away_damaged("float32")
    compiler.throw_away_damaged("float64")
    assert sorted(kept.rglob("*")) == there


def test_nothing_is_compiled_ahead_where_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    compiling: list[str] = []
    monkeypatch.setattr(ahead, "load", compiling.append)
    monkeypatch.setattr(ahead, "is_ready", lambda dtype: False)
    monkeypatch.setattr(ahead, "kept_in", lambda: None)
    ahead.compile_ahead("float32")
    assert compiling == []
