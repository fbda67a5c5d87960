"""Calls of the command line, in this process or in one of its own, and what a run leaves."""

import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk import cli
from minintk.report import book, runner
from minintk.report import reproduce as reproduction
from tests.reference import small_claims
from tests.reference.forked import FORKS, Forked

PACKAGE = Path(mn.__file__).parent
NAMES = ["rotation", "another_one"]  # one of the study, one beyond it, of small_claims
FILES = [
    "claims.json",
    "report.html",
    *(f"data/{name}.npz" for name in NAMES),
    *(f"figures/{name}.{kind}" for name in NAMES for kind in ("png", "svg")),
]
INTERRUPTED = "interrupted: what finished is kept in {}, the same command continues\n"


def environment(**changes):
    return {
        **os.environ,
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


def started(*arguments, **changes):
    """A fresh Python that runs beside this one: start all, then wait for each."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(**changes),
    )


def ended(process):
    """What a process said until its end, and how it ended."""
    with process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@contextlib.contextmanager
def all_started(calls):
    """Fresh Pythons side by side, by name; `calls` has their (arguments, changes)."""
    processes = {name: started(*call, **changes) for name, (call, changes) in calls.items()}
    try:
        yield processes
    finally:
        for process in processes.values():
            if process.returncode is None:
                process.kill()
                ended(process)


def python(*arguments, **changes):
    return ended(started(*arguments, **changes))


def run(capsys, *arguments):
    try:
        status = cli.main(list(arguments))
    except SystemExit as error:
        status = error.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def refuse(capsys, *arguments):
    """Run a command that cannot be carried out; return its one line."""
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert captured.err.endswith("\n")
    return captured.err


def main(folder, *arguments):
    return cli.main(["reproduce", "--out", str(folder), *arguments])


def command(folder, *arguments):
    """The arguments of Python for the command of small_claims."""
    program = ["-m", "tests.reference.small_claims"]
    return [*program, "reproduce", "--quick", "--out", folder, *arguments]


def reproduce(folder, *arguments, **changes):
    """The command of small_claims, in a process of its own: a fresh one where that is to differ."""
    if changes or not FORKS:
        return python(*command(folder, *arguments), **changes)
    process = Forked(*command(folder, *arguments)[2:], environment=environment())
    out, err = process.communicate()
    return subprocess.CompletedProcess(process, process.returncode, out, err)


class Here(Executor):
    """Runs what it is given at once, in this process."""

    def submit(self, function, /, *arguments):
        future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def on_no_pool(tasks, seed, workers):
    """The units one after the other in this process, as the pool runs them in others."""
    for task in tasks:
        yield task, runner.traced(runner.submit(Here(), task, seed))


def drawn_once(draw):
    """A function that draws a claim, and draws the same claim, sizes and numbers only once."""
    drawn = {}

    def figure(claim, sizes, found):
        key = claim.name, claim.draw, claim.panels, sizes, pickle.dumps(found)
        if key not in drawn:
            drawn[key] = draw(claim, sizes, found)
        return dict(drawn[key])

    return figure


def reproduce_here(folder, *names, **changes):
    stream = io.StringIO()
    outcome = reproduction.run(folder, names, stream=stream, **{"workers": 1, **changes})
    return outcome, stream.getvalue()


def study(monkeypatch, *claims):
    """Put other claims in place of the study's."""
    named = small_claims.named(*claims)
    monkeypatch.setattr("minintk.claims.CLAIMS", named)
    for module in (reproduction, book):
        monkeypatch.setattr(module, "CLAIMS", named)


def contents(folder):
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_claims(folder):
    content = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    return content, {entry["name"]: entry for entry in content["claims"]}


def verdicts(folder):
    return {name: entry["verdict"] for name, entry in read_claims(folder)[1].items()}


def bits(folder, name):
    with np.load(folder / "data" / f"{name}.npz") as data:
        return {key: (data[key].dtype, data[key].shape, data[key].tobytes()) for key in data}


def wait_until(condition, pause=0.01):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(pause)


def processes_in(folder):
    """The numbers of the processes of sleeping units."""
    return [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
