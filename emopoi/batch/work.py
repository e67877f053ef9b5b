"""The function that reads one video: called here, in worker processes and as a task of Ray alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from emopoi.batch.job import FAILED, STOPPED, BatchJob, Outcome
from emopoi.batch.video_reader import VideoReader
from emopoi.errors import EmopoiError, MissingPartError, ModelFileError, OutputError

Work = Callable[[BatchJob, str], Outcome]

_EVERYBODY_S = (ModelFileError, MissingPartError, OutputError)
"""What is wrong with the machine and would fail the next video too."""


def work(job: BatchJob, source: str) -> Outcome:
    """Read one video; whatever happens to it is told, not raised.

    Args:
        job: the same for all videos of a batch: models are loaded with the first.
        source: absolute path of the video.

    Raises:
        MemoryError: there was not enough; whoever called may try again.
    """
    try:
        reader = _reader(job)
    except EmopoiError as error:
        return stopped(source, error)
    try:
        return reader.read(source)
    except _EVERYBODY_S as error:
        return stopped(source, error)
    except EmopoiError as error:
        return Outcome(source, FAILED, reason=str(error))
    except MemoryError:
        raise
    except Exception as error:  # a file that makes a library fail must not end a batch of a million
        return Outcome(source, FAILED, reason=f"reading it failed: {type(error).__name__}: {error}")


def stopped(source: str, error: EmopoiError) -> Outcome:
    """The answer that ends a run."""
    return Outcome(source, STOPPED, reason=str(error), error=type(error).__name__)


@lru_cache(maxsize=1)
def _reader(job: BatchJob) -> VideoReader:
    """Loaded once a process; another job's models make room."""
    import cv2

    # Workers are as many as cores: threads inside of one would only take from the others.
    cv2.setNumThreads(1)
    return VideoReader(job)
