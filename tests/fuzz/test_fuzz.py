"""A few seconds of what `make soak` does for ten minutes each: damaged files bring errors of ours."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import child as child_file
from tests.fuzz.child import Child, Outcome
from tests.fuzz.flatbuffer_places import places_of_structure
from tests.fuzz.seeds import models
from tests.fuzz.targets import TARGETS

EXAMPLES = {"media": 60, "sound": 40, "manifest": 60, "profile": 80, "places": 25, "tflite": 100}


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_bring_errors_of_ours_alone(name, tmp_path):
    outcomes: list[Outcome] = []
    with Child(name) as child:
        # Without shrinking: a crash costs a start of the process each time.
        @settings(
            max_examples=EXAMPLES[name],
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(TARGETS[name].examples())
        def feed(example):
            outcome = child.read(*example)
            outcomes.append(outcome)
            if outcome.kind not in ("read", "refused"):
                path = tmp_path / example[0]
                path.write_bytes(example[1])
                pytest.fail(f"{outcome}: {path}")

        feed()
    # Neither can be missing: then files were not damaged, or nothing was read.
    assert {outcome.kind for outcome in outcomes} >= {"refused"}


def test_weights_are_told_from_what_matters():
    name, content, places = models()[0]
    assert name == "states" and len(places) < len(content)
    assert places == places_of_structure(content) and places[0] == 0


@pytest.mark.parametrize(
    ("code", "kind", "error"),
    [
        ("lambda path: path.read_bytes()", "read", ""),
        ("lambda path: 1 / 0", "crash", "ZeroDivisionError"),
        ("lambda path: __import__('os').abort()", "crash", "status -6"),
        ("lambda path: bytearray(9 << 30)", "crash", "MemoryError"),
        ("lambda path: exec('while True: pass')", "hang", "of the processor"),
    ],
)
def test_what_a_reader_does_wrong_is_seen(monkeypatch, code, kind, error):
    monkeypatch.setenv(child_file.CPU_VARIABLE, "1")
    with Child("profile", before=f"targets.TARGETS['profile'] = targets.Target('', None, {code})") as child:
        outcome = child.read("profile.json", b"{}")
        assert outcome.kind == kind and error in outcome.error
        # After a crash the next one is read by another process.
        assert child.read("profile.json", b"{}").kind == kind
