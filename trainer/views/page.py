"""The script that Streamlit runs for every visit: the frame around all pages."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from trainer.views import course, search, sessions, train
from trainer.views.early_loading import PAGES

_HERE = Path(__file__).parent

_SESSIONS, _SEARCH, _COURSE = PAGES
st.set_page_config(page_title="Panda", page_icon="🐼", layout="wide")
train_page = st.Page(
    lambda: train.page(search_page), title="Train", url_path="train", icon=":material/monitoring:", default=True
)
sessions_page = st.Page(
    lambda: sessions.page(train_page), title="Sessions", url_path=_SESSIONS, icon=":material/video_library:"
)
search_page: Page = st.Page(
    lambda: search.page(train_page), title="Search", url_path=_SEARCH, icon=":material/travel_explore:"
)
pages: list[Page] = [train_page, sessions_page, search_page]
course_page = st.Page(lambda: course.page(pages), title="Course", url_path=_COURSE, icon=":material/school:")
st.navigation([*pages, course_page], position="top").run()
