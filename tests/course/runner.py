"""Run a student's program here, without a process: for the hundreds of planted mistakes."""

import ast
import importlib.util
import signal
import types
from pathlib import Path

import numpy as np

from minintk.course import isolation, judging
from minintk.course.problems import PROBLEMS
from tests.course import solutions

SOLUTIONS = Path(solutions.__file__).read_text(encoding="utf-8")


def _script(name):
    path = isolation._SCRIPT.with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHILD, SEARCH = _script("student_process"), _script("program_slips")


def changed_solution(exercise, old, new):
    """The reference solutions with one passage of one function changed."""
    start = SOLUTIONS.index(f"def {exercise}(")
    end = SOLUTIONS.find("\n\n\n", start)
    body = SOLUTIONS[start:end] if end > 0 else SOLUTIONS[start:]
    assert old in body, f"{exercise} has no {old!r}"
    return SOLUTIONS.replace(body, body.replace(old, new))


def verdict_of(source, exercise):
    """What the grader finds in a program, by the same calls as in a process."""
    problem = PROBLEMS[exercise]
    calls = judging.plan(problem)
    namespace = {}
    with np.errstate(all="ignore"):
        exec(compile(source, "answer.py", "exec"), namespace)
        function = namespace[exercise]
        names = CHILD._keywords(function, list(problem.parameters))
        lines = [
            CHILD._call(
                function,
                names,
                [CHILD._decode(isolation._encode(value)) for value in arguments],
                "answer.py",
                len(problem.questions),
            )
            for arguments in calls.arguments
        ]
        run = isolation.Run(tuple(isolation._as_call(line) for line in lines))
        return judging.judge(problem, calls, run)


def slip_of(source, exercise):
    """Kind and line of the slip in a program, by the search that the grader starts."""
    problem = PROBLEMS[exercise]
    calls = judging.plan(problem)
    chosen = [
        arguments
        for label, arguments in zip(calls.labels, calls.arguments, strict=True)
        if label in ("simple", "generic", "fresh")
    ]
    encode = isolation._encode
    job = {
        "function": exercise,
        "arrays": [p for p, v in zip(problem.parameters, chosen[0], strict=True) if np.ndim(v)],
        "calls": [
            {
                "arguments": [encode(a) for a in arguments],
                "right": [encode(r) for r in judging.right_outputs(problem, arguments)],
            }
            for arguments in chosen
        ],
    }
    module = types.ModuleType("answer")
    exec(source, module.__dict__)
    before = signal.signal(signal.SIGALRM, SEARCH._stop)
    try:
        with np.errstate(all="ignore"):
            found = SEARCH._search(job, CHILD, module, ast.parse(source))
    finally:
        signal.signal(signal.SIGALRM, before)
    return (found["kind"], found["line"]) if found else (None, None)
