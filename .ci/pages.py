"""Every command of the pages as it stands there, each page in an empty folder of its own.

python .ci/pages.py

Run it from the root of the repository, where minintk is installed. The default run is not run here:
.ci/results.py does that. What the page on running shows for SLURM and MPI runs at small sizes, MPI
with the processes of this machine in its place; .ci/cluster.py runs what it shows for Dask.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from tests.reference.readers import DEFAULT_RUN, PAGES, blocks, commands, status_of, write_files

RUNNING = "tutorials/running.md"
SMALL = {
    "minintk reproduce --full": "minintk reproduce --quick --claims rotation",
    "$SLURM_ARRAY_TASK_ID/100": "$SLURM_ARRAY_TASK_ID/2",
    'size="full"': 'size="quick", names=["rotation"]',
    "from mpi4py.futures import MPIPoolExecutor":
        "from concurrent.futures import ProcessPoolExecutor as MPIPoolExecutor",
}  # fmt: skip


def smaller(text):
    """A script of the page at a size for this machine."""
    for shown, small in SMALL.items():
        text = text.replace(shown, small)
    return text


def run(words, folder, wanted=0, **environment):
    """Run one command, and say how long it took; another exit status ends everything."""
    start = time.perf_counter()
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    print(f"{time.perf_counter() - start:6.1f} s  {shlex.join(map(str, words))}", flush=True)
    if done.returncode != wanted or not done.stdout.strip():
        raise SystemExit(f"exit status {done.returncode}, not {wanted}:\n{done.stdout}")


def of_page(page, folder):
    """The commands of one page, with the files that it shows."""
    write_files(page, folder)
    for command in commands(page):
        if command != DEFAULT_RUN:
            words = [sys.executable, "-m", "minintk", *shlex.split(command)[1:]]
            run(words, folder, status_of(command))


def of_installing(folder):
    """The lines that install minintk, in a copy of the repository."""
    (lines,) = (block for block in blocks(RUNNING, "sh") if "venv" in block)
    shutil.copytree(Path.cwd(), folder / "copy", ignore=shutil.ignore_patterns(".venv*", ".git"))
    run(["bash", "-euo", "pipefail", "-c", lines], folder / "copy")


def of_clusters(folder):
    """The scripts for SLURM and MPI: a share of the work, then all of it, on the same results."""
    (shard,) = (block for block in blocks(RUNNING, "bash"))
    (mpi,) = (block for block in blocks(RUNNING, "python") if "MPIPoolExecutor" in block)
    program = f'minintk() {{ {shlex.quote(sys.executable)} -m minintk "$@"; }}\n'
    (folder / "shard.sh").write_text(program + smaller(shard), encoding="utf-8")
    (folder / "run.py").write_text(smaller(mpi), encoding="utf-8")
    run(["bash", "-eu", "shard.sh"], folder, SLURM_ARRAY_TASK_ID="1")
    run([sys.executable, "run.py"], folder)
    assert (folder / "results" / "report.html").stat().st_size > 10_000


def main():
    """All pages but the README, whose commands the suite runs."""
    for page in PAGES[1:]:
        with tempfile.TemporaryDirectory() as name:
            of_page(page, Path(name))
    for rest in (of_installing, of_clusters):
        with tempfile.TemporaryDirectory() as name:
            rest(Path(name))


if __name__ == "__main__":
    main()
