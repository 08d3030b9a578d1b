import json
import os
import subprocess
import sys

import numpy as np
import pytest

import trainer
from trainer.recorder.environment import BITS_SINCE, DECIDING, differences, environment, same_bits
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


@pytest.mark.parametrize(
    ("recorded", "same"),
    [
        ("0.3.0", True),
        (BITS_SINCE, True),
        (trainer.__version__, True),
        ("0.2.0", False),
        ("0.1.0", False),
        ("99.0.0", False),
        ("?", False),
    ],
)
def test_versions_of_panda_since_which_bits_are_the_same_are_one_environment(recorded: str, same: bool) -> None:
    here = environment()
    told = [] if same else [f"panda {recorded} when recorded, {trainer.__version__} here"]
    assert differences({**here, "panda": recorded}, here) == told
    assert same_bits({**here, "panda": recorded}, here) == same
    assert same_bits(here, {**here, "panda": recorded}) == same
