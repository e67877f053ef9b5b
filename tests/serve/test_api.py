import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import emopoi.serve.job_kinds as job_kinds
from emopoi.serve.app import make_app
from emopoi.serve.job_kinds import KINDS
from emopoi.serve.pages import Pages
from emopoi.serve.settings import ServeSettings

BINARY = {"content-type": "application/octet-stream"}
TOKEN = "a token that is long enough"


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html>")
    return Pages(folder)


@pytest.fixture
def client(tmp_path, pages, monkeypatch):
    """A server whose jobs are made up."""
    monkeypatch.setattr(
        "emopoi.serve.job_runner.JobRunner.__init__.__defaults__", ("tests.serve.made_job_process",)
    )
    (tmp_path / "offered").mkdir()
    (tmp_path / "offered" / "clip.mp4").write_text("fine")
    settings = ServeSettings(
        data=tmp_path / "data", folder=tmp_path / "offered", max_upload_mb=0.01, max_waiting=3
    )
    with TestClient(make_app(settings, pages), base_url="http://127.0.0.1:5000") as started:
        yield started


def upload(client, content=b"fine", **query):
    query = {"kind": "video", "name": "clip.mp4", "consent": "true", **query}
    return client.post("/api/v1/jobs", params=query, content=content, headers=BINARY)


def ended(client, job_id):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        job = client.get(f"/api/v1/jobs/{job_id}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_job_from_upload_to_deletion(client, tmp_path):
    answer = upload(client, name="../../my holiday.mp4")
    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert job["name"] == "my holiday.mp4" and job["state"] == "queued"
    assert ended(client, job["id"])["state"] == "done"
    assert [one["id"] for one in client.get("/api/v1/jobs").json()] == [job["id"]]

    (file,) = client.get(f"/api/v1/jobs/{job['id']}/files").json()
    assert file["name"] == "profile.json"
    assert client.get(file["url"]).text == "{}"
    assert "attachment" in client.get(file["url"], params={"save": True}).headers["content-disposition"]

    assert client.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert client.get(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert list((tmp_path / "data" / "jobs").iterdir()) == []


def test_events_come_until_the_end(client):
    job = upload(client).json()
    with client.stream("GET", f"/api/v1/jobs/{job['id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    assert '"state": "done"' in lines[-1]


def test_a_job_on_an_offered_file_leaves_the_file_alone(client, tmp_path):
    assert client.get("/api/v1/files").json() == ["clip.mp4"]
    wanted = {"kind": "video", "path": "clip.mp4", "consent": True}
    job = client.post("/api/v1/jobs/from-file", json=wanted).json()

    assert ended(client, job["id"])["state"] == "done"
    assert (tmp_path / "offered" / "clip.mp4").read_text() == "fine"
    for path in ("../data/queue.sqlite", "/etc/passwd", "..%2f..%2fetc/passwd"):
        refused = client.post("/api/v1/jobs/from-file", json={**wanted, "path": path})
        assert refused.status_code == 404, path


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (400, {"consent": "false"}), (400, {"kind": "voodoo"}), (400, {"name": ""}), (400, {"content": b""}),
        (413, {"content": b"x" * 20_000}), (400, {"consent": "perhaps"}), (400, {"name": "x" * 300}),
    ],
)  # fmt: skip
def test_uploads_that_are_refused_leave_nothing(client, tmp_path, status, change):
    answer = upload(client, **change)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert list((tmp_path / "data" / "jobs").iterdir()) == []


def test_a_body_that_grows_beyond_what_it_said_is_cut(client, tmp_path):
    def chunks():
        for _ in range(30):
            yield b"x" * 1000

    answer = upload(client, content=chunks())

    assert answer.status_code == 413
    assert list((tmp_path / "data" / "jobs").iterdir()) == []


def test_forms_of_other_sites_are_no_uploads(client):
    query = {"kind": "video", "name": "clip.mp4", "consent": "true"}
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        answer = client.post("/api/v1/jobs", params=query, content=b"x", headers={"content-type": kind})
        assert answer.status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"}, {"origin": "http://127.0.0.1:8000"},
    ],
)  # fmt: skip
def test_posts_from_other_sites_are_refused(client, headers):
    query = {"kind": "video", "name": "clip.mp4", "consent": "true"}
    answer = client.post("/api/v1/jobs", params=query, content=b"fine", headers={**BINARY, **headers})

    assert answer.status_code == 403
    assert client.get("/api/v1/jobs").json() == []
    own = {**BINARY, "origin": "http://127.0.0.1:5000", "sec-fetch-site": "same-origin"}
    assert client.post("/api/v1/jobs", params=query, content=b"fine", headers=own).status_code == 201


