"""The address of a Dask scheduler is looked at before anything is connected."""

from __future__ import annotations

import threading

import pytest

from tests.experiments.search.searching import DATASET
from trainer.errors import InvalidInput
from trainer.experiments.search import pools
from trainer.experiments.search.pools import DaskPool

pytest.importorskip("distributed")


@pytest.mark.parametrize(
    "address",
    [
        "nowhere",
        "tcp://10.0.0.5",
        "gibberish://x:1",
        "",
        "tcp://:8786",
        "tcp://x:0",
        "x:99999",
        "tcp://a b:1",
        "tcp://x:y",
    ],
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    before = set(threading.enumerate())
    with pytest.raises(InvalidInput) as refused:
        DaskPool(address, DATASET)
    assert str(refused.value) == (
        "the address of a scheduler is written tcp://HOST:PORT, tls://HOST:PORT or HOST:PORT, such as"
        f" tcp://10.0.0.5:8786, but got {address!r}"
    )
    assert set(threading.enumerate()) == before, "a client that could not begin leaves its threads behind"


def test_tls_without_certificates_is_refused_at_once() -> None:
    before = set(threading.enumerate())
    with pytest.raises(
        InvalidInput, match=r"^tls://127\.0\.0\.1:1 needs certificates: name them in Dask's configuration"
    ):
        DaskPool("tls://127.0.0.1:1", DATASET)
    assert set(threading.enumerate()) == before


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "tcp://[::1]:1"])
def test_an_address_where_no_scheduler_is(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_WAIT_SECONDS", 0.5)
    with pytest.raises(InvalidInput) as refused:
        DaskPool(address, DATASET)
    assert str(refused.value).startswith(f"no scheduler answers at '{address}' within 0.5 s: ")
    assert "\n" not in str(refused.value)
