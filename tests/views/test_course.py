"""The Course page has a row for each of the course's, to which every gauge links."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from trainer.engine.gauge_specs import GAUGES
from trainer.views.course import PARAMETER, ROWS


def _course() -> None:
    import streamlit as st

    from trainer.views import course

    titles = ("Train", "Sessions", "Search")
    pages = [st.Page(lambda: None, title=title, url_path=title.lower()) for title in titles]
    st.navigation([st.Page(lambda: course.page(pages), title="Course", default=True), *pages]).run()


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(_course, default_timeout=60)


def test_all_rows_stand_in_their_order(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert [heading.value for heading in page.subheader] == [f"{i}. {row.topic}" for i, row in enumerate(ROWS, 1)]
    assert len(ROWS) == 18


@pytest.mark.parametrize("number", sorted({spec.course for spec in GAUGES.values()}))
def test_a_row_that_a_gauge_links_to_stands_alone_until_all_are_asked_for(page: AppTest, number: int) -> None:
    page.query_params[PARAMETER] = str(number)
    page.run()
    assert [heading.value for heading in page.subheader] == [f"{number}. {ROWS[number - 1].topic}"]
    page.button[0].click().run()
    assert len(page.subheader) == len(ROWS)


@pytest.mark.parametrize("asked", ["0", "19", "x", "01"])
def test_a_row_that_is_not_there_is_told(page: AppTest, asked: str) -> None:
    page.query_params[PARAMETER] = asked
    page.run()
    assert page.text[0].value == f"Row {asked!r} is not of the course: its rows are 1 to 18."
    assert len(page.subheader) == len(ROWS)
