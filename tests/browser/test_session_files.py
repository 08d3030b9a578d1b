"""What can be done with a recorded session in the page: every button, and what is refused."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.conftest import ROOT, Visitor
from tests.browser.recorded import (
    damage,
    open_session,
    play,
    press,
    record,
    record_with_changes,
    row,
    scrub,
    story,
    tile,
    visit,
    wait_at,
)
from tests.browser.words import answered, end, start, wait, wait_for_frames, wait_for_state
from trainer.recorder.session import read_session


@pytest.fixture(scope="module")
def changed(app: App) -> Path:
    return record_with_changes(app, "spiral-changed")


@pytest.fixture(scope="module")
def long(app: App) -> Path:
    """A session that takes some seconds to verify."""
    return record(app, "spiral-long", iterations=300_000)


@pytest.fixture
def copy(tab: Page, app: App, changed: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A session of its own for one test; the page shows the list before it goes."""
    path = app.folder / "sessions" / f"{request.node.name.replace('_', '-')}.panda"
    path.write_bytes(changed.read_bytes())
    yield path
    visit(tab, app)
    path.unlink(missing_ok=True)


def test_a_page_that_is_left_drops_its_questions(tab: Page, app: App, changed: Path) -> None:
    play(tab, app, changed)
    tab.route("**/panda/playback", lambda route: None)  # the server is slow
    with tab.expect_request("**/panda/playback"):
        tab.get_by_role("slider", name="Iteration", exact=True).fill("321")
    with tab.expect_event("requestfailed", lambda request: request.url.endswith("/panda/playback")) as dropped:
        visit(tab, app)
    assert dropped.value.failure == "net::ERR_ABORTED"
    tab.unroute("**/panda/playback")


def test_rename(tab: Page, app: App, copy: Path) -> None:
    name = "*Night* run <img src=x> ![x](http://x.example/x.png)"
    play(tab, app, copy)
    press(tab, "Rename")
    tab.get_by_label("New name").fill(name)
    tab.get_by_label("New name").press("Enter")
    press(tab, "Save")
    expect(tab.locator(".panda-head h2")).to_have_text(name)
    assert read_session(copy).name == name
    press(tab, "All sessions")
    expect(row(tab, copy).get_by_role("button")).to_have_text(name)


def test_the_link_to_the_page_leads_back_to_the_list(tab: Page, app: App, copy: Path) -> None:
    play(tab, app, copy)
    tab.get_by_role("link", name="Sessions", exact=True).click()
    tab.wait_for_url(f"{app.url}/sessions")
    expect(row(tab, copy)).to_be_visible()


def test_notes(tab: Page, app: App, copy: Path) -> None:
    play(tab, app, copy)
    scrub(tab, 150)
    note = tab.get_by_label("Note", exact=True)
    note.fill("here it **settles** <b>down</b>")
    press(tab, "Add note")
    expect(note).to_have_value("")
    tab.locator(".panda-playback[data-loads='2']").wait_for()
    wait_at(tab, 150)  # the playhead stays where it is
    assert "here it **settles** <b>down</b>" in story(tab)[0]
    assert "by page" in story(tab)[0]
    scrub(tab, 149)
    assert len(story(tab)) == 1
    note.fill("a good one")
    tab.get_by_label("about the whole session").check()
    press(tab, "Add note")
    expect(tab.locator(".panda-head q")).to_have_text("a good one")
    session = read_session(copy)
    assert [(n.iteration, n.text) for n in session.run("r1").notes] == [(150, "here it **settles** <b>down</b>")]
    assert [n.text for n in session.notes] == ["a good one"]
    press(tab, "Add note")
    expect(tab.get_by_text("Not done: a note must not be empty")).to_be_visible()


def test_delete_asks_first(tab: Page, app: App, copy: Path, visitor: Visitor) -> None:
    play(tab, app, copy)
    press(tab, "Delete")
    expect(tab.get_by_role("dialog")).to_contain_text(copy.name)
    press(tab, "Keep it")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    assert copy.exists()
    press(tab, "Delete")
    press(tab, "Delete for ever")
    tab.get_by_role("heading", name="Sessions", exact=True).wait_for()
    expect(row(tab, copy)).to_have_count(0)
    assert not copy.exists()
    # while it was taken away, what played it back may have asked for some more of it
    visitor.trouble = [said for said in visitor.trouble if "404 (Not Found)" not in said]


