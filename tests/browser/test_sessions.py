"""The Sessions page: the list, and a recorded run played back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import App
from tests.browser.recorded import (
    CHANGES,
    damage,
    iteration,
    knobs,
    open_session,
    play,
    press,
    record,
    record_with_changes,
    row,
    scrub,
    story,
    tile,
    veil,
    visit,
    wait_at,
)
from trainer.recorder.session import Session, read_session

LAST = 400


@pytest.fixture(scope="module")
def changed(app: App) -> Path:
    return record_with_changes(app, "spiral-changed")


@pytest.fixture(scope="module")
def session(changed: Path) -> Session:
    return read_session(changed)


@pytest.fixture
def playing(tab: Page, app: App, changed: Path) -> Page:
    """The session with changes, ready to be played."""
    play(tab, app, changed)
    return tab


def test_without_sessions_the_page_says_how_to_get_one(tab: Page, app: App) -> None:
    hidden = (app.folder / "sessions").rename(app.folder / "elsewhere") if (app.folder / "sessions").exists() else None
    page = tab
    visit(page, app)
    expect(page.get_by_text("No sessions yet")).to_be_visible()
    page.get_by_role("link", name="Start a run on the Train page").click()
    page.get_by_role("button", name="Start", exact=True).wait_for()
    if hidden:
        hidden.rename(app.folder / "sessions")


def test_the_list(tab: Page, app: App, changed: Path) -> None:
    page = tab
    other = record(app, "spiral-other", iterations=50)
    broken = record(app, "spiral-broken", iterations=60)
    damage(broken)
    cut = app.folder / "sessions" / "spiral-cut.panda"
    cut.write_bytes(changed.read_bytes()[:-30_000])
    (app.folder / "sessions" / "nonsense.panda").write_text("hello")
    visit(page, app)
    row(page, changed).wait_for()
    cells = row(page, changed).locator("th, td").all_inner_texts()
    accuracy = read_session(changed).run("r1").evaluations[-1].dev_accuracy
    name = f"spiral\n{changed.name}"  # others have the same name: the file tells which it is
    assert cells[:6] == [name, "spiral", "400", f"{accuracy:.2%}", "4", "closed"]
    states = {
        name: row(page, app.folder / f"{name}.panda").locator(".panda-badge").inner_text()
        for name in ("spiral-other", "spiral-broken", "spiral-cut", "nonsense")
    }
    assert states == {
        "spiral-other": "closed",
        "spiral-broken": "damaged",
        "spiral-cut": "cut",
        "nonsense": "unreadable",
    }
    files = [r.get_attribute("data-file") for r in page.locator("tbody tr").all()]
    assert files.index(other.name) < files.index(changed.name)  # the newest first
    press(page, "Iterations")
    assert page.locator("tbody tr").first.get_attribute("data-file") in (changed.name, cut.name)
    press(page, "Iterations")
    assert page.locator("tbody tr").first.get_attribute("data-file") == other.name
    expect(page.locator("th[data-column=iterations]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Filter").fill("dam spir")
    assert [r.get_attribute("data-file") for r in page.locator("tbody tr").all()] == [broken.name]
    expect(page.get_by_text("1 of 5 sessions")).to_be_visible()
    row(page, broken).click()
    expect(page.locator(".panda-head[data-state=damaged]")).to_be_visible()
    press(page, "All sessions")
    expect(page.get_by_label("Filter")).to_have_value("dam spir")  # the list is as it was left
    page.get_by_label("Filter").fill("")


def test_what_is_told_of_a_session(playing: Page, session: Session, app: App) -> None:
    head = playing.locator(".panda-head")
    for fact in (
        "spiral",
        "720 training and 180 dev examples",
        "2 → 16 → 3, relu, batch norm, softmax",
        "400, finished",
    ):
        expect(head).to_contain_text(fact)
    head.locator("summary").click()
    for fact in (session.id, f"NumPy {session.environment['numpy']}", "the same environment", "β 0.9", "float32"):
        expect(head).to_contain_text(fact)
    playing.reload()  # the address names the session
    expect(playing.locator(".panda-head[data-name=spiral]")).to_be_visible()
    playing.locator(".panda-playback[data-exact='true']").wait_for()
    playing.goto(f"{app.url}/sessions?session=../secret.panda")
    expect(playing.get_by_text("It cannot be opened: there is no session '../secret.panda' here.")).to_be_visible()


def test_the_knobs_as_they_were(playing: Page, session: Session) -> None:
    """At every recorded state, α₀ too: it was rebased where the decay alone was set."""
    run = session.run("r1")
    second = run.interventions[2].seq  # of the two at iteration 200
    for checkpoint in run.checkpoints:
        if checkpoint.seq == second:
            continue
        state = session.training_state(checkpoint.seq)
        at = checkpoint.iteration if checkpoint.kind in ("run", "run-end") else checkpoint.iteration - 1
        scrub(playing, at)
        was = state.hyperparameters.as_dict()
        shown = knobs(playing)
        assert shown.keys() == was.keys()
        for name, value in was.items():
            expected = value if isinstance(value, str) else pytest.approx(value, rel=1e-5)
            assert (shown[name] if isinstance(value, str) else float(shown[name])) == expected, (at, name)
    scrub(playing, 200)
    rebased = session.training_state(run.interventions[2].seq).hyperparameters.learning_rate
    assert float(knobs(playing)["learning_rate"]) == pytest.approx(rebased, rel=1e-5)
    assert rebased < 0.1 / 2
    changed = playing.locator(".panda-was [data-changed]").evaluate_all("rows => rows.map(row => row.dataset.name)")
    assert sorted(changed) == ["decay_rate", "learning_rate", "momentum"]


def test_numbers_are_the_recorded_ones(playing: Page, session: Session) -> None:
    run = session.run("r1")
    for at in (1, 99, 100, 250, LAST):
        scrub(playing, at)
        assert float(tile(playing, "cost")) == pytest.approx(run.costs[at - 1], rel=1e-2, abs=1e-4)
        latest = [e for e in run.evaluations if e.iteration <= at][-1]
        assert tile(playing, "accuracy") == f"{latest.dev_accuracy:.2%}"
        assert tile(playing, "iteration") == str(at)
    scrub(playing, 0)
    assert tile(playing, "cost") == "–"


def test_what_happened_appears_as_the_playhead_passes(playing: Page) -> None:
    scrub(playing, 99)
    assert story(playing) == []
    expect(playing.get_by_text("None yet at this iteration.")).to_be_visible()
    scrub(playing, 100)
    assert len(story(playing)) == 1
    for words in ("decay none → inverse-time", "decay rate 1 → 0.5", "by cli", "slower and <b>slower</b>"):
        assert words in story(playing)[0]
    scrub(playing, LAST)
    assert len(story(playing)) == len(CHANGES)
    assert "optimizer momentum → adam" in story(playing)[0]
    assert tile(playing, "changes") == "4"
    scrub(playing, 250)
    assert len(story(playing)) == 3
    playing.locator(".panda-log").get_by_role("button", name="iteration 100").click()
    wait_at(playing, 100)


def test_play_and_pause(playing: Page) -> None:
    scrub(playing, 0)
    playing.get_by_label("Speed").select_option("all in 60 s")
    press(playing, "Play")
    playing.wait_for_function("Number(document.querySelector('.panda-playback').dataset.iteration) > 2")
    asked: list[str] = []
    playing.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
    playing.wait_for_function("Number(document.querySelector('.panda-playback').dataset.iteration) > 10")
    others = [one for one in asked if "/playback" in one and '"do":"model"' not in one]
    assert others == []  # the curve is there: only the network is asked for
    playing.locator(".panda-model > summary").click()
    playing.locator(".panda-model:not([open])").wait_for()
    del asked[:]
    closed = iteration(playing)
    playing.wait_for_function(
        "at => Number(document.querySelector('.panda-playback').dataset.iteration) > at + 10", arg=closed
    )
    assert [one for one in asked if "/playback" in one] == []  # nobody is asked while it plays
    playing.locator(".panda-model > summary").click()
    press(playing, "Pause")
    at = iteration(playing)
    assert 10 < at < LAST
    wait_at(playing, at)
    playing.get_by_label("Speed").select_option("all in 5 s")
    press(playing, "Play")
    wait_at(playing, LAST)  # it ends at the end
    expect(playing.get_by_role("button", name="Play", exact=True)).to_be_visible()
    press(playing, "Play")  # and then begins anew
    playing.wait_for_function("Number(document.querySelector('.panda-playback').dataset.iteration) < 300")
    press(playing, "Pause")


def test_the_curve_is_whole_up_to_the_playhead_and_faint_behind_it(playing: Page) -> None:
    playing.wait_for_function("document.querySelector('[data-chart=rate]').layout.xaxis.range[1] > 400")
    for at in (100, 300):
        scrub(playing, at)
        for chart in ("cost", "accuracy", "rate"):
            begin, width = veil(playing, chart)
            low, high = playing.evaluate(
                "name => document.querySelector(`[data-chart=${name}]`).layout.xaxis.range", chart
            )
            assert begin == pytest.approx((at - low) / (high - low) * width, abs=2)
    playing.get_by_label("x axis").select_option("epoch")
    playing.wait_for_function("document.querySelector('[data-chart=cost]').layout.xaxis.range[1] < 100")
    begin, width = veil(playing, "cost")
    assert 0.6 * width < begin < 0.8 * width


def test_keys(playing: Page) -> None:
    slider = playing.get_by_role("slider", name="Iteration", exact=True)
    scrub(playing, 100)
    slider.focus()
    playing.keyboard.press("ArrowRight")
    wait_at(playing, 101)
    playing.keyboard.press("ArrowLeft")
    playing.keyboard.press("ArrowLeft")
    wait_at(playing, 99)
    playing.keyboard.press("Shift+ArrowRight")
    wait_at(playing, 103)
    playing.keyboard.press("Home")
    wait_at(playing, 0)
    playing.keyboard.press(" ")
    expect(playing.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    playing.keyboard.press(" ")
    expect(playing.get_by_role("button", name="Play", exact=True)).to_be_visible()
    playing.get_by_label("Note", exact=True).fill("one two")  # here a space is a space
    playing.get_by_label("Note", exact=True).press(" ")
    expect(playing.get_by_role("button", name="Play", exact=True)).to_be_visible()
    press(playing, "Next change or note")
    wait_at(playing, 100)
    press(playing, "Next change or note")
    wait_at(playing, 200)
    press(playing, "Previous change or note")
    wait_at(playing, 100)
    goto = playing.get_by_label("Go to")
    goto.fill("321")
    goto.press("Enter")
    wait_at(playing, 321)
    goto.fill("401")
    goto.press("Enter")
    assert goto.evaluate("node => node.validationMessage") == "a whole number from 0 to 400"
    assert iteration(playing) == 321


def test_a_damaged_session_shows_what_is_left(tab: Page, app: App, changed: Path) -> None:
    page = tab
    broken = app.folder / "sessions" / "spiral-gap.panda"
    broken.write_bytes(changed.read_bytes())
    name = damage(broken)
    play(page, app, broken)
    expect(page.locator(".panda-head")).to_contain_text(f"record {name}: its payload does not match its SHA-256")
    assert tile(page, "cost") == "lost"
    scrub(page, 250)
    assert len(story(page)) == 3
    assert float(tile(page, "cost")) > 0
    expect(page.get_by_role("button", name="Rename")).to_be_disabled()
    expect(page.get_by_role("button", name="Go on in a new session")).to_be_enabled()


def test_a_session_cut_before_its_run(tab: Page, app: App, changed: Path) -> None:
    page = tab
    cut = app.folder / "sessions" / "spiral-early.panda"
    cut.write_bytes(changed.read_bytes()[:3000])
    open_session(page, app, cut)
    expect(
        page.get_by_text("There is no run in it, so there is nothing to play back, to verify or to resume.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_a_narrow_page_scrolls_down_only(context: BrowserContext, app: App, changed: Path) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app.url}/sessions")  # the links are folded away here
    page.locator(".panda:not([hidden]) tbody tr").first.wait_for()
    wide = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 390
    row(page, changed).get_by_role("button").click()
    page.locator(".panda-playback[data-exact='true']").wait_for()
    assert page.evaluate(wide) <= 390


def test_what_has_gone_may_ask_once_more(tab: Page, app: App, changed: Path) -> None:
    """As the second click of two does, when the first has been answered already."""
    for _ in range(2):
        visit(tab, app)
        opening = row(tab, changed).get_by_role("button").element_handle()
        opening.click()
        tab.locator(".panda-playback[data-exact='true']").wait_for()
        opening.evaluate("button => button.click()")
        expect(tab.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
        leaving = tab.get_by_role("button", name="All sessions", exact=True).element_handle()
        leaving.click()
        row(tab, changed).wait_for()
        leaving.evaluate("button => button.click()")
    row(tab, changed).get_by_role("button").click()
    tab.locator(".panda-playback[data-exact='true']").wait_for()
    assert not [line for line in app.lines if "Error" in line]
