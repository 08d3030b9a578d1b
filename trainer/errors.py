"""Everything that can go wrong and be told to a person, as one tree.

    PandaError
    ├── InvalidInput               a value a person gave; the sentence names it and what is allowed
    │   ├── InvalidHyperparameter
    │   └── InvalidData            a data set that cannot be trained on
    ├── CommandRefused             a command that the trainer cannot carry out now
    ├── JobFailed                  a job beside training gave no result; the sentence says why
    ├── NonFinite                  cost or gradient is NaN or infinite; θ was not touched
    ├── SessionError               something about a recorded session
    │   ├── SessionNotFound
    │   ├── SessionLocked          another process records it
    │   ├── DataNotFound           the data of it, which are too large to be in it, are not where they were
    │   ├── SessionDamaged         bytes changed, or a record is missing
    │   └── UnsupportedFormat      not a session, or written by a newer Panda
    └── RecordingError             an event could not be made durable
        ├── RecordingPaused        may succeed later (disk full): nothing is lost, try again
        │   └── RecordAstray       its path does not lead to the file with all in it: it can be written anew
        └── RecordingFailed        this file cannot be trusted with more (fsync failed)

Every message is one sentence or two that stand alone, without a traceback.
"""

from trainer.text import visible


class PandaError(Exception):
    """Base of everything that is told to a person in one sentence."""

    def __str__(self) -> str:
        """The sentence, in which whatever value is quoted is valid Unicode and neither hidden nor turned around."""
        return visible(super().__str__())


class InvalidInput(PandaError):
    """A value a person gave is not allowed."""


class InvalidHyperparameter(InvalidInput):
    """A hyperparameter or a field of the run config is outside what is allowed."""


class InvalidData(InvalidInput):
    """A data set that cannot be trained on."""


class CommandRefused(PandaError):
    """A command that the trainer cannot carry out in its present state."""


class JobFailed(PandaError):
    """A job beside training gave no result."""


class NonFinite(PandaError):
    """Cost or gradient is NaN or infinite; the parameters were not touched."""


class SessionError(PandaError):
    """Something about a recorded session."""


class SessionNotFound(SessionError):
    """There is no session, or no run in it, of that name."""


class SessionLocked(SessionError):
    """Another process is recording this session."""


class DataNotFound(SessionError):
    """The data that a session was trained on, which are too large to be in it, were not found."""


class SessionDamaged(SessionError):
    """Bytes of the session were changed or a record is missing."""


class UnsupportedFormat(SessionError):
    """Not a session file, or one written by a newer Panda."""


class RecordingError(PandaError):
    """An event could not be made durable."""


class RecordingPaused(RecordingError):
    """The event could not be written now; nothing is lost and a retry may succeed."""


class RecordAstray(RecordingPaused):
    """The path of the session does not lead to the file that is written, or not all is in it any more.

    Attributes
    ----------
    what : what happened to the file
    place : path where the record can be written anew
    lost : whether what was written cannot be read any more
    refused : why it could not be written anew by itself; "" where that was not tried
    """

    def __init__(self, what: str, *, place: str, lost: bool = False, refused: str = "") -> None:
        rest = (
            "not all that was recorded is left in it, but the present state of the run can be written to a new file"
            if lost
            else "nothing is lost: all of the record can be written anew"
        )
        super().__init__(f"{what}; {rest}, but {refused}" if refused else f"{what}; {rest}")
        self.what, self.place, self.lost, self.refused = what, place, lost, refused


class RecordingFailed(RecordingError):
    """The file cannot be trusted with further records."""