def test_names_that_were_not_told_get_nothing(client):
    answer = client.get("/api/v1/jobs", headers={"host": "evil.example"})

    assert answer.status_code == 421
    assert client.get("/api/v1/jobs", headers={"host": "localhost:5000"}).status_code == 200


def test_the_queue_has_an_end(client):
    answers = [upload(client, content=b"hang").status_code for _ in range(6)]

    assert answers.count(429) >= 2 and answers[0] == 201
    for job in client.get("/api/v1/jobs").json():
        client.post(f"/api/v1/jobs/{job['id']}/cancel")


@pytest.mark.parametrize(
    "name",
    [
        "../queue.sqlite",
        "..%2f..%2fqueue.sqlite",
        "%2e%2e/%2e%2e/queue.sqlite",
        "log.txt",
        "../log.txt",
        "/etc/passwd",
    ],
)
def test_no_name_of_a_result_leads_elsewhere(client, name):
    job = upload(client).json()
    ended(client, job["id"])

    assert client.get(f"/api/v1/jobs/{job['id']}/files/{name}").status_code == 404


def test_links_in_results_are_not_followed(client, tmp_path):
    job = upload(client).json()
    ended(client, job["id"])
    (tmp_path / "data" / "jobs" / job["id"] / "results" / "link.json").symlink_to("/etc/passwd")

    assert [file["name"] for file in client.get(f"/api/v1/jobs/{job['id']}/files").json()] == ["profile.json"]
    assert client.get(f"/api/v1/jobs/{job['id']}/files/link.json").status_code == 404


def test_a_file_that_is_deleted_at_this_moment_is_not_found(client, tmp_path, monkeypatch):
    job = upload(client).json()
    ended(client, job["id"])
    gone = tmp_path / "gone.json"
    monkeypatch.setattr("emopoi.serve.job_folders.JobFolders.files", lambda *_: {"gone.json": gone})

    assert client.get(f"/api/v1/jobs/{job['id']}/files").json() == []
    assert client.get(f"/api/v1/jobs/{job['id']}/files/gone.json").status_code == 404


def test_results_come_when_a_job_has_ended(client):
    job = upload(client, content=b"hang").json()
    for _ in range(200):
        if client.get(f"/api/v1/jobs/{job['id']}").json()["stage"] == "working":
            break
        time.sleep(0.05)

    assert client.get(f"/api/v1/jobs/{job['id']}/files").json() == []
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert [one["name"] for one in client.get(f"/api/v1/jobs/{job['id']}/files").json()] == ["started"]


def test_pages_say_what_browsers_may_do(client):
    headers = client.get("/").headers

    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_token_guards_everything_of_the_api(tmp_path, pages):
    settings = ServeSettings(host="0.0.0.0", data=tmp_path / "data", token=TOKEN)
    with TestClient(make_app(settings, pages), base_url="http://192.0.2.1:5000") as client:
        assert client.get("/").status_code == 200
        for method, path in (
            ("get", "/jobs"),
            ("get", "/about"),
            ("get", "/openapi.json"),
            ("delete", "/jobs/x"),
        ):
            assert getattr(client, method)(f"/api/v1{path}").status_code == 401, path
        assert client.get("/places/rules.json").status_code == 401
        assert client.get("/api/v1/jobs", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/v1/jobs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200

        assert client.post("/api/v1/session", json={"token": "wrong"}).status_code == 401
        given = client.post("/api/v1/session", json={"token": TOKEN})
        assert given.status_code == 204
        cookie = given.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie
        assert client.get("/api/v1/jobs").status_code == 200
        assert client.get("/api/v1/jobs", headers={"host": "evil.example"}).status_code == 421


def test_every_kind_names_a_function_that_is_there():
    assert list(KINDS) == ["video", "photo", "voice"]
    for kind in KINDS.values():
        assert callable(kind.function())
    assert Path(job_kinds.__file__).name == "job_kinds.py"


def test_without_pages_the_answer_says_how_to_make_them(tmp_path):
    settings = ServeSettings(data=tmp_path / "data")
    with TestClient(make_app(settings, Pages(tmp_path / "none")), base_url="http://localhost:5000") as client:
        answer = client.get("/")
    assert answer.status_code == 503 and "make web" in answer.text
