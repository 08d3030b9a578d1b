"""Search changes: what a page still lacks of how a search stands, by the number of what it was sent last."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from trainer.service.search_status import Told


class SearchChanges:
    """How one search stood when it was last looked at, and since which number each part of that is so.

    A number counts for this object only, so it is told with a random word: what a page has of an earlier process, or
    of what was forgotten here, is sent anew.
    """

    def __init__(self) -> None:
        self.told: Told | None = None
        self._begin_anew()

    def since(self, revision: str, status: Mapping[str, Any]) -> dict[str, Any]:
        """What of a status, as of `status_of`, was another one at a revision.

        Returns
        -------
        the parts that changed, of "trials" those that did, and: "revision", to be told at the next question; "whole",
        whether these are all parts and all trials
        """
        self._take(status)
        word, _, number = revision.partition("-")
        known = int(number) if word == self._word and number.isdecimal() else -1
        parts = {name: value for name, (since, value) in self._parts.items() if since > known}
        trials = [trial for since, trial in self._trials.values() if since > known]
        return {**parts, "trials": trials, "revision": f"{self._word}-{self._number}", "whole": known < 0}

    def _take(self, status: Mapping[str, Any]) -> None:
        trials = {trial["index"]: trial for trial in status["trials"]}
        if not (self._trials.keys() <= trials.keys() and self._parts.keys() <= status.keys()):
            self._begin_anew()  # as when those under way are not there any more
        self._number += 1
        for name, value in status.items():
            if name != "trials" and (name not in self._parts or self._parts[name][1] != value):
                self._parts[name] = self._number, value
        for index, trial in trials.items():
            if index not in self._trials or self._trials[index][1] != trial:
                self._trials[index] = self._number, trial

    def _begin_anew(self) -> None:
        self._word, self._number = secrets.token_hex(4), 0
        self._parts: dict[str, tuple[int, Any]] = {}
        self._trials: dict[int, tuple[int, Mapping[str, Any]]] = {}
