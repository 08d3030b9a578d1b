"""Frames: a client that puts every frame in place has what one that just came would be sent."""

import json
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.examples import TEST, three_blobs
from trainer.engine.events import Evaluation, Intervened, PlanCancelled, Planned, PlannedChange, RunStarted
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.state import TrainingState
from trainer.errors import InvalidInput
from trainer.recorder.cost_curve import CostCurve
from trainer.service.frame_header import FrameHeader
from trainer.service.frames import Feed, plain
from trainer.service.protocol import Look, typed
from trainer.service.view import MOST_BUCKETS, View

STATE = TrainingState(0, 0, 0, Hyperparameters(), 0, 0, 0.0, 0.0, {})
ROWS = {"train": 4, "smoothed": 1, "dev": 7}


def decoded(frame: bytes) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    typed(header, FrameHeader)
    at, columns = 4 + length, {}
    for name, rows in ROWS.items():
        if name in header:
            n = rows * header[name]["count"]
            columns[name] = np.frombuffer(frame, "<f4", n, at).reshape(rows, -1)
            at += 4 * n
    assert at == len(frame)
    return header, columns


class Client:
    """Does with frames what frames.js does."""

    def __init__(self) -> None:
        self.tracks: dict[str, tuple[int, int, NDArray[np.float32]]] = {}
        self.lists: dict[str, list[Any]] = {"interventions": [], "knots": []}
        self.planned: list[Any] = []

    def take(self, frame: bytes | None) -> None:
        if frame is None:
            return
        header, columns = decoded(frame)
        if header.get("anew"):
            self.__init__()  # type: ignore[misc]
        for name, new in columns.items():
            part = header[name]
            size, first, have = self.tracks.get(name, (0, 0, new[:, :0]))
            same = size == part["size"] and part["first"] >= first
            kept = have[:, part["first"] - first : part["at"] - first] if same else new[:, :0]
            self.tracks[name] = part["size"], part["first"], np.concatenate([kept, new], axis=1)
        self.planned = header.get("planned", self.planned)
        for name, have_ in self.lists.items():
            if name in header:
                self.lists[name] = have_[: header[name]["at"]] + header[name]["list"]


def begun(hyperparameters: Hyperparameters | None = None) -> CostCurve:
    curve = CostCurve()
    curve.begin("r1", 640, STATE if hyperparameters is None else replace(STATE, hyperparameters=hyperparameters))
    return curve


def train(curve: CostCurve, n: int, every: int = 50) -> None:
    costs = np.random.default_rng(curve.iteration).random(n)
    t = curve.iteration
    evaluations = [Evaluation(i, 1 / i, 0.5) for i in range(t + 1, t + n + 1) if i % every == 0]
    curve.extend(costs, evaluations, (t + n) / 100)


def plan(curve: CostCurve, ahead: int) -> PlannedChange:
    change = PlannedChange(f"r1-{len(curve.plans) + 1}", curve.iteration + ahead, {"momentum": 0.5}, TEST, "later")
    curve.receive(Planned("r1", curve.iteration, change))
    return change


def agree(client: Client, curve: CostCurve, view: View) -> None:
    fresh, feed = Client(), Feed(view)
    fresh.take(feed.frame(curve, {}))
    assert client.tracks.keys() == fresh.tracks.keys()
    for name, (size, first, rows) in fresh.tracks.items():
        assert client.tracks[name][:2] == (size, first), name
        np.testing.assert_array_equal(client.tracks[name][2], rows, name)
    assert (client.lists, client.planned) == (fresh.lists, fresh.planned)


