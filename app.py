"""Panda in the browser: `streamlit run app.py`."""

from trainer.threads import bound_threads

bound_threads()  # before anything loads numpy

import streamlit as st  # noqa: E402

from trainer.views import server  # noqa: E402

app = st.App(server.SCRIPT, lifespan=server.lifespan, routes=server.routes(), middleware=server.middleware())
