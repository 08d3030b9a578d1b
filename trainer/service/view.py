"""View: what one client looks at of a curve."""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import UNSET, structs

from trainer.recorder.cost_curve import SMOOTHING
from trainer.service.protocol import Look

MOST_BUCKETS = 512
"""Of a track that are sent, at most."""


@dataclass(frozen=True)
class View:
    """What a client looks at.

    Attributes
    ----------
    begin, end : iterations in sight; None is the first, and the last so far; a negative `begin` counts from the last
    pixels : width of the charts
    smoothing : β of the smoothed cost
    until : nothing later than this iteration is shown, as if it had not happened yet; None is everything
    """

    begin: int | None = None
    end: int | None = None
    pixels: int = MOST_BUCKETS
    smoothing: float = SMOOTHING[1]
    until: int | None = None

    def looking(self, look: Look) -> View:
        """This view with what a client names; the width within reason."""
        view = replace(self, **{name: value for name, value in structs.asdict(look).items() if value is not UNSET})
        return replace(view, pixels=min(max(view.pixels, 16), 4096))
