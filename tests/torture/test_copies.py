"""Promises 4 and 6: copies taken, and readers at work, while a session is being recorded."""

import shutil
import threading
from contextlib import closing
from pathlib import Path

from tests.recorder.sessions import Recording, records_of
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import read_session

COPIES = 42


def test_copies_and_readers_while_recording(tmp_path: Path) -> None:
    path = tmp_path / "x"
    recording = Recording(path)
    recording.start()
    enough = threading.Event()

    def record() -> None:
        while not enough.is_set() and recording.loop.iteration < 20_000:
            recording.train(3)
            recording.intervene(momentum=recording.loop.iteration % 97 / 100)
            recording.clock.now += 0.3

    thread = threading.Thread(target=record)
    thread.start()
    polled: list[Record] = []
    with closing(RecordReader(path)) as reader:
        for i in range(COPIES):
            shutil.copyfile(path, tmp_path / f"copy {i}")
            found = list(reader.read())
            polled += [item for item in found if isinstance(item, Record)]
            assert len(found) == len([item for item in found if isinstance(item, Record)])
            assert read_session(path).state == "recording"
        enough.set()
        thread.join()
        recording.end()
        polled += [item for item in reader.read() if isinstance(item, Record)]
    records = records_of(path)
    assert [record.hash for record in polled] == [record.hash for record in records]
    for i in range(COPIES):
        copy = tmp_path / f"copy {i}"
        session = read_session(copy)
        assert (session.state, session.damage) == ("cut", ())
        size = copy.stat().st_size
        assert session.records == len([record for record in records if record.end <= size])
