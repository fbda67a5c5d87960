"""The changes in a student's program that make every call right: their kinds, and their lines.

search   one change; else one for each wrong output; one beside a known mistake; or two at once

Loaded by `child`, in the process of the student's program; like `child` it stands alone. It changes
the student's functions. The right program itself is never told.
"""

from __future__ import annotations

import ast
import itertools
import math
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from .changed_program import ALONE, Candidate, Program
from .edits import Change, program_changes
from .nodes import called, placed

SECONDS = 0.8  # of processor time
BEST = 60  # changes that are tried in pairs: those after which most is right


def search(module: Any, source: bytes, task: dict[str, Any]) -> dict[str, Any] | None:
    """The changes that were found: kind, line and text; where several lines fit a name, or none.

    changes    one or two after which all is right; or one, with the known mistake that is left
    known      the number of that mistake
    outputs    by their numbers, the one change after which an output is right
    """
    signal.signal(signal.SIGPROF, _stop)  # of processor time: others share the machine
    np.seterr(all="ignore")
    tree = ast.parse(source)
    program, end = Program(module, tree, task), time.process_time() + SECONDS
    lines = source.decode("utf-8", errors="replace").splitlines()

    def told(*fitting: Iterable[Candidate]) -> list[dict[str, Any]]:
        found = []
        for change, *others in fitting:
            condition = any(map(_is_plain, [*program.above(change.change.node)][1:]))
            kind = "inner-comparison" if condition else change.kind
            line = change.line if all(c.line == change.line for c in others) else None
            text = lines[line - 1].strip() if line else program.name_of((change, *others))
            if ";" in text:  # of statements beside each other the one that is meant
                above = (program.above(c.change.shown) for c in (change, *others))
                within = ([n for n in of if isinstance(n, ast.stmt)] for of in above)
                every = {ast.unparse(of[0]) if of else text for of in within}
                text = min(every).splitlines()[0] if len(every) == 1 else text
            found.append({"kind": kind, "line": line, "text": text[:200]})
        return found

    alone, outputs, beside, best, slips = _one_by_one(_changes(tree, task), program, end)
    if alone:
        return {"changes": told(alone), "kink": program.off_on_kinks(alone[0])}
    wanted = [value for _, values in program.cases for value in values]
    if task.get("kinds") or all(value.size == 1 and value in (0, 1) for value in wanted):
        return None  # of answers that say so little, two mistakes agree by chance
    each = {"outputs": {j: told(fitting)[0] for j, fitting in outputs.items()}} if outputs else None
    if len(outputs) + sum(program.right(0, program.outputs(0))) == len(task["cases"][0][1]):
        return each
    first_of_each = [first for first, *_ in best]
    program.offer([*first_of_each[:BEST], *slips])
    for pair in _pairs(first_of_each, slips):
        if time.process_time() > end:
            break
        nested = any(b.change.node in program.above(a.change.node) for a, b in (pair, pair[::-1]))
        piece = (beside or nested) and any(one.kind.endswith("inner-term") for one in pair)
        if _fits(program, pair) and not (piece or any(_repeats(one, program) for one in pair)):
            own = ((a.change.kind, [c for of in best if a in of for c in of]) for a in pair)
            same = ([c for c in of if c.change.kind == kind] for kind, of in own)
            others = itertools.islice(itertools.product(*same), 40)
            fitting = [pair, *(other for other in others if _fits(program, other))]
            fitting = [(a, b) for a, b in fitting if a.line == b.line] or fitting
            kink = program.off_on_kinks(*fitting[0])
            return {"changes": told(*zip(*fitting)), "kink": kink}  # noqa: B905
    return {"changes": told(beside[0]), "known": beside[1]} if beside else each


def _fits(program: Program, pair: Sequence[Candidate]) -> bool:
    """Whether two changes make every call right."""
    with suppress(Exception), program.changed(*pair):
        return program.all_right()
    return False


def _is_plain(node: Any) -> bool:
    """Whether a node compares plain values: what makes it always true may be anything in it."""
    every = [n for n in ast.walk(node) if isinstance(n, ast.Call | ast.Subscript)]
    return isinstance(node, ast.Compare) and all(called(n) == "len" for n in every)


def _repeats(one: Candidate, program: Program) -> bool:
    """Whether a term is added that stands in that statement already: it explains much by chance."""
    term = getattr(getattr(one.change.new, "right", None), "id", None)
    statement = next(n for n in program.above(one.change.node) if isinstance(n, ast.stmt))
    names = (getattr(n, "id", "") for n in ast.walk(statement))
    return one.kind == "missing-inner-term" and term in names


def _stop(*_: Any) -> None:
    """End a changed program that runs too long."""
    raise TimeoutError


