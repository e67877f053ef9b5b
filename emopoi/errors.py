"""The errors that leave this library.

EmopoiError
├── InputError        a value, array or file from the caller is not what was asked for
│   ├── MediaError    a video, photo or camera cannot be read
│   └── ProfileError  a profile.json is malformed or of an unknown schema
├── ModelFileError    a frozen model is missing, damaged or of the wrong kind
├── OutputError       a result cannot be written
└── MissingPartError  an optional package, system library or model pack is not installed
"""


class EmopoiError(Exception):
    """Base of every error that EmoPOI raises on purpose."""


class InputError(EmopoiError):
    """A value from the caller is wrong; the message says what was expected and what came."""


class MediaError(InputError):
    """A video, photo, folder or camera cannot be read."""


class ProfileError(InputError):
    """A profile is malformed or has an unknown schema."""


class ModelFileError(EmopoiError):
    """A frozen model is missing, damaged (hash) or of the wrong kind."""


class OutputError(EmopoiError):
    """A result cannot be written: folder not writable, disk full."""


class MissingPartError(EmopoiError):
    """Something optional is needed here and not installed; the message names the package."""
