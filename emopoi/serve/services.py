"""What the addresses of the app share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from emopoi.serve.job_folders import JobFolders
from emopoi.serve.job_runner import JobRunner
from emopoi.serve.job_store import JobStore
from emopoi.serve.settings import ServeSettings
from emopoi.serve.source_files import SourceFiles


@dataclass(frozen=True)
class Services:
    """One of each.

    Attributes:
        settings: limits.
        store: the queue.
        folders: of the jobs.
        files: of the folder that is offered.
        runner: runs jobs.
        closing: set when the server goes.
    """

    settings: ServeSettings
    store: JobStore
    folders: JobFolders
    files: SourceFiles
    runner: JobRunner
    closing: threading.Event = field(default_factory=threading.Event)
