"""The examiner: a question and an answer give a verdict, for formulas and for functions alike.

examine_formula    the verdict on a formula
examine_function   the verdict on what a function did with the calls of an exercise
Verdict            the share of the points, and what was found

Both ask as a patient marker does: are there values, are they right in general, and then at the
edges; if not, why. The search for the reason is one, in `diagnosis`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .answers.formula import Formula
from .answers.nodes import rebuilt
from .answers.program import Run
from .answers.rewritten import exact_number
from .answers.trees import show, zero_or_not
from .diagnosis.finding import Asked, Finding, Known, Sample
from .diagnosis.places import few_bits
from .diagnosis.ranking import cost_of
from .diagnosis.ratios import few_digits
from .diagnosis.search import search
from .diagnosis.words import say
from .plans import Done, Plan, exchanged, near_right, of_labels, telling
from .questions.question import Inputs, Question, once, value_of
from .shapes import off_shape, reshaped

_POINTS = 40
_VAGUE = ("unknown", "shape")


@dataclass(frozen=True)
class Verdict:
    """`share` of the points; what was found, unless all is right.

    output   which of several outputs is meant, if there are several
    each     the verdicts on all outputs that are wrong, in order, if there are several
    where    inputs at which the two differ: of an edge, or the simplest case
    yours    the student's value there
    """

    share: float
    finding: Finding | None = None
    output: str = ""
    where: Inputs | None = None
    yours: Any = None
    each: tuple[Verdict, ...] = ()


def examine_formula(question: Question, formula: Formula) -> Verdict:
    """Compare a formula at random inputs, then at the edges."""
    at_random, right_at_edges = _right_samples(question)
    sample, fresh = (_with(formula, right) for right in at_random)
    at_edges = list(zip(question.edges, right_at_edges, strict=True))
    if not all(s.good().all() for s in (sample, fresh)):
        kinks = tuple(_with(formula, right) for (_, kind, _), right in at_edges if kind == "kink")
        asked = Asked(question, sample, fresh, formula, kinks=kinks)
        typed = [show(node) for node in ast.walk(formula.tree) if exact_number(node)]  # type: ignore[arg-type]
        if typed:  # what is wrong with π for 3.14159?
            tree = rebuilt(formula.tree, exact_number)
            exact = examine_formula(question, replace(formula, tree=tree))
            if exact.finding is None:
                return Verdict(0.0, search(asked, (few_digits,)) or Finding("few-digits"))
            if exact.where is None and exact.finding.kind != "unknown" and not exact.finding.second:
                second = Finding("typed-digits", place=typed[0])
                return Verdict(0.0, replace(exact.finding, second=second))
        return Verdict(0.0, search(asked) or Finding("unknown"))
    for (words, kind, values), right in at_edges:
        given = formula(right.inputs[0])
        wrong = ~near_right(given, right.right[0])
        if wrong.any():
            at = int(np.argmax(wrong))
            where = {name: float(np.broadcast_to(v, wrong.shape)[at]) for name, v in values.items()}
            finite = np.isfinite(given[wrong]).all()
            kind = kind if kind == "kink" or not finite else "edge-case"
            place = "" if kind in ("kink", "arccos-above-one") else words
            return Verdict(0.0, Finding(kind, place=place, confirmed=True), where=where)
    return Verdict(1.0)


@once
def _right_samples(question: Question) -> tuple[list[Sample], list[Sample]]:
    """Random inputs and right values, twice, and those at each edge, without a student's."""
    drawn = (question.inputs(np.random.default_rng(seed), _POINTS) for seed in (1, 2))
    edges = (question.complete(values) for *_, values in question.edges)
    return [_right(question, i) for i in drawn], [_right(question, i) for i in edges]


def _right(question: Question, inputs: Inputs) -> Sample:
    count = np.broadcast_shapes(*map(np.shape, inputs.values()))
    right = np.broadcast_to(value_of(question.right, inputs), count)
    return Sample((inputs,), (right,), (), question.relative, question.absolute)


def _with(formula: Formula, right: Sample) -> Sample:
    """A sample with the values of a formula; beside a right value 0 with what is 0 as such."""
    given = np.broadcast_to(formula(right.inputs[0]), right.right[0].shape)
    given = given if right.scale else zero_or_not(formula.tree, right.inputs[0], given)
    return replace(right, given=(given,))


def examine_function(asked: Plan, run: Run) -> Verdict:
    """The verdict on what a function did with the calls of a plan."""
    if run.problem is not None:
        return Verdict(0.0, Finding(run.problem, place=run.detail))
    done = [replace(entry, call=c) for entry, c in zip(asked.calls, run.calls, strict=True)]
    verdict = _without_numbers(done) or _values(asked, done)
    changed = _changed_inputs(done)
    return _with_changed(verdict, changed) if changed else verdict


def _with_changed(verdict: Verdict, changed: Finding) -> Verdict:
    """Verdicts with the changed inputs besides, where nothing else is said besides."""
    finding, each = verdict.finding, tuple(_with_changed(one, changed) for one in verdict.each)
    if finding and finding != changed and finding.second is None:
        finding = replace(finding, second=changed)
    return replace(verdict, finding=finding, each=each)


