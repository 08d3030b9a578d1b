"""`panda bench`, as a person runs it: that it measures everybody, not how fast they are."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from trainer.bench.contenders import ENTRANTS
from trainer.bench.race import absent
from trainer.cli.main import main

TINY = ["bench", "--quick", "--shapes", "tiny", "--optimizers", "adam", "--threads", "1"]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_one_json_document_with_everybody_who_is_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.bench.contenders.shutil.which", lambda _: None)  # torch.compile takes a minute
    assert main([*TINY, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert (found["rounds"], found["seconds"]) == (3, 0.1)
    assert found["machine"]["cores"] >= 1
    (result,) = found["results"]
    assert (result["shape"], result["optimizer"], result["mini_batch_size"]) == ("tiny", "adam", 64)
    assert result["layers"] == [2, 16, 16, 4]
    assert result["updates_at_once"] > 1
    check(result)


def check(result: dict[str, Any]) -> None:
    contenders, left_out = result["contenders"], result["left_out"]
    assert left_out.keys() >= absent().keys()
    assert left_out.keys() - absent().keys() <= {"torch-compiled"}  # a compiler may lack the headers it needs
    assert [*contenders] == [name for name in ENTRANTS if name not in left_out]
    for figure in contenders.values():
        rounds = figure["rounds"]["1"]
        assert len(rounds) == 3
        assert min(rounds) > 0
        assert figure["threads"] == 1
        assert figure["iterations_per_second"] == median(rounds)
        assert figure["microseconds"] == pytest.approx(1e6 / median(rounds))
        assert figure["iterations_per_second_of_processor_time"] > 0
        assert 0 <= figure["spread"] < 1
    for ratios, rate in (
        ("ratio", "iterations_per_second"),
        ("ratio_of_processor_time", "iterations_per_second_of_processor_time"),
    ):
        assert result[ratios].keys() == contenders.keys() - {"panda"}
        for name, ratio in result[ratios].items():
            assert ratio == pytest.approx(contenders["panda"][rate] / contenders[name][rate])


def test_what_a_person_reads_and_who_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("panda", "panda-reference", "products")
    monkeypatch.setattr(
        "trainer.bench.race.absent", lambda: {name: "not today" for name in ENTRANTS if name not in here}
    )
    assert main([*TINY, "--rounds", "1", "--seconds", "0.01"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert "tiny 2-16-16-4, mini-batch of 64, adam" in lines
    assert sum(line.endswith("times as fast") for line in lines) == 2
    assert sum(line.endswith("left out: not today") for line in lines) == len(ENTRANTS) - 3
    assert lines[-1].split()[:2] == ["tiny", "adam"]
    ratios = lines[-1].split()[2:]
    assert len(ratios) == 2
    assert all(float(ratio) > 0 for ratio in ratios)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--shapes huge", "shapes must be some of tiny, digits, mnist, deep, wide, but got 'huge'"),
        ("--shapes tiny,,wide", "shapes must be some of tiny, digits, mnist, deep, wide, but got ''"),
        ("--optimizers rmsprop", "optimizers must be some of gd, momentum, adam, but got 'rmsprop'"),
        ("--rounds 0", "rounds must be a whole number from 1 to 1000, but got 0"),
        ("--rounds 1001", "rounds must be a whole number from 1 to 1000, but got 1001"),
        ("--rounds -1", "rounds must be a whole number of at least 0, but got '-1'"),
        ("--rounds many", "rounds must be a whole number of at least 0, but got 'many'"),
        ("--seconds 0", "seconds must be a number above 0 and at most 60, but got '0'"),
        ("--seconds nan", "seconds must be a number above 0 and at most 60, but got 'nan'"),
        ("--seconds 1e3", "seconds must be a number above 0 and at most 60, but got '1e3'"),
        ("--threads 0", "the cores here, but got 0"),
        ("--threads 1,100000", "the cores here, but got 100000"),
        ("--threads x", "threads must be a whole number of at least 0, but got 'x'"),
    ],
)
def test_what_is_not_allowed_is_one_sentence(options: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = options.split(" ")
    assert main(["bench", *words, "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("panda: ")
    assert err.count("\n") == 1
    assert sentence in err
