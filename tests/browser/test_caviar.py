"""Panda or caviar? What `panda caviar` recorded, on the Search page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.app import App
from trainer.cli.main import main
from trainer.experiments.caviar.curves import bands
from trainer.experiments.caviar.record import read_so_far
from trainer.experiments.caviar.verdict import seed_result, verdict


def test_verdict_and_curves_of_a_recorded_comparison(
    context: BrowserContext, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    page = context.new_page()
    page.goto(f"{app.url}/search")
    expect(page.get_by_role("heading", name="Panda or caviar?")).to_be_visible()
    expect(page.get_by_text("panda caviar sessions/SESSION.panda")).to_be_visible()
    sessions = app.folder / "sessions"
    sessions.mkdir(exist_ok=True)
    session, out = sessions / "iris-c.panda", sessions / "iris.panda-caviar"
    train = ["train", "--data", "iris", "--layers", "5", "--iterations", "200", "--nudge", "90: learning_rate=0.01"]
    assert main([*train, "--session", str(session)]) == 0
    assert main(["caviar", str(session), "--trials", "8", "--seeds", "6", "--out", str(out)]) == 0
    capsys.readouterr()
    page.reload()
    results = [seed_result(panda, caviar) for panda, *caviar in read_so_far(out).complete().values()]
    told = verdict([result.difference for result in results]).text
    expect(page.get_by_text(told[1:])).to_be_visible()
    handle = page.wait_for_function(
        """() => document.querySelector('.panda-static-chart .js-plotly-plot')?.data
            ?.filter(t => t.name).map(t => ({name: t.name, x: [...t.x], y: [...t.y]}))"""
    )
    drawn: list[dict[str, Any]] = handle.json_value()
    panda, caviar = bands(results, 8)
    assert [curve["name"] for curve in drawn] == ["panda", "best of the caviar so far"]
    for curve, band in zip(drawn, (panda, caviar), strict=True):
        assert curve["x"] == [100 * share for share in band.shares]
        assert curve["y"] == list(band.median)
    out.write_bytes(out.read_bytes()[:700])  # as it may have been copied
    page.reload()
    expect(page.get_by_text(re.compile(r"iris\.panda-caviar (cannot be read|has no seed yet)"))).to_be_visible()
    page.close()
    out.unlink()
