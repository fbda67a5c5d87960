"""Run a student's program here, without a process: for the hundreds of planted mistakes."""

import importlib.util
from pathlib import Path

import course_solutions
import numpy as np

from minintk.course import isolation, judging
from minintk.course.problems_of_kernels import PROBLEMS

SOLUTIONS = Path(course_solutions.__file__).read_text(encoding="utf-8")
_SPEC = importlib.util.spec_from_file_location("student_process", isolation._SCRIPT)
CHILD = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(CHILD)


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
        names = CHILD.keywords(function, list(problem.parameters))
        lines = [
            CHILD.call(
                function,
                names,
                [CHILD.decode(isolation._encode(value)) for value in arguments],
                "answer.py",
                len(problem.questions),
            )
            for arguments in calls.arguments
        ]
        run = isolation.Run(tuple(isolation._as_call(line) for line in lines))
        return judging.judge(problem, calls, run)
