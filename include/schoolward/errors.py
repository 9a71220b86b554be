"""Errors that a person can mend: each reads as one sentence saying what, where and what to do."""

from collections.abc import Sequence


class SchoolwardError(Exception):
    """Something a person can mend; shown without a traceback."""


class DistrictFileError(SchoolwardError):
    """The district file has mistakes; every one is told, a line each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class SourceError(SchoolwardError):
    """A source system refused, could not be reached, or answered something it must not."""


class UnreachableError(SourceError):
    """Nobody answers at the source's address: no question to it would be answered."""


class SignInRefusedError(SourceError):
    """The source does not accept our credentials; asking again with the same ones may lock the account."""


class AccessRefusedError(SourceError):
    """The source knows us but does not let us read this stream (HTTP 403); optional streams are skipped on it."""


class CompletenessError(SourceError):
    """What was received differs from what the source said it had."""


class DriftError(SourceError):
    """A field we cannot do without has vanished from the source."""
