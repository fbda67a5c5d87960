"""Run a student's program here, without a process: for the hundreds of planted mistakes."""

import json
import signal
import threading
import types
from functools import lru_cache, partial
from pathlib import Path
from unittest import mock

import numpy as np

from minintk.course import grading, plans, reasons
from minintk.course.answers import child, edits, notebook, one_change, program
from minintk.course.course_file import Course
from minintk.course.examiner import examine_function
from minintk.course.exercises import EXERCISES
from minintk.course.plans import plan_of
from tests.course import solutions

SOLUTIONS = Path(solutions.__file__).read_text(encoding="utf-8")


def plan(exercise):
    """The calls of an exercise of minintk."""
    return plan_of(EXERCISES[exercise])


def changed_solution(exercise, old, new):
    """The reference solutions with one passage of one function changed."""
    start = SOLUTIONS.find(f"def {exercise}(")
    assert start >= 0, f"tests/course/solutions.py must have a right function {exercise}"
    end = SOLUTIONS.find("\n\n\n", start)
    body = SOLUTIONS[start:end] if end > 0 else SOLUTIONS[start:]
    assert old in body, f"{exercise} has no {old!r}"
    return SOLUTIONS.replace(body, body.replace(old, new))


def run_of(source, exercise):
    """What a function does, by the same calls as in a process."""
    asked = plan(exercise)
    outputs = len(asked.exercise.trials.outputs)
    return _run(
        source,
        program.Task(
            exercise, asked.exercise.parameters, [c.arguments for c in asked.calls], outputs
        ),
    )


def run_here(path, tasks, **limits):
    """What `run_functions` returns for functions that do nothing but compute."""
    return [_run(notebook.source_of(str(path)), task) for task in tasks]


def _run(source, task):
    namespace = {}
    with np.errstate(all="ignore"):
        exec(compile(source, "answer.py", "exec"), namespace)
        function = namespace[task.function]
        names = child.keywords(function, list(task.parameters))
        lines = [
            child.call(
                function,
                names,
                child._decode(json.loads(json.dumps(arguments, default=program.encode))),
                "answer.py",
                task.outputs,
            )
            for arguments in task.calls
        ]
        return program.Run(tuple(program._as_call(line) for line in lines))


@lru_cache(maxsize=512)
def verdict_of(source, exercise):
    """What the grader finds in a program."""
    with np.errstate(all="ignore"):
        return examine_function(plan(exercise), run_of(source, exercise))


def result_of(path, exercise):
    """Score and message, as `grade` makes them of what the process of a file told."""
    source = notebook.source_of(str(path))
    run, asked = run_of(source, exercise), plan(exercise)
    search = partial(changes_here, path, source, program._carry_out)
    with np.errstate(all="ignore"), mock.patch.object(program, "_carry_out", search):
        return grading._result(path, (asked, run, examine_function(asked, run)), Course())


class KeptProcess:
    """Does what `program._run_process` does, job after job in one process: none need be started."""

    def __init__(self):
        script = Path(__file__).with_name("kept_process.py")
        self._process = program._isolated(script, child.__file__)
        self._one = threading.Lock()  # a class is graded by several threads

    def run(self, job, folder, wall):
        asked = json.dumps({"folder": folder, "job": json.loads(job)})
        with self._one:
            self._process.stdin.write(f"{asked}\n".encode())
            self._process.stdin.flush()
            told = list(iter(self._process.stdout.readline, b"\n"))
        assert b"" not in told, "the kept process ended before its job"
        return [line.decode() for line in told]

    def end(self):
        self._process.communicate()
        assert self._process.returncode == 0


def changes_here(own, source, elsewhere, path, tasks, *limits):
    """What a process with the search for changes would tell; of other files a process tells it."""
    if path != own:  # which another thread grades
        return elsewhere(path, tasks, *limits)
    (task,) = tasks
    module = types.ModuleType("answer")
    exec(source, module.__dict__)
    text = source if isinstance(source, bytes) else source.encode()
    prepared, function = child.Prepared(str(path), text), getattr(module, task["function"])
    task = json.loads(json.dumps(task, default=program.encode))
    found = restored(child._one_change, prepared, task, module, function)
    return [(program._json_lines([json.dumps({"found": found})]), 0)]


def restored(function, *arguments):
    """A call, after which the handler of the clock's signal is the one before."""
    before = signal.getsignal(signal.SIGPROF)
    try:
        with np.errstate(all="ignore"):
            return function(*arguments)
    finally:
        signal.signal(signal.SIGPROF, before)


def change_of(source, exercise, kinds=()):
    """Kind and line of the one change in a program, by the search that the grader starts."""
    asked = plan(exercise)
    cases, _ = plans.change_cases(asked)
    parameters = zip(asked.exercise.parameters, cases[0][0], strict=True)
    task = {
        "function": exercise,
        "arrays": [p for p, v in parameters if np.ndim(v)],
        "cases": cases,
        "kinds": list(kinds) or [kind.strip() for kind in edits.ORDER],
    }
    module = types.ModuleType("answer")
    exec(source, module.__dict__)
    found = restored(one_change.search, module, source.encode(), task)
    changes = found.get("changes", ()) if found else ()
    return (changes[0]["kind"], changes[0]["line"]) if len(changes) == 1 else (None, None)


def finding_of(source, exercise, verdict=None):
    """The kind that the grader names, as `grade` does."""
    finding = (verdict or verdict_of(source, exercise)).finding
    if finding is None:
        return None
    if reasons.is_vague(finding):
        kind, _ = change_of(source, exercise)
        return kind or finding.kind
    return finding.kind