def test_download_is_the_file(tab: Page, app: App, changed: Path) -> None:
    play(tab, app, changed)
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == changed.name
    assert Path(download.value.path()).read_bytes() == changed.read_bytes()


@pytest.mark.parametrize("name", ["missing.panda", "notes.txt", "..%2fsecret.panda", "%2e%2e%2fsecret.panda"])
def test_nothing_else_is_handed_out(app: App, changed: Path, name: str) -> None:
    (app.folder / "secret.panda").write_bytes(changed.read_bytes())
    (app.folder / "sessions" / "notes.txt").write_text("mine")
    with pytest.raises(urllib.error.HTTPError, match=r"40[04]"):
        urllib.request.urlopen(f"{app.url}/panda/sessions/{name}", timeout=10)


def upload(page: Page, app: App, path: Path) -> None:
    visit(page, app)
    page.locator("input[type=file]").set_input_files(path)


def test_upload(tab: Page, app: App, changed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "from elsewhere.panda"
    elsewhere.write_bytes(changed.read_bytes())
    before = set(app.sessions())
    upload(tab, app, elsewhere)
    tab.locator(".panda-playback[data-exact='true']").wait_for()
    (taken,) = set(app.sessions()) - before
    source, session = read_session(changed), read_session(taken)
    assert session.imported == source.id
    assert session.run("r1").costs.tolist() == source.run("r1").costs.tolist()
    expect(tab.locator(".panda-more-facts")).to_contain_text(f"from session {source.id[:8]}")
    press(tab, "All sessions")
    row(tab, taken).wait_for()
    assert len(set(app.sessions()) - before) == 1  # taken in once
    taken.unlink()


@pytest.mark.parametrize("what", ["damaged", "stranger's"])
def test_what_cannot_be_taken_in(tab: Page, app: App, changed: Path, tmp_path: Path, what: str) -> None:
    bad = tmp_path / "bad.panda"
    bad.write_bytes(changed.read_bytes() if what == "damaged" else b"PK\3\4 not a session" * 100)
    sentence = "is not a session of Panda"
    if what == "damaged":
        sentence = f"cannot be imported: record {damage(bad)}"
    before = app.sessions()
    upload(tab, app, bad)
    expect(tab.get_by_text(f"Not done: bad.panda {sentence}")).to_be_visible()
    assert app.sessions() == before


def test_verify_can_be_cancelled(tab: Page, app: App, long: Path) -> None:
    open_session(tab, app, long)
    press(tab, "Verify")
    press(tab, "Cancel")
    expect(tab.get_by_role("progressbar")).to_have_count(0)
    expect(tab.get_by_role("button", name="Verify", exact=True)).to_be_enabled()
    expect(tab.get_by_text("Exact", exact=True)).to_have_count(0)


def test_verify_exact_and_leave_it(tab: Page, app: App, long: Path) -> None:
    open_session(tab, app, long)
    press(tab, "Verify")
    tab.get_by_role("progressbar").wait_for()
    expect(tab.get_by_role("button", name="Verify", exact=True)).to_be_disabled()
    tab.get_by_role("link", name="Train").click()  # the page is there for others, and verification goes on
    tab.get_by_role("button", name="Start", exact=True).wait_for()
    open_session(tab, app, long)
    run = read_session(long).run("r1")
    checkpoints = len(run.checkpoints)
    said = f"{run.iteration} iterations re-executed, every cost and {checkpoints} checkpoints equal bit for bit."
    expect(tab.get_by_text(said)).to_be_visible(timeout=90_000)  # at low priority, and the machine is busy
    expect(tab.get_by_text("Exact", exact=True)).to_be_visible()
    open_session(tab, app, long)  # the verdict holds as long as the file is the same
    expect(tab.get_by_text("Exact", exact=True)).to_be_visible()


def test_what_is_typed_in_a_dialog_outlasts_the_verdict(tab: Page, app: App, long: Path) -> None:
    play(tab, app, long)
    press(tab, "Verify")
    press(tab, "Rename")
    tab.get_by_label("New name").fill("half-typed")
    tab.get_by_text("Verifying: done.").wait_for(timeout=90_000)  # at low priority
    expect(tab.get_by_label("New name")).to_have_value("half-typed")
    tab.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(tab.get_by_text("Exact", exact=True)).to_be_visible()
    expect(tab.get_by_role("button", name="Verify", exact=True)).to_be_enabled()


def test_verify_names_the_damaged_record(tab: Page, app: App, copy: Path) -> None:
    name = damage(copy)
    play(tab, app, copy)
    press(tab, "Verify")
    expect(tab.get_by_text("Cannot be verified")).to_be_visible()
    said = f"{copy.name} is damaged: record {name}: its payload does not match its SHA-256."
    expect(tab.get_by_text(said, exact=True)).to_be_visible()


def test_resume(tab: Page, app: App, copy: Path) -> None:
    play(tab, app, copy)
    press(tab, "Resume")
    wait_for_state(tab, "running")
    wait(tab, "Number(d.iteration) > 450 && Number(d.interventions) === 4")  # with the curve before
    end(tab)
    session = read_session(copy)
    assert session.state == "closed"
    assert list(session.runs) == ["r1"]
    assert session.run("r1").iteration > 450


def test_a_damaged_session_goes_on_in_a_new_one(tab: Page, app: App, copy: Path) -> None:
    damage(copy)
    bytes_before, files_before = copy.read_bytes(), set(app.sessions())
    play(tab, app, copy)
    press(tab, "Go on in a new session")
    wait_for_state(tab, "running")
    wait(tab, "Number(d.iteration) > 450")
    end(tab)
    (new,) = set(app.sessions()) - files_before
    session = read_session(new)
    origin = session.origin
    assert origin is not None
    assert (origin.session, origin.iteration) == (read_session(copy).id, 400)
    assert copy.read_bytes() == bytes_before
    new.unlink()


def test_while_a_run_is_under_way(tab: Page, app: App, copy: Path, page: Page) -> None:
    """It is listed as recording, can be watched up to now, renamed and annotated, and is not deleted."""
    tab.goto(app.url)
    start(tab)
    wait_for_frames(tab, 6)  # four a second: some of the curve has been written by then
    live = app.sessions()[-1]
    open_session(tab, app, live)
    expect(tab.locator(".panda-head[data-state=recording]")).to_be_visible()
    tab.locator(".panda-playback[data-exact='true']").wait_for()
    seen = int(tile(tab, "iteration").replace(",", ""))
    assert seen > 0
    for name in ("Delete", "Verify", "Resume"):
        expect(tab.get_by_role("button", name=name, exact=True)).to_be_disabled()
    scrub(tab, seen // 2)
    tab.get_by_label("Note", exact=True).fill("half way")
    press(tab, "Add note")
    tab.locator(".panda-playback[data-loads='2']").wait_for()
    wait_at(tab, seen // 2)
    assert "half way" in story(tab)[0]
    more = tab.locator(".panda-playback .panda-tile-iteration .panda-small").inner_text()
    assert int(more.removeprefix("of ").replace(",", "")) > seen  # what came since is there now
    press(page, "Checkpoint")
    assert "checkpoint recorded" in answered(page)
    press(tab, "Show what came since")
    tab.locator(".panda-playback[data-loads='3']").wait_for()
    press(tab, "Rename")
    tab.get_by_label("New name").fill("live one")
    tab.get_by_label("New name").press("Enter")
    press(tab, "Save")
    expect(tab.locator(".panda-head h2")).to_have_text("live one")
    play(tab, app, copy)
    press(tab, "Resume")
    expect(tab.get_by_text("Not done: another run is under way: stop it first.")).to_be_visible()
    visit(tab, app)
    expect(row(tab, live).locator(".panda-badge")).to_have_text("recording")
    tab.get_by_role("link", name="Train").click()
    wait_for_state(tab, "running")
    end(tab)
    session = read_session(live)
    assert (session.name, session.state) == ("live one", "closed")
    assert [(n.iteration, n.text) for n in session.run("r1").notes] == [(seen // 2, "half way")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"session": "x.panda", "run": "r1", "do": "facts"}', "403"),
        (b'{"token": "guessed", "session": "x.panda", "run": "r1", "do": "facts"}', "403"),
        (b"x" * 70_000, "413"),
        (b"[" * 60_000, "400"),
        (b"[]", "400"),
        (b"\xff", "400"),
    ],
)
def test_the_server_answers_only_its_own_page(app: App, body: bytes, code: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match=code):
        urllib.request.urlopen(f"{app.url}/panda/playback", body, timeout=10)


def test_samples_are_listed_like_others() -> None:
    """What is shipped is a session that can be read and is whole."""
    for path in (ROOT / "sessions").glob("sample-*.panda"):
        assert read_session(path).state == "closed", path
