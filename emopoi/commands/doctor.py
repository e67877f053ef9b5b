"""`emopoi doctor`: can the main job run here, and what is installed beside it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import emopoi
from emopoi.commands.findings import BROKEN, Finding, look_at_everything

HELP = "check versions, runtimes, models and system libraries"

_EPILOG = """\
examples:
  emopoi doctor
  emopoi doctor --deep --json

Exit status: 0 if the main job can run, 1 otherwise; with --deep also 1 where an installed package
fails when it is called. pyrender needs OpenGL and is left out of that.
"""

_MARKS = {"ok": "ok", "missing": "--", "broken": "BROKEN"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("--deep", action="store_true", help="call every large package once (about a minute)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and tell by the exit status whether the main job can run."""
    findings = look_at_everything()
    if arguments.deep:
        from emopoi.commands.deep_calls import deep_findings

        for finding in deep_findings():
            print(f"called {finding.name}: {finding.state}", file=sys.stderr)
            findings.append(finding)
    can_run = not any(finding.stops_the_main_job for finding in findings)
    failed = [f for f in findings if f.group == "calls" and f.state == BROKEN and f.name != "pyrender"]
    if arguments.json:
        answer = {
            "emopoi": emopoi.__version__,
            "main_job": can_run,
            "findings": [asdict(finding) for finding in findings],
        }
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(_as_text(findings, can_run))
    return 0 if can_run and not failed else 1


def _as_text(findings: Sequence[Finding], can_run: bool) -> str:
    lines = [f"emopoi {emopoi.__version__}"]
    for group in dict.fromkeys(finding.group for finding in findings):
        lines += ["", group]
        for finding in findings:
            if finding.group == group:
                mark = _MARKS[finding.state]
                if finding.stops_the_main_job and finding.state != BROKEN:
                    mark = "NEEDED"
                lines.append(f"  {mark:7}{finding.name:22} {finding.detail}")
    stopping = [finding.name for finding in findings if finding.stops_the_main_job]
    verdict = "the main job can run" if can_run else f"the main job can not run: see {', '.join(stopping)}"
    return "\n".join([*lines, "", verdict])
