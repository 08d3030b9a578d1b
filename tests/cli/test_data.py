"""`panda data describe`, and runs on tables with words, gaps and columns that are left out."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Panda
from trainer.cli.main import main
from trainer.recorder.session import read_session


@pytest.fixture
def table(tmp_path: Path) -> Path:
    sizes = ["" if i % 9 == 4 else str(i % 7) for i in range(200)]
    rows = "".join(
        f"{size},{'red' if i % 3 else 'blue'},2024-01-{i % 28 + 1:02},{i},{'no' if i % 25 else 'yes'}\n"
        for i, size in enumerate(sizes)
    )
    path = tmp_path / "flowers.csv"
    path.write_text("size,colour,day,id,c\n" + rows)
    return path


def test_a_table_is_described_before_it_is_trained_on(panda: Panda, table: Path) -> None:
    code, out, err = panda("data", "describe", table, "--leave-out", "day")
    assert (code, err) == (0, "")
    lines = [line.split("  ") for line in out.splitlines() if not line.startswith("size  colour")]
    told = {words[0]: [word.strip() for word in words[1:] if word] for words in lines}
    median = "as it is; missing: the median, 3, and an input that is 1 where it was"
    assert told["size"] == ["numbers", "22", "7", median]
    assert told["colour"] == ["words", "0", "2", "2 inputs, 1 for its word and 0 for the others"]
    assert told["day"] == ["dates", "0", "left out"]
    assert told["c"] == ["words", "0", "2", "the label"]
    assert told["yes"] == ["6", "2"]
    assert "1     red     2024-01-02  1   no" in out.splitlines()
    assert "Counts the rows of the file, so it says nothing about other examples: 'id'." in out
    assert "'no' is the class of 96% of the training examples: to answer it always would be right as often" in out


def test_the_description_as_json(panda: Panda, table: Path) -> None:
    told = panda.json("data", "describe", table, "--leave-out", "day", "--leave-out", "id", "--label", "colour")
    assert told["refusal"] == ""
    assert told["classes"] == ["blue", "red"]
    assert told["counts"] == [{"train": 54, "dev": 13}, {"train": 106, "dev": 27}]
    assert told["features"] == ["size", "size is missing", "c=no", "c=yes"]
    assert [column["role"] for column in told["columns"]] == ["input", "label", "left out", "left out", "input"]
    assert told["first_rows"][1] == ["1", "red", "2024-01-02", "1", "no"]
    assert (told["train"], told["dev"], len(told["fingerprint"])) == (160, 40, 64)


def test_a_table_that_cannot_be_trained_on_is_described_and_refused(
    panda: Panda, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = panda("data", "describe", table)
    assert code == 2
    assert "colour  words" in out
    assert err.startswith("panda: flowers.csv: line 2 (the header is line 1), column 3 ('day'): '2024-01-01' is a date")
    assert main(["data", "describe", str(table), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["refusal"] == err.removeprefix("panda: ").rstrip("\n")
    assert [column["name"] for column in told["columns"] if column["problem"]] == ["day", "id"][:1]
    code, out, err = panda("data", "describe", table, "--leave-out", "week")
    assert (code, out) == (2, "")
    assert "there is no column 'week' to leave out; the columns are 'size', 'colour', 'day', 'id', 'c'" in err


def test_a_run_on_a_table_is_recorded_goes_on_and_is_verified(panda: Panda, table: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    words: list[str | Path] = ["train", "--data", table, "--leave-out", "day", "--leave-out", "id", "--layers", "4"]
    code, _, err = panda(*words, "--session", path, "--mini-batch-size", "16", "--iterations", "30")
    assert code == 0
    assert "panda: columns of words, with one input for each word: colour → 2\n" in err
    assert "Missing values are filled" in err
    session = read_session(path)
    assert session.runs["r1"].config.leave_out == ("day", "id")
    assert [plan.treatment for plan in session.dataset().columns][2:] == ["left out", "left out", "the label"]
    whole = tmp_path / "b.panda"
    assert panda(*words, "--session", whole, "--mini-batch-size", "16", "--iterations", "50")[0] == 0
    resumed = panda.json("train", "--session", path, "--resume", "--iterations", "50")
    assert resumed["digest"] == panda.json("verify", whole)["digest"]
    assert panda.json("verify", path)["result"] == "exact"
    logged = panda.json("log", path)
    assert logged["runs"][0]["config"]["leave_out"] == ["day", "id"]
    plain = tmp_path / "c.panda"
    assert panda("train", "--data", "iris", "--session", plain, "--iterations", "3")[0] == 0
    assert "leave_out" not in read_session(plain).runs["r1"].config.as_recorded()
