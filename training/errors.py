"""The error that training adds to those of the library."""

from emopoi.errors import EmopoiError


class DivergedError(EmopoiError):
    """The loss is no number any more; the last good checkpoint is kept."""
