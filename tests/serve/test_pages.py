import gzip

import pytest
from starlette.testclient import TestClient

from emopoi.serve.pages import Pages


@pytest.fixture
def client(tmp_path):
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<p>start")
    (folder / "assets" / "big-1.js").write_text("plain")
    (folder / "assets" / "big-1.js.gz").write_bytes(gzip.compress(b"packed" * 100))
    (folder / "engine.wasm.gz").write_bytes(gzip.compress(b"\0asm"))
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    return TestClient(Pages(folder))


def test_packed_files_go_packed_to_who_takes_them(client):
    packed = client.get("/assets/big-1.js", headers={"accept-encoding": "gzip, br"})
    plain = client.get("/assets/big-1.js", headers={"accept-encoding": "gzip;q=0, identity"})

    assert packed.text == plain.text == "packed" * 100
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert "immutable" in packed.headers["cache-control"]
    assert client.get("/engine.wasm").content == b"\0asm"
    assert client.get("/engine.wasm").headers["content-type"] == "application/wasm"


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/link", "/assets", "/assets/", "/assets/big-1.js.gz"]
)
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


def test_only_reading_is_allowed(client):
    assert client.get("/").text == "<p>start"
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405
