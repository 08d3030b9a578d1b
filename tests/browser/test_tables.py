"""Tables of words, truth values and gaps: looked at and trained on the page, and asked about examples of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import play
from tests.browser.test_accessibility import found
from tests.browser.words import open_setup, press, start_to_the_end
from tests.data.adult_like import SETS, adult_like
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.recorder.session import read_session


def choose(page: Page, label: str, option: str) -> None:
    """An entry of one of Streamlit's lists."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def look_at(page: Page, path: str) -> None:
    """Set up a file of this machine and wait for the look at it."""
    open_setup(page)
    choose(page, "Data set", "A file on this machine")
    page.get_by_label("Path", exact=True).fill(path)
    page.get_by_label("Path", exact=True).press("Enter")
    page.locator(".panda-preview:not([hidden])").wait_for()


@pytest.mark.parametrize("name", SETS)
def test_four_tables_are_looked_at_and_trained_on_the_page(page: Page, app: App, name: str) -> None:
    frame = adult_like(name)
    frame.insert(0, "born", [f"2024-01-{i % 28 + 1:02}" for i in range(len(frame))])
    path = app.folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    look_at(page, str(path))
    refused = "column 1 ('born'): '2024-01-01' is a date or a time"
    expect(page.get_by_text("Cannot start: ")).to_contain_text(refused)
    born = page.locator("tr[data-column='born']")
    expect(born).to_contain_text(refused)
    choose(page, "Columns to leave out", "born")
    page.keyboard.press("Escape")
    expect(born).to_contain_text("left out")
    expect(page.get_by_text("Cannot start: ")).to_have_count(0)
    dataset = load_dataset(str(path), ReadAs(leave_out=("born",)))
    rows = page.locator(".panda-columns-table tbody tr")
    expect(rows).to_have_count(len(frame.columns))
    assert page.locator(".panda-becomes").all_inner_texts() == [plan.treatment for plan in dataset.columns]
    shown = page.locator(".panda-first-rows tbody tr").first.locator("td").all_inner_texts()
    first = ["" if cell is None or cell != cell else str(cell) for cell in frame.iloc[0].astype(object)]
    assert shown == first[:30]  # as many as are told
    counts = page.locator(".panda-class-counts tbody tr")
    expect(counts).to_have_count(len(dataset.classes))
    told = [row.locator("td").all_inner_texts()[:2] for row in counts.all()]
    assert [int(train) for train, _ in told] == np.bincount(dataset.y_train).tolist()
    assert [int(dev) for _, dev in told] == np.bincount(dataset.y_dev).tolist()
    if name == "wine":
        assert found(page, "a look at the data") == []
    page.get_by_label("Iterations", exact=True).fill("400")
    start_to_the_end(page)
    run = read_session(app.sessions()[-1]).run("r1")
    assert (run.config.data, run.config.leave_out) == (str(path), ("born",))
    assert run.evaluations[-1].dev_accuracy > 0.75
    assert read_session(app.sessions()[-1]).fingerprint == dataset.fingerprint


def test_the_set_up_folds_also_when_the_run_is_over_at_once(page: Page, app: App) -> None:
    path = app.folder / "small.csv"
    adult_like("iris").to_csv(path, index=False)
    look_at(page, str(path))
    for iterations in ("20", "20", "21"):
        open_setup(page)
        page.get_by_label("Iterations", exact=True).fill(iterations)
        start_to_the_end(page)
        expect(page.get_by_label("Layers", exact=True)).to_have_count(0)
        expect(page.locator("details", has_text="Set-up").first).not_to_have_attribute("open", "")


def test_the_label_is_another_column_and_the_look_follows(page: Page, app: App) -> None:
    path = app.folder / "other.csv"
    adult_like("iris").to_csv(path, index=False)
    look_at(page, str(path))
    expect(page.locator("tr[data-role='label']")).to_have_attribute("data-column", "target")
    choose(page, "Label column", "word 0")
    expect(page.locator("tr[data-role='label']")).to_have_attribute("data-column", "word 0")
    expect(page.locator(".panda-class-counts tbody th")).to_have_text(["high", "low", "middle"])


def test_an_example_of_ones_own(page: Page, app: App) -> None:
    path = app.folder / "typed.csv"
    adult_like("iris").to_csv(path, index=False)
    look_at(page, str(path))
    page.get_by_label("Iterations", exact=True).fill("300")
    start_to_the_end(page)
    play(page, app, app.sessions()[-1])
    page.get_by_text("Columns of the data, and what became of each").click()
    expect(page.get_by_text("words: 3 inputs, 1 for its word and 0 for the others")).to_be_visible()
    page.locator(".panda-model[data-exact='true']").wait_for()
    dev = page.locator(".panda-example .panda-bars")
    page.get_by_text("Type an example of your own").click()
    typed = page.locator(".panda-typed .panda-bars")
    expect(typed.locator("> div")).to_have_count(3)
    probabilities = "bars => [...bars.querySelectorAll('span:nth-child(3)')].map(span => span.textContent)"
    assert typed.evaluate(probabilities) == dev.evaluate(probabilities)
    page.get_by_label("number 2", exact=True).fill("6,9")
    page.get_by_label("number 2", exact=True).press("Enter")
    page.get_by_label("number 3", exact=True).fill("")
    page.get_by_label("word 0", exact=True).select_option("high")
    expect(page.locator(".panda-typed [role=status]")).to_contain_text("number 3 is missing: filled with ")
    assert typed.evaluate(probabilities) != dev.evaluate(probabilities)
    page.get_by_label("number 2", exact=True).fill("wide")
    page.get_by_label("number 2", exact=True).press("Enter")
    refused = "number 2 must be a finite number such as 1234.5, but got 'wide'."
    expect(page.locator(".panda-typed [role=status]")).to_have_text(refused)
    assert found(page, "an example of one's own") == []
    press(page, "Fill in dev example 0")
    expect(typed.locator("> div")).to_have_count(3)
    assert typed.evaluate(probabilities) == dev.evaluate(probabilities)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
