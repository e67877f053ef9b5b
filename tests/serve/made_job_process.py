"""Stands in for a job's process: does what the job's options say, the bad things too."""

import json
import os
import sys
import time
from pathlib import Path


def main():
    request = json.loads(sys.stdin.readline())
    act = Path(request["source"]).read_text()
    print("a library talks", flush=True)
    print(json.dumps({"progress": 0.5, "stage": "working"}), flush=True)
    if act == "crash":
        os.abort()
    if act == "hang":
        Path(request["results"], "started").write_text("")
        time.sleep(120)
    (Path(request["results"]) / "profile.json").write_text("{}")
    if act == "refuse":
        print(json.dumps({"ended": "failed", "error": "no face here"}), flush=True)
    else:
        print(json.dumps({"ended": "done", "error": ""}), flush=True)


if __name__ == "__main__":
    main()
