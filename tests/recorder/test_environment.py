import json
import os
import subprocess
import sys

import numpy as np

import trainer
from trainer.recorder.environment import DECIDING, differences, environment, same_bits
from trainer.threads import threads, with_threads


def test_it_names_what_bits_depend_on() -> None:
    here = environment()
    assert set(DECIDING) <= set(here)
    assert json.loads(json.dumps(here)) == here
    assert (here["numpy"], here["panda"]) == (np.__version__, trainer.__version__)
    assert here["threads"] >= 1


def test_a_machine_is_the_same_as_itself() -> None:
    assert same_bits(environment(), json.loads(json.dumps(environment())))
    assert differences(environment(), environment()) == []


def test_another_thread_count_is_another_environment() -> None:
    with with_threads(threads() + 1):
        here = environment()
    assert not same_bits(environment(), here)


def test_another_kernel_is_another_environment() -> None:
    code = "import json; from trainer.recorder.environment import environment; print(json.dumps(environment()))"
    there = json.loads(
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_CORETYPE": "Nehalem"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    )
    here = environment()
    if here["blas"] == "openblas" and here["machine"] == "x86_64":
        assert there["kernel"] == "Nehalem"
        assert not same_bits(there, here)
        assert f"kernel Nehalem when recorded, {here['kernel']} here" in differences(there, here)


def test_what_only_people_want_to_know_decides_nothing() -> None:
    here = environment()
    assert same_bits(here, {**here, "cpu": "another"})
    assert differences({}, {**here})[0].startswith("panda unknown when recorded")
