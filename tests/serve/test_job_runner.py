import time
from dataclasses import replace

import pytest

from emopoi.serve.job_folders import JobFolders
from emopoi.serve.job_runner import JobRunner
from emopoi.serve.job_store import JobStore
from emopoi.serve.settings import ServeSettings
from emopoi.serve.source_files import SourceFiles

MADE = "tests.serve.made_job_process"


class Works:
    """A queue with a runner on one data folder; can be left behind as a killed server leaves it."""

    def __init__(self, data, **changes):
        self.settings = replace(ServeSettings(data=data), **changes)
        self.folders = JobFolders(data)
        self.store = JobStore(self.folders.queue)
        self.runner = JobRunner(self.settings, self.store, self.folders, SourceFiles(None), MADE)

    def put(self, act):
        job_id = self.folders.new()
        path = self.folders.upload(job_id, "clip.mp4")
        path.write_text(act)
        self.store.add(job_id, "video", "clip.mp4", {}, path.name, uploaded=True)
        return job_id

    def wait(self, job_id, seconds=20.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job = self.store.get(job_id)
            # The upload goes right after the job has ended.
            if job.ended and not self.upload_of(job_id):
                return job
            time.sleep(0.02)
        raise AssertionError(f"still {self.store.get(job_id)}")

    def wait_for_start(self, job_id):
        end = time.monotonic() + 20
        while not (self.folders.results(job_id) / "started").is_file():
            assert time.monotonic() < end
            time.sleep(0.02)

    def upload_of(self, job_id):
        return list(self.folders.of(job_id).glob("source*"))

    def close(self):
        self.runner.close()
        self.store.close()


@pytest.fixture
def works(tmp_path):
    made = Works(tmp_path / "data")
    made.runner.start()
    yield made
    made.close()


def test_jobs_run_in_turn_and_their_uploads_go(works):
    ids = [works.put("fine") for _ in range(3)]
    jobs = [works.wait(job_id) for job_id in ids]

    assert [job.state for job in jobs] == ["done"] * 3
    assert [job.progress for job in jobs] == [1.0] * 3
    assert sorted(jobs, key=lambda job: job.started_s) == jobs
    assert all("profile.json" in works.folders.files(job_id) for job_id in ids)
    assert all(job.expires_s - job.ended_s == pytest.approx(24 * 3600) for job in jobs)


def test_a_crash_ends_that_job_alone(works):
    crashed, fine = works.put("crash"), works.put("fine")

    assert "crash" in works.wait(crashed).error
    assert works.store.get(crashed).state == "failed"
    assert works.wait(fine).state == "done"


def test_what_a_job_refuses_is_told(works):
    job = works.wait(works.put("refuse"))

    assert (job.state, job.error) == ("failed", "no face here")


def test_a_running_job_is_cancelled_and_so_is_one_that_waits(works):
    running, waiting = works.put("hang"), works.put("fine")
    works.wait_for_start(running)
    assert works.store.get(running).stage == "working"

    assert works.runner.cancel(waiting) and works.runner.cancel(running)
    assert works.wait(running).state == works.wait(waiting).state == "cancelled"
    assert not works.runner.cancel(running)


@pytest.mark.parametrize("gone", [False, True])
def test_a_job_that_is_cancelled_before_its_process_starts_does_not_run(tmp_path, gone):
    works = Works(tmp_path / "data")
    job_id = works.put("fine")
    taken = works.store.take()
    assert works.runner.cancel(job_id)
    if gone:
        works.store.remove(job_id)
    works.runner._run(taken)

    assert not (works.folders.results(job_id) / "profile.json").exists()
    assert gone or works.store.get(job_id).state == "cancelled"
    works.store.close()


def test_a_job_may_not_run_for_ever(tmp_path):
    works = Works(tmp_path / "data", max_job_s=1.0)
    works.runner.start()
    try:
        job = works.wait(works.put("hang"))
    finally:
        works.close()

    assert job.state == "failed" and "longer than the 1 seconds" in job.error


def test_what_expired_is_deleted_with_everything(works):
    job_id = works.put("fine")
    works.wait(job_id)
    works.store._run("UPDATE jobs SET expires_s = 1 WHERE id = ?", (job_id,))
    works.runner.clean()

    assert works.store.get(job_id) is None
    assert not works.folders.of(job_id).exists()


def test_a_closed_server_takes_its_jobs_up_again(tmp_path):
    first = Works(tmp_path / "data")
    first.runner.start()
    running, waiting = first.put("hang"), first.put("fine")
    first.wait_for_start(running)
    first.close()

    second = Works(tmp_path / "data")
    # What hung once works now.
    second.folders.upload(running, "clip.mp4").write_text("fine")
    second.runner.start()
    try:
        assert second.wait(running).state == second.wait(waiting).state == "done"
    finally:
        second.close()


def test_a_job_that_stopped_the_server_twice_fails(tmp_path):
    works = Works(tmp_path / "data")
    job_id = works.put("fine")
    works.store.take()
    works.store.recover(60)
    works.store.take()
    works.runner.start()
    try:
        job = works.wait(job_id)
    finally:
        works.close()

    assert job.state == "failed" and "stopped twice" in job.error


def test_uploads_that_never_became_jobs_go_when_they_are_old(works):
    import os

    fresh, old = works.folders.new(), works.folders.new()
    for job_id in (fresh, old):
        works.folders.upload(job_id, "clip.mp4").write_text("half a file")
    os.utime(works.folders.of(old), (0, 0))
    works.runner.clean()

    assert works.folders.of(fresh).is_dir()
    assert not works.folders.of(old).exists()