VIEWS = st.fixed_dictionaries(
    {},
    optional={
        "begin": st.one_of(st.none(), st.integers(-300, 6000)),
        "end": st.one_of(st.none(), st.integers(0, 6000)),
        "pixels": st.integers(16, 600),
        "smoothing": st.sampled_from([0.9, 0.99, 0.999]),
        "until": st.one_of(st.none(), st.integers(0, 6000)),
    },
)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.integers(0, 900), VIEWS, st.sampled_from(["nudge", "plan", "cancel"])), max_size=12))
def test_whatever_happens_the_client_has_what_it_would_be_sent_anew(story: list[int | dict[str, Any] | str]) -> None:
    curve = begun()
    feed, client = Feed(), Client()
    client.take(feed.frame(curve, {}))
    for what in story:
        if isinstance(what, int):
            train(curve, what)
        elif isinstance(what, dict):
            feed.view = View().looking(Look(**what))
        elif what == "plan":
            plan(curve, 100)
        elif what == "cancel" and curve.plans:
            curve.receive(PlanCancelled("r1", curve.iteration, curve.plans[-1].change.plan, "", TEST))
        else:
            curve.intervene(len(curve.interventions), curve.iteration, "me", "", {"momentum": 0.9}, {"momentum": 0.5})
        client.take(feed.frame(curve, {}))
        agree(client, curve, feed.view)


def test_before_the_first_run_there_is_the_status_alone() -> None:
    feed, curve = Feed(), CostCurve()
    assert feed.frame(curve, {}) is None
    frame = feed.frame(curve, {"state": "idle"})
    assert frame is not None
    assert decoded(frame)[0] == {"n": 1, "status": {"state": "idle"}}


def test_nothing_new_is_no_frame() -> None:
    curve = begun()
    train(curve, 100)
    feed = Feed()
    assert feed.frame(curve, {}) is not None
    assert feed.frame(curve, {}) is None
    assert feed.frame(curve, {"state": "paused"}) is not None


def test_the_first_frame_is_small_and_the_next_ones_far_smaller() -> None:
    curve = begun()
    for _ in range(100):
        train(curve, 10_000)
    feed = Feed()
    first = feed.frame(curve, {})
    assert first is not None
    assert len(first) < 15_000 + 6_000  # up to 257 knots of time come with it
    for _ in range(5):
        train(curve, 200)
        frame = feed.frame(curve, {})
        assert frame is not None
        assert len(frame) < 1000


def test_a_single_iteration_among_a_million_is_in_every_frame_that_shows_it() -> None:
    curve = begun()
    for k in range(100):
        costs = np.full(10_000, 0.1)
        if k == 37:
            costs[4321] = 50.0
        curve.extend(costs, (), k)
    for begin, end in ((None, None), (300_000, 500_000), (374_000, 375_000), (374_321, 374_323)):
        feed = Feed()
        feed.view = View(begin, end)
        frame = feed.frame(curve, {})
        assert frame is not None
        header, columns = decoded(frame)
        assert columns["train"][1].max() == 50.0
        assert header["train"]["count"] <= MOST_BUCKETS + 1


def test_played_back_to_an_iteration_it_is_as_it_was_then() -> None:
    curve, then = begun(), begun()
    train(curve, 500)
    train(then, 500)
    then.intervene(0, 500, "me", "why", {"momentum": 0.9}, {"momentum": 0.5})
    for i in range(2):
        curve.intervene(i, curve.iteration, "me", "why", {"momentum": 0.9}, {"momentum": 0.5})
        train(curve, 10_000)
    feed, earlier = Feed(View(pixels=100, until=500)), Feed(View(pixels=100))
    frame, expected = feed.frame(curve, {}), earlier.frame(then, {})
    assert frame is not None
    assert expected is not None
    (header, columns), (_, expected_columns) = decoded(frame), decoded(expected)
    assert header["now"]["iteration"] == 500
    assert [mark["iteration"] for mark in header["interventions"]["list"]] == [500]
    for name in ROWS:
        assert columns[name].tolist() == expected_columns[name].tolist()


