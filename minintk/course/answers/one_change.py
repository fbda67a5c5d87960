"""The one change in a student's program that makes every call right: its kind, and its line.

Where there is none: a change after which every call has a known mistake, and which one.

Loaded by `child`, in the process of the student's program; like `child` it stands alone. It makes
one edit at a time in the student's functions. The right program itself is never told.
"""

from __future__ import annotations

import ast
import signal
import time
from typing import Any

import numpy as np

SECONDS = 2.5  # of processor time
# What these leave of a program may have a known mistake that the student did not make.
TAKES_AWAY = ("inner-term", "wrong-variable-inside")


def search(edits: Any, module: Any, source: bytes, task: dict[str, Any]) -> dict[str, Any] | None:
    """The first change with which every call is right, or else has a known mistake.

    Gives its kind, its line, the line's text, and for each output 0 or the number of the mistake.
    """
    signal.signal(signal.SIGPROF, _stop)  # of processor time: others share the machine
    np.seterr(all="ignore")
    tree = ast.parse(source)
    cases = task["cases"]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    definitions.sort(key=lambda node: node.name != task["function"])
    reached = _reached(tree, task["function"])
    end = time.process_time() + SECONDS
    second = None
    for definition in definitions:
        if definition.name not in reached:
            continue
        for edit in edits.program_edits(definition, task["arrays"]):
            if time.process_time() > end:
                return second
            kind = edit.kind.strip()
            if (task.get("kinds") and kind not in task["kinds"]) or (second and kind in TAKES_AWAY):
                continue
            known = _fulfilled(definition, edit, task["function"], module, cases)
            if known and (not any(known) or (second is None and kind not in TAKES_AWAY)):
                line = getattr(edit.shown, "lineno", definition.lineno)
                text = source.decode("utf-8", errors="replace").splitlines()[line - 1].strip()
                found = {"kind": kind, "line": line, "text": text[:200], "known": known}
                if not any(known):
                    return found
                second = found
    return second


def _stop(*_: Any) -> None:
    """End a changed program that runs too long."""
    raise TimeoutError


def _reached(tree: ast.Module, asked: str) -> set[str]:
    """The student's own functions that the asked one may call, and itself."""
    uses = {
        node.name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    reached: set[str] = set()
    waiting = [asked]
    while waiting:
        name = waiting.pop()
        if name in uses and name not in reached:
            reached.add(name)
            waiting += uses[name]
    return reached


def _fulfilled(
    definition: ast.FunctionDef, edit: Any, asked: str, module: Any, cases: Any
) -> list[int] | None:
    """What each output is on every case with one edit: 0 where right, else which known mistake."""
    kept = module.__dict__[definition.name]
    found: list[set[int]] = []
    try:
        with edit.made():
            ast.fix_missing_locations(edit.parent)  # what is new is below it
            exec(compile(ast.Module([definition], []), "changed", "exec"), module.__dict__)
        for arguments, *wanted in cases:
            signal.setitimer(signal.ITIMER_PROF, 0.25)
            copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
            found = _still(found, module.__dict__[asked](*copies), wanted)
            if not all(found):
                return None
        return [min(numbers) for numbers in found]
    except BaseException:
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        module.__dict__[definition.name] = kept


def _still(found: list[set[int]], outputs: Any, wanted: list[list[Any]]) -> list[set[int]]:
    """Of what each output can be, that which it is here too; none where its shape is wrong.

    `wanted` has for each output the right value, and on some cases those of known mistakes.
    """
    values = [outputs] if len(wanted) == 1 else outputs
    if not isinstance(values, (list, tuple)) or len(values) != len(wanted):
        return [set()]
    left = []
    for number, (value, targets) in enumerate(zip(values, wanted)):  # noqa: B905
        array = np.asarray(value)
        known = found[number] if found else set(range(len(targets)))
        if array.dtype.kind not in "biuf":
            return [set()]
        left.append({k for k in known if k >= len(targets) or _equal(array, targets[k])})
    return left


def _equal(array: Any, target: Any) -> bool:
    if array.shape != target.shape:
        return False
    scale = np.abs(target).max(initial=0.0)
    return bool(np.all(np.abs(array - target) <= 1e-9 * np.abs(target) + 1e-11 * scale))
