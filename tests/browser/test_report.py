"""The exported page in a real browser without a network: drawn, complete, and deaf to what people wrote in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserType, Page

from tests.browser.audit import audit
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.examples import TEST, record_run
from trainer.engine.commands import Actor, Intervene
from trainer.engine.gauge_specs import GAUGES
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.experiments.export.report.page import Verified, write_report
from trainer.experiments.line import Line, line_of
from trainer.experiments.replay import latest_run
from trainer.recorder.environment import environment
from trainer.recorder.session import read_session

WICKED = '</script><script>document.title = "had"</script><img src="https://example.org/x" onerror="document.title=1">'
SPIKE = 2345
ITERATIONS = 9000


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """A run of 9,000 iterations with one spike, a lost stretch, and a note that is up to no good."""
    path = tmp_path_factory.mktemp("report") / "s.panda"
    changes: dict[str, Value] = {"decay": "inverse-time", "decay_rate": 0.1, "learning_rate": 0.05}
    nudges = [
        (3000, Intervene({"momentum": 0.5}, Actor("person", WICKED), WICKED)),
        (6000, Intervene(changes, TEST, "let it settle")),
    ]
    config = RunConfig(data="iris", layers=(5,), evaluate_every=50)
    record_run(path, config, Hyperparameters(mini_batch_size=16), ITERATIONS, nudges)
    session = replace(read_session(path), name=WICKED)
    found = line_of(session, latest_run(session))
    costs = found.run.costs.copy()
    costs[SPIKE - 1] = 77.0
    costs[4000:4100] = np.nan
    return replace(found, run=replace(found.run, costs=costs))


@pytest.fixture(scope="module")
def file(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    verified = Verified("exact", f"exact: {WICKED}", "2026-11-21 07:30 UTC", environment())
    plotly = files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    write_report(line, verified, plotly, path)
    return path


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as started:
        yield started


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Page]:
    """Opened without a network; at the end nothing was asked for but the file, and nothing went wrong."""
    wide = request.param == "light"
    size: Any = {"width": 1280, "height": 900} if wide else {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, color_scheme=request.param, offline=True)
    trouble: list[str] = []
    requests: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(file.as_uri())
    opened.wait_for_selector("#charts .scatterlayer .trace")
    yield opened
    context.close()
    assert (trouble, requests) == ([], [file.as_uri()])


def data(page: Page, trace: int) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "k => { const { name, x, y } = document.getElementById('charts').data[k]; return { name, x, y }; }", trace
    )
    return found


def test_names_of_lines_under_the_pointer_stand_on_the_background_of_the_theme(page: Page) -> None:
    page.locator("#charts .nsewdrag").first.hover()
    page.wait_for_function("""() => {
        const named = [...document.querySelectorAll('#charts .hovertext:has(.name) rect')];
        const { backgroundColor } = getComputedStyle(document.body);
        return named.length && named.every(rect => getComputedStyle(rect).fill === backgroundColor);
    }""")
    page.mouse.move(0, 0)


def test_drawn_and_complete(page: Page, line: Line) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert background == ("rgb(22, 26, 23)" if dark else "rgb(251, 250, 246)")
    text = page.inner_text("main")
    last = line.run.evaluations[-1]
    for words in (
        f"{last.dev_accuracy:.2%}",
        "β 0.9 → 0.5",
        "let it settle",
        "0.05 / (1 + 0.1 e), e epochs since iteration 6000",
        "Verified 2026-11-21 07:30 UTC",
        f"numpy {np.__version__}",
        line.session.fingerprint,
        line.session.id,
    ):
        assert words in text
    for name, spec in GAUGES.items():
        there = f"{name}[1]" in line.gauges or name in line.gauges
        assert (spec.label in text) == there
        if there:
            page.wait_for_function("id => document.getElementById(id).data?.length > 0", arg=f"gauge-{name}")
    page.click("details:has(pre) > summary")
    assert "class TorchUpdates" in page.inner_text("pre")
    page.click("#scale")
    assert page.evaluate("document.getElementById('charts').layout.yaxis.type") == "linear"


def test_an_audit_of_accessibility_finds_nothing(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = audit(page)
    assert found == [], "\n".join(found)


def test_a_spike_survives_and_a_lost_stretch_stays_empty(page: Page) -> None:
    band, mean = data(page, 0), data(page, 1)
    assert max(y for y in band["y"] if y is not None) == 77
    assert abs(band["x"][band["y"].index(77)] - SPIKE) <= 8
    assert len(mean["x"]) <= 2000
    assert [y for x, y in zip(mean["x"], mean["y"], strict=True) if 4010 < x < 4090] == [None] * 10
    assert not any(4010 < x < 4090 for x, y in zip(band["x"], band["y"], strict=True) if y is not None)


def test_alpha_falls_where_it_fell(page: Page, line: Line) -> None:
    rate = data(page, 6)
    assert rate["name"] == "learning rate α"
    told = dict(zip(rate["x"], rate["y"], strict=True))
    assert (told[6000], told[6001]) == (0.1, 0.05)
    assert told[9000] == pytest.approx(line.schedule.learning_rates(np.array([9000]))[0], rel=1e-6)


def test_what_people_wrote_is_text(page: Page) -> None:
    assert page.inner_text("h1") == re.sub(r"\s+", " ", WICKED)
    assert page.title() == f"{WICKED} · r1 · Panda"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 3
    assert WICKED in page.inner_text("tbody >> nth=0")


def test_no_script_runs_but_the_two_of_the_page(browser: Browser, file: Path, tmp_path: Path) -> None:
    """What would happen if an escape were forgotten: nothing."""
    hole = file.read_text("utf-8").replace("</h1>", "</h1><script>window.had = 1</script><img src=x onerror='had = 1'>")
    (tmp_path / "hole.html").write_text(hole, "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((tmp_path / "hole.html").as_uri())
    page.wait_for_selector("#charts .scatterlayer .trace")
    assert page.evaluate("window.had") is None
    assert all("Content Security Policy" in words for words in said)
    assert len(said) >= 2
    context.close()
