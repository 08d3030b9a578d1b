"""The page at the limits of what is accepted: 1,000 classes with long names, 10,000 inputs, 100 layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import open_session, record
from tests.browser.words import end, open_setup, wait
from trainer.recorder.session import read_session

CLASSES = 1000
MOST_ELEMENTS = 2500
"""Of a page that a browser draws at once; a matrix of 1,000 classes alone would have a million."""


def archive(path: Path, inputs: int) -> Path:
    y = np.arange(6 * CLASSES) % CLASSES
    X = np.random.Generator(np.random.PCG64(1)).integers(0, 255, (len(y), inputs), dtype=np.uint8)
    names = np.array([f"class {c:03d} {'of a very long name ' * (c % 3)}" for c in range(CLASSES)])
    np.savez(path, X=X, y=names[y])
    return path


@pytest.fixture(scope="module")
def many(app: App) -> Path:
    """A session of two inputs, so that the plane is drawn too."""
    data = archive(app.folder / "many.npz", 2)
    return record(app, "many", "--data", str(data), "--layers", ",".join(["4"] * 100), iterations=20)


def check_width(page: Page) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".panda-model[data-exact='true']")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 1600})


def test_the_network_of_1000_classes_is_told_by_some_of_them(page: Page, app: App, many: Path) -> None:
    open_session(page, app, many)
    page.locator(".panda-model[data-exact='true']").wait_for()
    expect(page.get_by_text("2 → 4 (100 times) → 1000, relu, batch norm, softmax")).to_be_visible()
    expect(page.locator(".panda-confusion")).to_have_count(0)
    lowest, mistakes = page.locator(".panda-classes").all()
    expect(lowest.locator("caption")).to_have_text("Lowest recall of 1,000 classes")
    expect(lowest.locator("tbody tr")).to_have_count(12)
    expect(mistakes.locator("tbody tr")).to_have_count(12)
    expect(page.locator(".panda-bars > div")).to_have_count(12)
    expect(page.locator(".panda-true .panda-small")).to_have_text("true class")
    expect(page.get_by_text("988 other classes: ")).to_be_visible()
    evaluation = read_session(many).run("r1").evaluations[-1]
    expect(page.get_by_text(f"accuracy {100 * evaluation.dev_accuracy:.2f}%, mean recall")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    check_width(page)


def test_10000_columns_and_100_layers_are_set_up_and_trained(page: Page, app: App) -> None:
    X = np.random.Generator(np.random.PCG64(1)).integers(0, 9, (70, 10_000))
    rows = (",".join(map(str, row)) + f",{'ab'[i % 2]}\n" for i, row in enumerate(X.tolist()))
    names = ",".join(f"measured {j}" for j in range(10_000))
    (app.folder / "wide.csv").write_text(f"{names},kind\n" + "".join(rows))
    page.goto(app.url)
    open_setup(page)
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name="A file on this machine").click()
    for name, text in (("Path", "wide.csv"), ("Layers", ", ".join(["5"] * 100)), ("Iterations", "20")):
        page.get_by_role("textbox", name=name, exact=True).fill(text)
        page.get_by_role("textbox", name=name, exact=True).press("Enter")
    expect(page.get_by_text("wide.csv · 5 (100 times) · batch norm · momentum, α 0.1")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Start", exact=True).click()
    wait(page, "Number(d.iteration) === 20")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert read_session(app.sessions()[-1]).data["inputs"] == 10_000
    end(page)
