"""The calls that an exercise is asked with, the same at every run.

plan_of    single points, generic cases, one again, edges, fresh cases; `calls_of` has no outputs
Done       one of the calls, and what a function did
change_cases, known_changes   what a changed program is compared with: see `find_changes`
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .._require import Array
from .answers.program import Call, Case, Run
from .diagnosis.finding import Finding, Known, Sample, close
from .diagnosis.pairs import known, of_one_class
from .diagnosis.shown import as_python
from .exercises import Exercise
from .questions.question import SIZES, Arguments, Inputs, Keeper, Value, once, value_of

_ONE = ("for a single point", "edge-case")
_TELLING = ("simple", "generic", "fresh")  # of the calls, whether a function is right in general
_EDGE_TOLERANCE = 1e-7  # an arccos loses half of the digits at its edges, which is no mistake
# What any slip leads to that makes a factor 0, or a loop empty: nobody left these out.
_ZEROED = {"missing-first-layer", "missing-second-layer", "not-moved"}


@dataclass(frozen=True)
class Done:
    """One call: why it is made, its inputs, right outputs, and what a function did.

    label   "single", "simple", "generic", "again", "fresh" or "edge"
    edge    of an edge or a single point, what is there in words, and its kind
    """

    exercise: Exercise
    label: str
    arguments: Arguments
    edge: tuple[str, str] = ("", "")
    inputs: Inputs = field(default_factory=dict)
    right: tuple[Array, ...] = ()
    call: Call = field(default_factory=Call)

    def has_shape(self, number: int) -> bool:
        """Whether an output is there, and has the shape of the right one."""
        there = self.call.problem is None
        return there and self.call.outputs[number].shape == self.right[number].shape

    def returning(self, outputs: Iterable[Array]) -> Done:
        """The same call with other outputs."""
        return replace(self, call=replace(self.call, outputs=tuple(outputs)))

    def matches(self, edge: bool = False, only: int | None = None) -> bool:
        """Whether all outputs are right, or one of them; on an edge as far as they can be."""
        if self.call.problem is not None:
            return False
        questions = self.exercise.trials.outputs.values()
        every = list(zip(questions, self.right, self.call.outputs, strict=True))
        for q, right, given in every if only is None else [every[only]]:
            sample = Sample((), (right,), (), q.relative, q.absolute)
            if right.shape != given.shape:
                return False
            if not (near_right(given, right).all() if edge else close(given, right, sample)):
                return False
        return True


@dataclass(frozen=True)
class Plan(Keeper):
    """The calls of an exercise, in order.

    Inputs and right outputs of each are computed once, for all students. So are the values of known
    mistakes: `known` has them by the number of the output and the label of the calls.
    """

    exercise: Exercise
    calls: tuple[Done, ...]
    known: Mapping[tuple[int, str], Known] = field(
        default_factory=lambda: defaultdict(dict), init=False, compare=False, repr=False
    )


@once
def plan_of(exercise: Exercise) -> Plan:
    """The calls of an exercise, the same at every run."""
    return Plan(exercise, tuple(map(_with_right_outputs, calls_of(exercise))))


def calls_of(exercise: Exercise) -> list[Done]:
    """The same calls, without the right outputs."""
    trials = exercise.trials
    rng, fresh = np.random.default_rng(11), np.random.default_rng(12)
    sizes = (*SIZES, *trials.more)
    calls = [("generic", trials.draw(rng, n, m)) for n, m in sizes]
    drawn = trials.draw(rng, 2, 2)
    with suppress(Exception), np.errstate(all="ignore"):
        rounded = Done(exercise, "simple", tuple(map(_few_digits, drawn)))
        if all(np.isfinite(value).all() for value in _with_right_outputs(rounded).right):
            drawn = rounded.arguments  # else few digits are on the edge of what is defined
    calls = [("simple", trials.simple or drawn), *calls, ("again", calls[0][1])]
    if trials.single is not None:
        neurons = 3 if "w" in exercise.parameters else 1
        another = trials.draw(np.random.default_rng(13), 1, neurons)
        calls = [("single", trials.single), ("single", another), *calls]
    done = [Done(exercise, *call, _ONE if call[0] == "single" else ("", "")) for call in calls]
    done += [Done(exercise, "edge", edge[2], edge[:2]) for edge in trials.edges]
    return done + [Done(exercise, "fresh", trials.draw(fresh, n, m)) for n, m in sizes]


def _with_right_outputs(call: Done) -> Done:
    inputs = call.exercise.inputs(call.arguments)
    questions = call.exercise.trials.outputs.values()
    right = tuple(np.array(value_of(question.right, inputs)) for question in questions)
    return replace(call, inputs=inputs, right=right)


def _few_digits(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.round(value, 1) + 0.0 if value.dtype.kind == "f" else value
    return float(f"{value:.1g}") if isinstance(value, float) else value


def change_cases(asked: Plan) -> tuple[list[Case], list[Case]]:
    """Arguments and right outputs of the calls that a changed program must get right.

    Small ones come first, those of `known_changes`. The second are those on a kink.
    """
    few = _few(asked)
    others = (c for c in telling(asked.calls) if not any(c is one for one in few))
    kinks = (c for c in asked.calls if c.edge[1] == "kink")
    cases: list[Case] = [(c.arguments, c.right) for c in (*few, *others)]
    return cases, [(c.arguments, c.right) for c in kinks]


def _few(asked: Plan) -> list[Done]:
    """Of the generic and the fresh calls three small ones."""
    generic, fresh = (of_labels(asked.calls, label) for label in ("generic", "fresh"))
    return [generic[1], generic[2], fresh[2]]


@once
def known_changes(asked: Plan) -> tuple[list[Finding], list[Array]]:
    """Known mistakes, and factors, with what they make of the first of `change_cases`.

    A row of a matrix is a mistake: all outputs, one after the other.
    """
    found: dict[Finding, dict[int, Value]] = {}  # an output without the mistake is right
    for number, question in enumerate(asked.exercise.trials.outputs.values()):
        for finding, value in (*known(question), *of_one_class(question)):
            if finding.kind not in _ZEROED:
                found.setdefault(finding, {})[number] = value
    rows = []
    for c in _few(asked):
        given = [{j: value_of(v, c.inputs) for j, v in of.items()} for of in found.values()]
        rows.append(np.array([_row(c.right, values) for values in given]))
    # of a class where two parts are as large, neither is told; nor is one that is 0 there
    first = [row.tobytes() for row in rows[0]]
    told = [j for j, f in enumerate(found) if f.output[:4] != "for " or first.count(first[j]) < 2]
    return [list(found)[j] for j in told], [row[told] for row in rows]


def _row(right: tuple[Array, ...], values: Mapping[int, Array]) -> Array:
    """All outputs in a row, some of them changed; not a number where a shape is another."""
    pairs = ((values.get(number, r), r) for number, r in enumerate(right))
    whole = (np.broadcast_to(v if v.ndim <= r.ndim else np.nan, r.shape) for v, r in pairs)
    return np.concatenate([*map(np.ravel, whole)])


def near_right(given: Array, right: Array) -> np.ndarray:
    """Whether values are right, as far as they can be at an edge."""
    scale = max(1.0, float(np.abs(right).max(initial=0.0)))
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(given - right) <= _EDGE_TOLERANCE * scale)


def of_labels(done: Iterable[Done], *labels: str) -> list[Done]:
    """The calls of some labels."""
    return [entry for entry in done if entry.label in labels]


def telling(done: Iterable[Done]) -> list[Done]:
    """The calls that tell whether a function is right in general."""
    return of_labels(done, *_TELLING)


def exchanged(done: list[Done]) -> Iterator[list[Done]]:
    """The calls with their outputs in another order, where there are any."""
    for order in itertools.islice(itertools.permutations(range(len(done[0].right))), 1, None):
        yield [e.returning(e.call.outputs[i] for i in order if e.call.outputs) for e in done]


def wrong_call(asked: Plan, run: Run) -> str:
    """The shortest wrong call, as Python, with its values; at edges alone the one that is told."""
    found = list[tuple[bool, str, int, str]]()
    for entry, call in zip(asked.calls, run.calls, strict=False):
        done, edge = replace(entry, call=call), entry.label in ("edge", "single")
        for j, (name, q) in enumerate(asked.exercise.trials.outputs.items()):
            if done.matches(edge, only=j):
                continue
            text = f"{asked.exercise.name}({', '.join(map(as_python, entry.arguments))})"
            rank, said = 3 * edge if call.problem else 2 + edge, text
            if not call.problem and not call.lost[j][0]:
                yours, right = as_python(call.outputs[j]), as_python(entry.right[j])
                where = f"in {q.name} " * bool(name)
                rank, said = 1, f"{text}: {where}yours is {yours}, the right value is {right}"
            found.append((edge, entry.label, rank, said))
    if all(edge for edge, *_ in found):
        found = sorted(found, key=lambda of: of[1])[:1]
    ranked = ((rank, "(cut: " in said, len(said), said) for *_, rank, said in found)
    return min(ranked, default=("",))[-1]
