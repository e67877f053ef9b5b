import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.serve.source_files import SourceFiles


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.mp4").write_text("secret")
    inside = tmp_path_factory.mktemp("inside")
    (inside / "clip.mp4").write_text("clip")
    (inside / "sub").mkdir()
    (inside / "sub" / "photo.JPG").write_text("photo")
    (inside / "notes.txt").write_text("notes")
    (inside / ".hidden.mp4").write_text("hidden")
    os.symlink(outside / "secret.mp4", inside / "link.mp4")
    os.symlink(outside, inside / "linked")
    return inside


def test_only_real_media_inside_is_offered(folder):
    files = SourceFiles(folder)

    assert files.names() == ["clip.mp4", "sub/photo.JPG"]
    assert files.find("clip.mp4").read_text() == "clip"
    assert files.find("sub/photo.JPG").read_text() == "photo"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../outside/secret.mp4",
            "/etc/passwd",
            "link.mp4",
            "linked/secret.mp4",
            ".hidden.mp4",
            "notes.txt",
        ),
        *("", "sub", "sub/../clip.mp4", "./clip.mp4", "clip.mp4/", "a\0.mp4", "..\\secret.mp4", "//clip.mp4"),
        "nothing.mp4",
    ],
)
def test_everything_else_is_refused_in_the_same_words(folder, name):
    with pytest.raises(InputError, match=r"^no such file in the folder that this server offers$"):
        SourceFiles(folder).find(name)


@given(
    st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: f"../{text}") | st.text(max_size=40)
)
def test_no_name_leads_out(folder, name):
    try:
        found = SourceFiles(folder).find(name)
    except InputError:
        return
    assert found.resolve().is_relative_to(folder.resolve())


def test_without_a_folder_nothing_is_offered():
    assert not SourceFiles(None).offered
    with pytest.raises(InputError):
        SourceFiles(None).find("clip.mp4")
