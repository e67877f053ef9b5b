"""Pytest plugin: where the real data are at hand, tests may not quietly be skipped.

With EMOPOI_DATA set, more than `MOST_SKIPS` skipped tests fail the run: what is left to skip then are
tests of a system's own ways. Without it the tests that need data skip by design and are only
counted. Packages are no reason to skip: the test command installs all of them. It can not install a browser
or Node.js, so tests that need one say so in the words of `NOT_INSTALLABLE`, and are counted apart.
"""

import os

import pytest

MOST_SKIPS = 2
NOT_INSTALLABLE = ("no browser here", "no Node.js here")
"""How the reason of a skip begins where something is missing that pip does not bring."""


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return (
        sum(not _lacks_a_program(report) for report in reporter.stats.get("skipped", ())) if reporter else 0
    )


def _lacks_a_program(report: pytest.TestReport) -> bool:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return reason.removeprefix("Skipped: ").startswith(NOT_INSTALLABLE)


def _too_many(config: pytest.Config) -> bool:
    return bool(os.environ.get("EMOPOI_DATA")) and _skipped(config) > MOST_SKIPS


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _too_many(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = _skipped(config)
    apart = len(terminalreporter.stats.get("skipped", ())) - count
    if apart:
        terminalreporter.write_line(f"skipped for want of a browser or Node.js: {apart}")
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
