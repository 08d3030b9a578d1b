"""Exit codes of every verb of the command line."""

from __future__ import annotations

DONE = 0

NO = 1
"""The answer is no, such as diverged or damaged."""

BAD_INPUT = 2
"""One line on stderr names the value that is not allowed, and what is."""

WITHIN_TOLERANCE = 3
"""Verified within a tolerance only, in another environment."""

INTERRUPTED = 130
"""By Ctrl-C or a signal; what was recorded is kept."""

UNREAD = 141
"""The reader of a pipe has gone; a shell reports SIGPIPE so."""