def _changes(tree: ast.Module, task: dict[str, Any]) -> list[Candidate]:
    """Every change of the asked function, then of those that it may call; slips before others."""
    # of a name that is defined twice the last counts
    last = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    reached = reached_from(tree, task["function"], task.get("without", ()))
    functions = [node for node in last.values() if node.name in reached]
    functions.sort(key=lambda node: node.name != task["function"])
    every = [Candidate(f.name, f, c) for f in functions for c in program_changes(f, task["arrays"])]
    statements: list[Any] = [*functions, *(n for n in tree.body if isinstance(n, ast.Assign))]
    for statement in statements:  # a constant of the file is changed as a function is
        name = getattr(statement, "name", "") or getattr(statement.targets[0], "id", "")
        numbers = (n for n in ast.walk(statement) if name and isinstance(n, ast.Constant))
        for n, exact in itertools.product(numbers, (math.pi, 2 * math.pi, 2**0.5)):
            if isinstance(n.value, float) and 1e-15 < abs(n.value / exact - 1) < 3.1e-3:  # 3.14
                change = Change("typed-digits", n, n, placed(ast.Constant(exact)))
                every.append(Candidate(name, statement, change))
    every.sort(key=lambda change: change.rank)
    return [c for c in every if not task.get("kinds") or c.kind in task["kinds"]]


def reached_from(tree: ast.Module, asked: str, without: Iterable[str] = ()) -> set[str]:
    """The student's own functions that the asked one may call, and itself, `without` some."""
    uses = {
        node.name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name not in without
    }
    reached, waiting = set[str](), [asked]
    while waiting:
        if (name := waiting.pop()) in uses and name not in reached:
            reached.add(name)
            waiting += uses[name]
    return reached


def _one_by_one(changes: list[Candidate], program: Program, end: float) -> Any:
    """The changes after which all is right; for each output; one beside a known mistake; others.

    The others are to be tried in pairs: those of each outcome, the best first, and every slip.
    """
    as_it_is = program.outputs(0)
    before = program.right(0, as_it_is) or [False]
    alone, slips = list[Candidate](), list[Candidate]()
    outputs: dict[int, list[Candidate]] = {}
    beside: list[tuple[list[Candidate], int]] = []
    partial: dict[bytes, tuple[float, list[Candidate]]] = {}
    program.offer(changes)
    for change in changes:
        if time.process_time() > end - SECONDS / 3 or (alone and change.kind != alone[0].kind):
            break
        with suppress(Exception), program.changed(change):
            values = program.outputs(0)
            key = b"".join(np.float32(value).tobytes() for value in values)
            # a missing activation is no slip where a slope does it, which stands in its place
            same = partial.get(key, (0.0, [change]))[1]
            stands = change.kind == "missing-activation" and not same[0].is_slip
            slips += [change] if change.is_slip and values and not stands else []
            good = program.right(0, values)
            if good and all(good) and program.all_right():
                alone.append(change)
            for j in range(len(good)):
                alike = outputs.get(j, [change])[0].change.kind == change.change.kind
                if good[j] > before[j] and alike and program.all_right(j):
                    outputs.setdefault(j, []).append(change)
            if program.shaped(0, values) and change.kind not in ALONE:
                if key not in partial:
                    partial[key] = (_share(values, program.cases[0][1]), [])
                    matters = [*map(np.array_equal, values, as_it_is)] != [True] * len(values)
                    beside += [(partial[key][1], k) for k in program.mistakes(values)] * matters
                partial[key][1].append(change)
    best = [same for _, same in sorted(partial.values(), key=lambda entry: -entry[0])]
    return alone, outputs, _clearest(beside), best, slips


def _share(values: list[Any], wanted: list[Any]) -> float:
    """How much is right: the share of the entries, and the cosine between all and the right."""
    given, right = (np.concatenate([np.ravel(v) for v in vs]) for vs in (values, wanted))
    size = np.linalg.norm(given) * np.linalg.norm(right)
    cosine = abs(given @ right) / size if np.isfinite(size) and size else 0.0
    return float(np.mean(np.abs(given - right) <= 1e-9 * np.abs(right)) + cosine)


def _clearest(beside: list[tuple[list[Candidate], int]]) -> tuple[list[Candidate], int] | None:
    """The likeliest slip beside a known mistake, where none as likely tells of another line."""
    likely = (b for b in beside if b[0][0].is_slip and b[0][0].change.cost < 2)
    found = sorted(likely, key=lambda b: b[0][0].rank)
    alike = (change for (change, *_), _ in found if change.rank == found[0][0][0].rank)
    if len({change.line for change in alike}) != 1:
        return None
    (one, *more), known = found[0]
    return [one, *(c for c in more if c.rank == one.rank)], known


def _pairs(best: list[Candidate], slips: list[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Two changes at different places: the best slips with any, the best of all with each other."""
    order = sorted(itertools.combinations(range(len(best[:BEST])), 2), key=sum)
    tried = itertools.chain(
        itertools.product([change for change in best if change.is_slip][:8], slips),
        ((best[i], best[j]) for i, j in order),
        itertools.product(best[:8], slips),
    )
    seen = set()
    for pair in tried:
        key = frozenset(map(id, pair))
        if key not in seen and pair[0].change.node is not pair[1].change.node:
            seen.add(key)
            yield pair
