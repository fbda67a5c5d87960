"""From what a student's function returned to a verdict with its reason.

plan     the calls to make: a single point, generic cases, one of them again, edges, fresh cases
judge    the verdict of one exercise, from its plan and what the function did

The order of the questions is that of a patient marker: does it run, does it return numbers, of the
right shape and dtype, are they right in general, and then at the edges; if not, why.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._require import Array
from .diagnosis import find_mistake
from .entries import by_entries, reordered, signs_of_columns
from .isolation import Call, Run
from .problems import SIZES, Arguments, Problem
from .ratios import ratio_words
from .samples import Model, Question, Sample, agree, as_right, close, constant_ratio

__all__ = ["Plan", "Verdict", "judge", "plan", "right_outputs"]

_EDGE_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Plan:
    """The calls, with a label each: "single", "simple", "generic", "again", "fresh", "edge 0", …"""

    labels: tuple[str, ...]
    arguments: tuple[Arguments, ...]


@dataclass(frozen=True)
class Verdict:
    """`share` of the points, and for less than all of them the mistake's name and relation.

    output    which of several outputs is meant, if there are several
    """

    share: float
    mistake: str | None = None
    relation: str = ""
    output: str = ""


def plan(problem: Problem) -> Plan:
    """The calls of an exercise, the same at every run.

    >>> from minintk.course.problems import PROBLEMS
    >>> plan(PROBLEMS["growth_rate"]).labels[:3]
    ('single', 'simple', 'generic')
    """
    rng, fresh = np.random.default_rng(11), np.random.default_rng(12)
    calls = [("generic", problem.draw(rng, n, m)) for n, m in SIZES]
    simple = problem.simple or tuple(_few_digits(value) for value in problem.draw(rng, 2, 2))
    calls = [("simple", simple), *calls, ("again", calls[0][1])]
    if problem.single is not None:
        calls.insert(0, ("single", problem.single))
    calls += [(f"edge {i}", edge[2]) for i, edge in enumerate(problem.edges)]
    calls += [("fresh", problem.draw(fresh, n, m)) for n, m in SIZES]
    return Plan(tuple(label for label, _ in calls), tuple(arguments for _, arguments in calls))


def _few_digits(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.round(value, 1) + 0.0
    return float(f"{value:.1g}") if isinstance(value, float) else value


def judge(problem: Problem, calls: Plan, run: Run) -> Verdict:
    """The verdict on what a function did with the calls of the plan.

    >>> from minintk.course.problems import PROBLEMS
    >>> asked = PROBLEMS["growth_rate"]
    >>> judge(asked, plan(asked), Run((), "crash", "SIGSEGV")).mistake
    'crash'
    """
    if run.problem is not None:
        return Verdict(0.0, run.problem, run.detail)
    done = list(zip(calls.labels, calls.arguments, run.calls, strict=True))
    return _first_problem(problem, done) or _values(problem, done)


Done = list[tuple[str, Arguments, Call]]


def _of(done: Done, *labels: str) -> Done:
    return [entry for entry in done if entry[0].split()[0] in labels]


def _first_problem(problem: Problem, done: Done) -> Verdict | None:
    """Calls without numbers: they raise, end, or return something else."""
    for _, _, call in _of(done, "simple", "generic", "again", "fresh"):
        if call.problem is None:
            continue
        single = [c for _, _, c in _of(done, "single")]
        if single and single[0].problem is None and call.problem == "raises":
            first = _of(done, "single")[0]
            if _matches(problem, first[1], first[2]):
                return Verdict(0.0, "one-point-only", f": it raises {call.detail}")
        return Verdict(0.0, call.problem, call.detail)
    return None


def right_outputs(problem: Problem, arguments: Arguments) -> tuple[Array, ...]:
    """The right outputs of one call.

    >>> from minintk.course.problems import PROBLEMS
    >>> right_outputs(PROBLEMS["kappa0"], (np.pi / 2,))
    (array(0.5),)
    """
    inputs = problem.inputs(arguments)
    return tuple(
        np.asarray(question.right(inputs), dtype=np.float64)
        for question in problem.questions.values()
    )


def _matches(problem: Problem, arguments: Arguments, call: Call, edge: bool = False) -> bool:
    return call.problem is None and all(
        right.shape == given.shape and _equal(given, right, edge, problem.relative)
        for right, given in zip(right_outputs(problem, arguments), call.outputs, strict=True)
    )


def _equal(given: Array, right: Array, edge: bool, relative: float = 1e-9) -> bool:
    scale = float(np.abs(right).max(initial=0.0))
    if edge:
        with np.errstate(all="ignore"):
            return bool(np.all(np.abs(given - right) <= _EDGE_TOLERANCE * max(1.0, scale)))
    return close(given, right, scale, relative)


def _values(problem: Problem, done: Done) -> Verdict:
    generic, fresh = _of(done, "simple", "generic"), _of(done, "fresh")
    if all(_matches(problem, arguments, call) for _, arguments, call in generic + fresh):
        return _right_in_general(problem, done)
    if _exchanged(problem, generic + fresh):
        return Verdict(0.0, "flat-order", f"the outputs belong in the order {problem.order}")
    for number, (name, question) in enumerate(problem.questions.items()):
        verdict = _one_output(problem, number, question, done)
        if verdict is not None:
            return replace(verdict, output=question.name if name else "")
    return Verdict(0.0, "unknown", "")


def _exchanged(problem: Problem, group: Done) -> bool:
    """Whether the outputs are all right, in another order."""
    for order in list(itertools.permutations(range(len(problem.questions))))[1:]:
        moved = [
            (label, arguments, replace(call, outputs=tuple(call.outputs[i] for i in order)))
            for label, arguments, call in group
        ]
        if all(_matches(problem, arguments, call) for _, arguments, call in moved):
            return True
    return False


def _right_in_general(problem: Problem, done: Done) -> Verdict:
    changed = [call.changed for _, _, call in done if call.changed]
    if changed:
        return Verdict(0.5, "changed-inputs", problem.parameters[changed[0][0]])
    if any("float32" in c.dtypes or "float16" in c.dtypes for _, _, c in done):
        return Verdict(0.5, "float32")
    for label, arguments, call in _of(done, "edge"):
        words, name, _ = problem.edges[int(label.split()[1])]
        if not _matches(problem, arguments, call, edge=True):
            return _edge(words, name, call, right_outputs(problem, arguments))
    for _, arguments, call in _of(done, "single"):
        if not _matches(problem, arguments, call, edge=True):
            detail = f": it raises {call.detail}" if call.problem else ""
            return Verdict(0.5, "edge-case", f"for a single point{detail}")
    return Verdict(1.0)


def _edge(words: str, name: str, call: Call, right: tuple[Array, ...]) -> Verdict:
    if call.problem is not None:
        kind = name if name == "unlearned-modes" else "edge-case"
        said = f"raises {call.detail}" if call.problem == "raises" else call.problem
        return Verdict(0.5, kind, f"{words}: it {said}" if kind == "edge-case" else "")
    finite = all(np.isfinite(value).all() for value in call.outputs)
    shapes = all(g.shape == r.shape for g, r in zip(call.outputs, right, strict=True))
    if not shapes:
        return Verdict(0.5, "edge-case", f"{words}: the shape is {call.outputs[0].shape}")
    if name == "ties":
        return Verdict(0.5, "ties", words) if finite else Verdict(0.5, "arccos-above-one")
    if name in ("kink", "unlearned-modes"):
        return Verdict(0.5, name)
    return Verdict(0.5, "edge-case" if finite else "not-a-number", words)


def _one_output(problem: Problem, number: int, question: Question, done: Done) -> Verdict | None:
    """What is wrong with one of the outputs, or None if it is right."""
    generic, fresh = _of(done, "simple", "generic"), _of(done, "fresh")
    shape = _shape(problem, number, generic)
    if shape is not None:
        return shape
    sample, second = (_as_sample(problem, number, group) for group in (generic, fresh))
    if all(close(s.flat(s.given), s.flat(s.right), s.scale, s.relative) for s in (sample, second)):
        return None

    def particular(found: Sample) -> Iterator[Model]:
        yield from reordered(found)
        yield from by_entries(problem, found, second)

    model = (
        _same_twice(number, done)
        or _not_finite(sample)
        or _single_precision(sample, second, number, done)
        or find_mistake(question, sample, second, particular)
        or signs_of_columns(sample, second)
        or _right_up_to_sign(sample, second)
        or _one_point(problem, number, done)
        or _in_part(sample)
    )
    if model is not None:
        return Verdict(0.0, model.name, model.relation)
    return Verdict(0.0, "unknown", _example(problem, number, done))


def _as_sample(problem: Problem, number: int, group: Done) -> Sample:
    inputs = tuple(problem.inputs(arguments) for _, arguments, _ in group)
    right = tuple(right_outputs(problem, arguments)[number] for _, arguments, _ in group)
    return Sample(
        inputs, right, tuple(call.outputs[number] for _, _, call in group), problem.relative
    )


def _shape(problem: Problem, number: int, group: Done) -> Verdict | None:
    for _, arguments, call in reversed(group):  # the last case has different, large sizes
        right, given = right_outputs(problem, arguments)[number], call.outputs[number]
        if right.shape == given.shape:
            continue
        scale = float(np.abs(right).max(initial=0.0))
        asked = f"{given.shape} where {right.shape} is asked"
        if given.shape == right.shape[::-1] and close(given.T, right, scale):
            return Verdict(0.0, "transposed")
        if given.size == right.size and close(given.ravel(), right.ravel(), scale):
            return Verdict(0.0, "shape", f"{asked}; the numbers are right")
        return Verdict(0.0, "shape", asked + _shape_hint(problem, right, given, arguments))
    return None


def _shape_hint(problem: Problem, right: Array, given: Array, arguments: Arguments) -> str:
    inputs = problem.inputs(arguments)
    m = len(inputs["a"]) if "a" in inputs else 0
    if right.shape == () and given.size > 1:
        return ": is the sum or the mean missing?"
    if given.shape == () and right.size > 1:
        return ": all entries are summed into one number"
    if right.ndim == 2 and m and given.shape == (right.shape[0], right.shape[1] - m):
        return ": are the columns of b, or of a, there?"
    if m and given.ndim == 2 and given.shape[0] == given.shape[1] in (4 * m, 3 * m):
        return ": this is Jᵀ J, over the parameters and not over the points"
    return ""


def _same_twice(number: int, done: Done) -> Model | None:
    first = _of(done, "generic")[0][2].outputs[number]
    again = _of(done, "again")[0][2].outputs[number]
    same = first.shape == again.shape and np.array_equal(first, again, equal_nan=True)
    return None if same else Model("random", "", as_right)


def _not_finite(sample: Sample) -> Model | None:
    given = sample.flat(sample.given)
    bad = ~np.isfinite(given)
    if not bad.any():
        return None
    right = sample.flat(sample.right)
    diagonal = [
        value.ndim == 2 and value.shape[0] == value.shape[1] and _only_diagonal(value)
        for value in sample.given
    ]
    if any(diagonal) and np.all(agree(given[~bad], right[~bad], sample.scale)):
        return Model("arccos-above-one", "", as_right)
    words = "anywhere" if bad.all() else f"in {bad.sum()} of {bad.size} entries, of ordinary inputs"
    return Model("not-a-number", words, as_right)


def _only_diagonal(value: Array) -> bool:
    bad = ~np.isfinite(value)
    return bool(bad.any() and not bad[~np.eye(len(value), dtype=bool)].any())


def _single_precision(sample: Sample, fresh: Sample, number: int, done: Done) -> Model | None:
    dtypes = {call.dtypes[number] for _, _, call in _of(done, "generic")}
    near = all(close(s.flat(s.given), s.flat(s.right), s.scale, 1e-4) for s in (sample, fresh))
    half = dtypes & {"float32", "float16"}
    return Model("float32", "", as_right) if near and half else None


def _right_up_to_sign(sample: Sample, fresh: Sample) -> Model | None:
    if all(
        close(np.abs(s.flat(s.given)), np.abs(s.flat(s.right)), s.scale) for s in (sample, fresh)
    ):
        return Model("no-absolute-value", "", as_right)
    return None


def _one_point(problem: Problem, number: int, done: Done) -> Model | None:
    for _, arguments, call in _of(done, "single"):
        if call.problem is None:
            right, given = right_outputs(problem, arguments)[number], call.outputs[number]
            if right.shape == given.shape and _equal(given, right, True):
                return Model("one-point-only", "", as_right)
    return None


def _in_part(sample: Sample) -> Model | None:
    good = agree(sample.flat(sample.given), sample.flat(sample.right), sample.scale)
    if good.mean() < 0.15:
        return None
    given, right = sample.flat(sample.given)[~good], sample.flat(sample.right)[~good]
    ratio = constant_ratio(Sample((), (right,), (given,)))
    words = f"right in {100 * good.mean():.0f} % of the entries"
    if ratio:
        words += f", {ratio_words(ratio)} times the right value in the others"
    return Model("other-branch", words, as_right)


def _example(problem: Problem, number: int, done: Done) -> str:
    """The simplest case at which they differ, with the student's value."""
    for _, arguments, call in _of(done, "single", "simple", "generic"):
        if call.problem is not None:
            continue
        right, given = right_outputs(problem, arguments)[number], call.outputs[number]
        if right.shape != given.shape or not _equal(given, right, False):
            values = (f"{key} = {_show(v)}" for key, v in problem.inputs(arguments).items())
            return f"at {', '.join(values)}; yours is {_show(given)}"
    return ""


def _show(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return f"{value:.6g}"
    flat = ", ".join(f"{v:.6g}" for v in itertools.islice(value.ravel(), 8))
    more = ", …" if value.size > 8 else ""
    shape = f" of shape {value.shape}" if value.ndim > 1 else ""
    return f"[{flat}{more}]{shape}" if value.ndim else flat
