"""Damaged files into everything that reads files from others: nothing may come back but an error of ours.

python scripts/fuzz.py [media sound manifest profile places tflite] [--minutes 10] [--seed N] [--keep DIR]

Each target is fed for so long with files that were good once (with EMOPOI_DATA set, recorded ones too),
broken byte by byte or inside of what they say, in a process of its own with a limit on memory and time.
Told are the examples, what was read and refused, crashes, hangs, and the distinct errors. --keep leaves the
files that crash. Exit status 1 where there are any. docs/decisions/fuzzing.md tells why this way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402

from tests.fuzz.child import Child  # noqa: E402
from tests.fuzz.targets import TARGETS, Example  # noqa: E402

_ROUND = 400
"""Examples of one seed of hypothesis: it grows slow with many."""


def fuzz(name: str, seconds: float, first_seed: int, keep: Path | None) -> dict[str, Any]:
    """Feed one target.

    Args:
        name: in `TARGETS`.
        seconds: how long.
        first_seed: of the first round; the next rounds count up.
        keep: where files that crash are written, or None.

    Returns:
        seconds, examples, read, refused, crashes, hangs, and how often each error was met.
    """
    examples = TARGETS[name].examples()
    started = time.monotonic()
    kinds: Counter[str] = Counter()
    errors: dict[str, Counter[str]] = {"refused": Counter(), "crash": Counter(), "hang": Counter()}
    told_s = started
    with Child(name) as child:
        for number in range(first_seed, sys.maxsize):

            @seed(number)
            @settings(
                max_examples=_ROUND,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(examples)
            def feed(example: Example) -> None:
                nonlocal told_s
                if time.monotonic() - started >= seconds:
                    return
                outcome = child.read(*example)
                kinds[outcome.kind] += 1
                if outcome.kind in errors:
                    seen = errors[outcome.kind]
                    seen[outcome.error] += 1
                    if keep and outcome.kind != "refused" and seen[outcome.error] <= 3:
                        _keep(keep / name, example)
                if time.monotonic() - told_s > 10:
                    told_s = time.monotonic()
                    print(f"{name}: {told_s - started:.0f} s, {dict(kinds)}", file=sys.stderr, flush=True)

            feed()
            if time.monotonic() - started >= seconds:
                break
    return {
        "seconds": round(time.monotonic() - started, 1),
        "examples": sum(kinds.values()),
        "read": kinds["read"],
        "refused": kinds["refused"],
        "crashes": kinds["crash"],
        "hangs": kinds["hang"],
        "distinct_refusals": len(errors["refused"]),
        "distinct_crashes": len(errors["crash"]),
        "errors": {kind: dict(found.most_common()) for kind, found in errors.items() if found},
    }


def _keep(folder: Path, example: Example) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name, content = example
    (folder / f"{hashlib.sha256(content).hexdigest()[:12]}.{name}").write_bytes(content)


def main() -> int:
    """Fuzz one target after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)"
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target (default: %(default)g)")
    parser.add_argument("--seed", type=int, help="to repeat a run; chosen by chance, and told")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where files that crash are left")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        print(f"error: {unknown.pop()!r} is no target (they are: {', '.join(TARGETS)})", file=sys.stderr)
        return 2
    first = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    figures = {"seed": first}
    bad = 0
    for name in options.targets or TARGETS:
        figures[name] = told = fuzz(name, 60 * options.minutes, first, options.keep)
        bad += told["crashes"] + told["hangs"]
        if not options.json:
            print(
                f"{name}: {told['examples']} examples in {told['seconds']:.0f} s, {told['read']} read, "
                f"{told['refused']} refused ({told['distinct_refusals']} distinct), "
                f"{told['crashes']} crashes ({told['distinct_crashes']} distinct), {told['hangs']} hangs",
                flush=True,
            )
            for kind in ("crash", "hang"):
                for error, count in told["errors"].get(kind, {}).items():
                    print(f"  {kind}: {error} ({count})", flush=True)
    if options.json:
        print(json.dumps(figures))
    else:
        print(f"seed: {first}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