def test_a_planned_change_is_there_while_it_waits_and_no_longer() -> None:
    curve = begun()
    train(curve, 100)
    far, near = plan(curve, 1000), plan(curve, 50)
    feed = Feed()

    def planned() -> Any:
        frame = feed.frame(curve, {})
        return None if frame is None else decoded(frame)[0].get("planned")

    shown = {"author": "test", "note": "later", "changes": {"momentum": 0.5}}
    first, second = {"plan": "r1-2", "iteration": 150, **shown}, {"plan": "r1-1", "iteration": 1100, **shown}
    assert planned() == [first, second]
    train(curve, 50)
    assert planned() is None  # the same as before
    curve.receive(Intervened("r1", 150, 0, TEST, "later", {"momentum": 0.9}, {"momentum": 0.5}, STATE, near.plan))
    assert planned() == [second]
    curve.receive(PlanCancelled("r1", 150, far.plan, "", TEST))
    assert planned() == []
    feed.view = View(until=149)
    assert planned() == [first, second]
    feed.view = View(until=99)
    assert planned() == []


def test_a_run_that_begins_there_shows_what_it_takes_along() -> None:
    curve = begun()
    train(curve, 100)
    left, taken = plan(curve, 10), plan(curve, 20)
    assert left.plan != taken.plan
    dataset = three_blobs(m=640)
    curve.receive(RunStarted("r2", RunConfig(), dataset, replace(STATE, iteration=100), plans=(taken,)))
    feed = Feed()
    frame = feed.frame(curve, {})
    assert frame is not None
    assert [mark["plan"] for mark in decoded(frame)[0]["planned"]] == [taken.plan]


def test_the_forecast_comes_with_decay_and_goes_with_it() -> None:
    curve = begun(Hyperparameters(learning_rate=0.2, decay="inverse-time", decay_rate=1.0, mini_batch_size=64))
    train(curve, 10)
    feed = Feed()
    frame = feed.frame(curve, {})
    assert frame is not None
    forecast = decoded(frame)[0]["forecast"]
    assert forecast["iterations"][0] == 10
    assert forecast["rates"] == sorted(forecast["rates"], reverse=True)
    assert forecast["rates"][0] == pytest.approx(0.1)
    curve.intervene(0, 10, "me", "", {"decay": "inverse-time"}, {"decay": "none"})
    frame = feed.frame(curve, {})
    assert frame is not None
    assert decoded(frame)[0]["forecast"] == {"iterations": [], "rates": []}


@pytest.mark.parametrize(
    "wishes",
    [
        {"begin": 0.5}, {"begin": True}, {"end": "9"}, {"until": 2**60}, {"pixels": None}, {"smoothing": 0.5},
        {"smoothing": []}, {"where": 1}, {"pixels": "many"},
    ],
)  # fmt: skip
def test_a_view_that_is_none_is_refused(wishes: dict[str, object]) -> None:
    (name,) = wishes
    with pytest.raises(InvalidInput, match=f"({name} must be|has no field '{name}')"):
        typed(wishes, Look)


def test_values_for_json() -> None:
    assert [plain(v) for v in (0.12345678, float("nan"), float("-inf"), 3, "x")] == [0.123457, "nan", "-inf", 3, "x"]


def test_another_curve_is_sent_anew_with_the_whole_status_and_the_same_status_again_is_not() -> None:
    first, second, feed, client = begun(), begun(), Feed(), Client()
    train(first, 900)
    train(second, 500)
    status = {"state": "running", "run": "r1"}
    client.take(feed.frame(first, status))
    assert feed.frame(first, dict(status)) is None
    frame = feed.frame(second, dict(status))
    assert frame is not None
    header = decoded(frame)[0]
    assert (header["n"], header["status"], header["now"]["iteration"]) == (2, status, 500)
    client.take(frame)
    agree(client, second, feed.view)
    train(second, 100)
    frame = feed.frame(second, {**status, "state": "paused"})
    assert frame is not None
    assert decoded(frame)[0]["status"] == {"state": "paused"}
