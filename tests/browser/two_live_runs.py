"""The app with another trainer beside the server's own, whose run is live from the start."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # Streamlit puts the folder of this file there

from trainer.threads import bound_threads

bound_threads()  # before anything loads numpy

import streamlit as st  # noqa: E402

from trainer.engine.commands import StartRun  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.service.own_trainer import OwnTrainer  # noqa: E402
from trainer.service.process_singleton import the_controller  # noqa: E402
from trainer.views import server  # noqa: E402

if not the_controller().runs():  # Streamlit may run this file more than once
    beside = OwnTrainer()
    beside.carry_out(StartRun(RunConfig(data="iris", layers=(8,)), Hyperparameters(learning_rate=0.02)))
    the_controller().add(beside)

app = st.App(server.SCRIPT, lifespan=server.lifespan, routes=server.routes(), middleware=server.middleware())