def _changed_inputs(done: list[Done]) -> Finding | None:
    """The inputs that some call changed in place: it may be why the values are wrong."""
    changed = sorted({number for entry in done for number in entry.call.changed})
    names = ", ".join(f"'{done[0].exercise.parameters[number]}'" for number in changed)
    return Finding("changed-inputs", place=names) if names else None


def _without_numbers(done: list[Done]) -> Verdict | None:
    """Calls without numbers: they raise, end, or return something else."""
    calls = (e.call for e in of_labels(done, "simple", "generic", "again", "fresh"))
    kind, detail = next(((c.problem, c.detail) for c in calls if c.problem), ("", ""))
    single = of_labels(done, "single")
    if single and kind == "raises" and all(e.matches() for e in single):
        return Verdict(0.0, Finding(_only(done), place=f"it raises {detail}"))
    return Verdict(0.0, Finding(kind, place=detail)) if kind else None


def _only(done: list[Done]) -> str:
    """The kind of a function that is right for one point, or for several in one dimension."""
    rows = (e for e in of_labels(done, "edge") if e.right[0].ndim == 1 < e.right[0].size)
    matrix = telling(done)[0].right[0].ndim == 2
    fine = matrix and any(entry.matches(edge=True) for entry in rows)
    return "one-dimension-only" if fine else "one-point-only"


def _values(asked: Plan, done: list[Done]) -> Verdict:
    every = telling(done)
    if all(entry.matches() for entry in every):
        return _right_in_general(done)
    place = f"the outputs belong in the order {', '.join(asked.exercise.trials.outputs)}"
    order = Finding("flat-order", place=place)
    others = list(exchanged(done))
    if any(all(e.matches() for e in telling(moved)) for moved in others):
        return Verdict(0.0, order)
    verdict = _outputs(asked, done)
    if verdict.finding is None or len(verdict.each) < 2:
        return verdict
    fitting = [
        _outputs(asked, moved)
        for moved in others
        if all(e.has_shape(j) for e in telling(moved) for j in range(len(e.right)))
    ]
    best = min(fitting, key=_believed, default=verdict)  # the most that is right, and is known
    least, more = _believed(best), _believed(verdict)
    if best.finding is None or best.finding.kind in _VAGUE or least[0] > more[0]:
        return verdict
    if verdict.finding.kind != "shape" and least[0] == more[0] and least[1] + 1 >= more[1]:
        return verdict  # as they stand they take less to believe
    known = tuple(v for v in best.each if v.finding and v.finding.kind != "unknown")
    return replace(best, share=verdict.share, finding=with_second(best.finding, order), each=known)


def _believed(verdict: Verdict) -> tuple[float, float]:
    """How much is wrong, and how much it takes to believe what is said of it."""
    found = [v.finding for v in verdict.each or (verdict,) if v.finding]
    return -verdict.share, sum(4.0 if f.kind in _VAGUE else cost_of(f) for f in found)


def with_second(finding: Finding, second: Finding) -> Finding:
    """A finding with another one at the end of what is wrong besides."""
    more = second if finding.second is None else with_second(finding.second, second)
    return replace(finding, second=more)


def _outputs(asked: Plan, done: list[Done]) -> Verdict:
    """What is wrong with the outputs: of the first that is known, if one is."""
    questions, every = asked.exercise.trials.outputs, telling(done)
    right = [j for j in range(len(questions)) if all(e.matches(only=j) for e in every)]
    found = [
        replace(_one_output(asked, number, question, done), output=question.name if name else "")
        for number, (name, question) in enumerate(questions.items())
        if number not in right
    ]
    # every output that is right keeps its part, and half of it where only its digits are few
    few = sum(v.finding is not None and v.finding.kind == "float32" for v in found)
    share = (len(right) + few / 2) / len(questions)
    found = [replace(v, share=share) for v in found]
    vague = {"not-moved": 1, "unknown": 2}  # the first tells nothing of other outputs
    first = min(found, key=lambda v: vague.get(v.finding.kind, 0) if v.finding else 2)
    return replace(first, each=tuple(found) if len(questions) > 1 else ())


def _right_in_general(done: list[Done]) -> Verdict:
    if (changed := _changed_inputs(done)) is not None:
        return Verdict(0.5, changed)
    dtypes = {dtype for entry in done for dtype in entry.call.dtypes}
    if {"float32", "float16"} & dtypes:
        return Verdict(0.5, few_bits(dtypes))
    for entry in (*of_labels(done, "edge"), *of_labels(done, "single")):
        if not entry.matches(edge=True):
            return Verdict(0.5, _at_edge(*entry.edge, entry))
    return Verdict(1.0)


