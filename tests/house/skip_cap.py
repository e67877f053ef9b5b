"""Pytest plugin: where the real data are at hand, tests may not quietly be skipped.

With EMOPOI_DATA set, more than `MOST_SKIPS` skipped tests fail the run: what is left to skip then are
tests of a system's own ways. Without it the tests that need data skip by design and are only
counted. Packages are no reason to skip: the test command installs all of them.
"""

import os

import pytest

MOST_SKIPS = 2


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", ())) if reporter else 0


def _too_many(config: pytest.Config) -> bool:
    return bool(os.environ.get("EMOPOI_DATA")) and _skipped(config) > MOST_SKIPS


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _too_many(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = _skipped(config)
    if not count:
        return
    if os.environ.get("EMOPOI_DATA"):
        terminalreporter.write_line(f"skipped: {count} (at most {MOST_SKIPS} while EMOPOI_DATA is set)")
        if _too_many(config):
            terminalreporter.write_line("too many tests were skipped: the run has failed", red=True)
    else:
        terminalreporter.write_line(
            f"skipped: {count} (EMOPOI_DATA is not set: tests on real data do not run)"
        )
