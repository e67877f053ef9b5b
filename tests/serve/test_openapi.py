"""Nothing that anybody sends makes the server fail."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from emopoi.serve.app import make_app
from emopoi.serve.pages import Pages
from emopoi.serve.settings import ServeSettings


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    (folder / "offered").mkdir()
    (folder / "offered" / "clip.mp4").write_text("no video")
    options = ServeSettings(
        data=folder / "data", folder=folder / "offered", max_waiting=2, max_upload_mb=0.001
    )
    app = make_app(options, Pages(folder / "none"))
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"host": "localhost:5000"})
    return loaded


def test_no_answer_to_anything_is_an_error_of_the_server(schema):
    operations = [result.ok() for result in schema.get_all_operations()]
    asked = []

    for operation in operations:

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy())
        def ask(case):
            answer = case.call(headers={"host": "localhost:5000"})
            asked.append((case.method, case.path))
            assert answer.status_code < 500, (
                f"{case.method} {case.path}: {answer.status_code} {answer.text[:300]}"
            )

        ask()
    assert len(operations) >= 15
    assert len(asked) > 5 * len(operations)