def _at_edge(words: str, kind: str, entry: Done) -> Finding:
    call = entry.call
    problem, detail = next((p for p in ((call.problem, call.detail), *call.lost) if p[0]), ("", ""))
    if problem:
        said = say(Finding(problem, place=detail), hints=False).rstrip(".?")
        said = said.replace("What it returns is", "one output is") if call.lost else said
        edge = Finding("edge-case", place=f"{words}: {said[0].lower()}{said[1:]}")
        return Finding(kind) if kind == "unlearned-modes" else edge
    if any(g.shape != r.shape for g, r in zip(call.outputs, entry.right, strict=True)):
        return Finding("edge-case", place=f"{words}: the shape is {call.outputs[0].shape}")
    finite = all(np.isfinite(value).all() for value in call.outputs)
    whole = any(dtype.startswith(("int", "uint")) for dtype in call.dtypes)
    if whole and any(np.any(right != np.round(right)) for right in entry.right):
        return Finding("edge-case", place=f"{words}: the result has an integer dtype")
    if kind in ("kink", "unlearned-modes"):
        return Finding(kind)
    if kind == "ties":
        return Finding("ties", place=words) if finite else Finding("arccos-above-one")
    return Finding("edge-case" if finite else "not-a-number", place=words)


def _one_output(asked: Plan, number: int, question: Question, done: list[Done]) -> Verdict:
    """What is wrong with one of the outputs."""
    generic, fresh = of_labels(done, "simple", "generic"), of_labels(done, "fresh")
    if (shape := off_shape(number, [*generic, *of_labels(done, "again"), *fresh])) is not None:
        every = reshaped(number, question, done, shape) if shape.kind == "shape" else ()
        return Verdict(0.0, _but_for_the_shape(asked, number, every) or shape)
    first = _as_sample(number, question, generic, asked.known[number, "generic"])
    second = _as_sample(number, question, fresh, asked.known[number, "fresh"])
    calls = {
        label: [(e.inputs, e.call) for e in of_labels(done, label) if e.call.problem is None]
        for label in ("single", "generic", "again", "edge")
    }
    kinks = [e for e in done if e.edge[1] == "kink" and e.has_shape(number)]
    on_kinks = (_as_sample(number, question, kinks, {}),) if kinks else ()
    whole = Asked(question, first, second, None, calls, number, on_kinks)
    finding = search(whole)
    if finding is None or finding.kind in ("not-a-number", "other-branch"):
        return _at_one_call(asked, number, done, finding or Finding("unknown"))
    if finding.kind == "arccos-above-one" and finding.number:
        finding = replace(finding, second=_elsewhere(whole, generic, fresh))
    elif finding.kind == "one-point-only":
        finding = replace(finding, kind=_only(done))
    return Verdict(0.0, finding)


def _at_one_call(asked: Plan, number: int, done: list[Done], finding: Finding) -> Verdict:
    """A finding with the simplest call, or point of a call, at which an output is wrong."""
    for entry in of_labels(done, "single", "simple", "generic"):
        if not entry.has_shape(number) or entry.matches(only=number):
            continue
        where = {name: entry.inputs[name] for name in asked.exercise.parameters}
        yours, right = entry.call.outputs[number], entry.right[number]
        fine = np.isfinite(yours) if finding.kind == "not-a-number" else near_right(yours, right)
        arrays = [name for name, value in where.items() if np.ndim(value)]
        of_points = all(np.shape(where[name]) == fine.shape for name in arrays)
        if finding.kind != "unknown" and of_points and asked.exercise.trials.single:
            at = int(np.argmin(fine))
            where, yours = where | {n: where[n].flat[at] for n in arrays}, yours.flat[at]
        if finding.kind == "unknown" or not fine.all():
            return Verdict(0.0, finding, "", where, yours)
    return Verdict(0.0, finding)


def _elsewhere(asked: Asked, *groups: list[Done]) -> Finding | None:
    """What is wrong in the cases in which all of the student's values are numbers."""
    finite = [[e for e in g if np.isfinite(e.call.outputs[asked.output]).all()] for g in groups]
    if not all(finite):
        return None
    one, other = (_as_sample(asked.output, asked.question, group, {}) for group in finite)
    rest = search(replace(asked, sample=one, fresh=other, kinks=()))
    return rest and replace(rest, output="at other points")


def _as_sample(number: int, question: Question, group: list[Done], known: Known) -> Sample:
    cases = ((e.inputs, e.right[number], e.call.outputs[number]) for e in group)
    inputs, right, given = zip(*cases, strict=True)
    return Sample(inputs, right, given, question.relative, question.absolute, known)


def _but_for_the_shape(
    asked: Plan, number: int, every: Iterable[tuple[Question, list[Done], Finding]]
) -> Finding | None:
    """What is wrong with an output of another shape, where that is known."""
    found = []
    for like, calls, shape in every:
        if off_shape(number, telling(calls)) is None:
            if all(e.matches(only=number) for e in telling(calls)):
                return shape
            # a plan of its own: what is kept has the shape that was asked for
            finding = _one_output(replace(asked), number, like, calls).finding
            if finding is not None and finding.kind != "unknown":
                found.append(with_second(finding, shape))
    return min(found, key=cost_of, default=None)
