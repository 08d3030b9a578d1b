"""The script that Streamlit runs for every visit: the frame around all pages."""

from pathlib import Path

import streamlit as st

from trainer.views import train

_HERE = Path(__file__).parent

st.set_page_config(page_title="Panda", page_icon="🐼", layout="wide")
pages = [st.Page(train.page, title="Train", url_path="train", icon=":material/monitoring:", default=True)]
st.navigation(pages, position="top").run()
