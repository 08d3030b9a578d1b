"""The script that Streamlit runs for every visit: the frame around all pages."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from trainer.views import search, sessions, train
from trainer.views.early_loading import PAGES

_HERE = Path(__file__).parent

_SESSIONS, _SEARCH = PAGES
st.set_page_config(page_title="Panda", page_icon="🐼", layout="wide")
train_page = st.Page(
    lambda: train.page(pages[-1]), title="Train", url_path="train", icon=":material/monitoring:", default=True
)
pages: list[Page] = [
    train_page,
    st.Page(lambda: sessions.page(train_page), title="Sessions", url_path=_SESSIONS, icon=":material/video_library:"),
    st.Page(lambda: search.page(train_page), title="Search", url_path=_SEARCH, icon=":material/travel_explore:"),
]
st.navigation(pages, position="top").run()
