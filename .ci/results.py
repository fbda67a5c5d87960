"""The page of results against a fresh default run: the same verdicts, numbers inside its intervals.

python .ci/results.py           measure all claims (one to two minutes on two cores), then compare
python .ci/results.py FOLDER    compare the folder of a default run at seed 0 that there already is

Run it from the root of the repository, where minintk is installed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "tutorials")

import results


def main():
    """The exit status is 1 where the run differs from the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else f"{name}/run")
        if len(sys.argv) == 1:
            command = [sys.executable, "-m", "minintk", "reproduce", "--out", str(folder)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        found = list(results.compare(folder / "claims.json"))
    print("\n".join(found) or "the run has the verdicts of the page, and its numbers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
