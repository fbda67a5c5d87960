"""A program with changes in it: many of one place, compiled at once, are each by itself."""

import ast
import random
import signal
import types

import numpy as np
import pytest

from minintk.course.answers import changed_program, one_change

# A changed program may warn; that is its own.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

PROGRAM = """import numpy as np

SLOPE = 3.14


def part(z, *, shift=0.25):
    return SLOPE * np.where(z > shift, z, 0)


def f(x, y):
    total, pair = 0 * x, [x - y, x + y]
    for k, z in enumerate(pair):
        if k > 2:
            continue
        total += part(z) / (k + 2) ** 2
    rows = np.array([total, *pair])[:, 1:]
    return np.sum(rows * [q**2 for q in range(1, 3)], axis=1), f"{len(rows)}" and rows.T @ [1, 2, 3]
"""
POINTS = np.array([0.3, 0.8, -1.7])


def program_and_changes():
    module = types.ModuleType("answer")
    exec(PROGRAM, module.__dict__)
    arguments = POINTS, POINTS[::-1] ** 2
    cases = [(arguments, [np.asarray(value) for value in module.f(*arguments)])]
    task, tree = {"function": "f", "arrays": ["x", "y"], "cases": cases}, ast.parse(PROGRAM)
    return changed_program.Program(module, tree, task), one_change._changes(tree, task)


def outputs(program, changes):
    """What the changed program gives, to the bit; or the kind of its error."""
    try:
        with program.changed(*changes):
            return [(value.shape, value.tobytes()) for value in program.outputs(0)]
    except (SyntaxError, TypeError, ValueError, NameError) as error:
        return type(error).__name__


def all_outputs(program, groups):
    before = signal.signal(signal.SIGPROF, one_change._stop)
    try:
        return [outputs(program, changes) for changes in groups]
    finally:
        signal.signal(signal.SIGPROF, before)


# --- by hand --------------------------------------------------------------------------------------


def test_programs_that_never_end_get_less_and_less_time():
    """A loop has dozens of changes after which it never ends: they would take all of the time."""
    module = types.ModuleType("answer")
    exec("def half(x):\n    while x:\n        pass\n", module.__dict__)
    task = {"function": "half", "cases": [((1,), (0.5,))]}
    program = changed_program.Program(module, ast.parse(""), task)
    program.seconds = 0.03
    before = signal.signal(signal.SIGPROF, one_change._stop)
    try:
        assert [program.outputs(0) or program.seconds for _ in range(3)] == [0.015, 0.01, 0.01]
    finally:
        signal.signal(signal.SIGPROF, before)


# --- reference ------------------------------------------------------------------------------------


def test_a_change_that_is_compiled_with_others_is_the_change_alone():
    (program, changes), chosen = program_and_changes(), random.Random(5)
    pairs = [chosen.sample(changes, 2) for _ in range(1500)]
    pairs = [(a, b) for a, b in pairs if a.change.node is not b.change.node]
    inside = [(a, b) for a, b in pairs if a.change.node in program.above(b.change.node)]
    groups = [*([change] for change in changes[::2]), *pairs[:60], *inside[:40]]
    alone = all_outputs(program, groups)
    program.offer(changes)
    assert all_outputs(program, groups) == alone
    assert len(changes) > 1000
    assert len(inside) > 20
    assert len({str(one) for one in alone}) > 20
    together = [code for code in program.codes.values() if code]
    assert len(together) > 50  # of which each has served several


def test_a_change_that_was_not_offered_is_made_all_the_same():
    program, changes = program_and_changes()
    alone = all_outputs(program, [[change] for change in changes[:40]])
    program.offer(changes[20:])
    assert all_outputs(program, [[change] for change in changes[:40]]) == alone
