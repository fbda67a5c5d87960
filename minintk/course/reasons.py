"""Why a function is wrong, where its values do not tell: what its file shows, and what changes do.

closer         the verdicts on the outputs, what is vague made precise
is_vague       whether a finding says where an answer is wrong, but not what is wrong with it
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .answers.nodes import called
from .answers.program import Change, Changes, find_changes
from .answers.source import calls_arccos, reached_nodes, return_in_a_loop, what_is_kept
from .diagnosis.finding import Finding
from .examiner import Verdict, with_second
from .plans import Plan, change_cases, known_changes

Verdicts = dict[str, Verdict]  # by output
Names = Sequence[str]
# Findings that say where an answer is wrong, but not what is wrong with it.
_ONLY = {"one-point-only", "one-dimension-only"}
VAGUE = {"unknown", "other-branch", "few-digits", "shift", "power", *_ONLY}
# What an array that is overwritten in place can look like.
OVERWRITTEN = {"uses-relu-for-derivative", "wrong-block", "no-absolute-value", "ignores-activation"}
_ARCCOS = "an arccos has no value where rounding takes its argument above 1: clip it to [−1, 1]"


def is_vague(finding: Finding) -> bool:
    """Whether the place of a single change says more than the finding."""
    raised = finding.kind in _ONLY and finding.place
    known = finding.kind == "other-branch" and finding.note  # which one is told
    return finding.kind in VAGUE and not (raised or known)


def _is_open(finding: Finding) -> bool:
    """Whether a finding tells no reason: it is vague, or has the places or the shape alone."""
    shape = finding.kind == "shape" and "right" not in finding.place
    partly = finding.kind == "not-a-number" and (finding.number or 1.0) < 1
    return is_vague(finding) or shape or partly or _tells_places(finding)


def _tells_places(finding: Finding) -> bool:
    """Whether a finding tells which values are wrong, and no more."""
    known = finding.note or finding.factor or finding.number or finding.parts
    return bool(finding.wrong) and not known


def closer(path: Path, asked: Plan, verdict: Verdict, right: Names, fine: Names) -> Verdicts:
    """The verdicts by output; what is vague made precise, by what the program itself shows.

    `right` are functions in whose place right ones were put, `fine` those that are right.
    """
    by_output = {each.output: each for each in (*verdict.each, verdict)}
    found = _finding(verdict)
    if found.kind == "random":
        kept = what_is_kept(path, asked.exercise.name, (*right, *fine))
        said = Finding("remembers", place=kept, second=found.second) if kept else found
        return dict.fromkeys(by_output, replace(verdict, finding=said))
    if (found.kind == "not-a-number" and found.number is None) or "math domain" in found.place:
        said = replace(found, note=_ARCCOS) if calls_arccos(path) else found
        return by_output | {verdict.output: replace(verdict, finding=said)}
    nodes = reached_nodes(path, asked.exercise.name)
    logs = (called(node).startswith(("log", "ln")) for node in nodes)
    if found.kind == "wrong-log" and found.number and not any(logs):
        said = Finding("factor-other", factor=found.number)  # ln 2 or ln 10 is missing
        return by_output | {verdict.output: replace(verdict, finding=said)}
    vague = [key for key, each in by_output.items() if _is_open(_finding(each))]
    ends = return_in_a_loop(path, asked.exercise.name, (*right, *fine))
    kinds = [] if vague else ["overwritten"] * (found.kind in OVERWRITTEN)
    at_k = not vague and any(each.kind.startswith("wrong-at-k") for each in found.each())
    kinds += ["missing-else", "statement-order"] * at_k
    one_place = found.kind == "wrong-term" or bool(found.parts and found.factor)  # may be why
    kinds += ["inner-sign", "inverse", "exponent", "brackets"] * (one_place and not vague)
    kinds += ["return-in-loop"] * (ends is not None and not vague)
    if vague or kinds:
        runs = {"kinds": kinds, "right": right, "fine": fine}
        by_output |= _changed(path, asked, by_output, vague, runs)
    if not vague and any(isinstance(node, ast.FloorDiv) for node in nodes):
        made = _changed(path, asked, by_output, [*by_output], {"right": right, "fine": fine})
        by_output |= {k: v for k, v in made.items() if "integer-division" in _kinds({k: v})}
    if ends is None or "return-in-loop" in _kinds(by_output):
        return by_output
    more = Finding("return-in-loop", place=ends[1], line=ends[0], confirmed=True)
    return {k: replace(v, finding=with_second(_finding(v), more)) for k, v in by_output.items()}


def _finding(verdict: Verdict) -> Finding:
    """What was found, of a verdict that something is wrong."""
    return verdict.finding or Finding("unknown")


def _kinds(verdicts: Verdicts) -> list[str]:
    return [finding.kind for v in verdicts.values() for finding in _finding(v).each()]


def _changed(
    path: Path, asked: Plan, by_output: Verdicts, vague: Names, runs: dict[str, Names]
) -> Verdicts:
    """The verdicts by output that changes of the program make more precise."""
    known, rows = known_changes(asked) if vague else ([], [])
    cases, on_kinks = change_cases(asked)
    more: dict[str, Any] = {"on_kinks": on_kinks, "known": rows, **runs}
    found = find_changes(path, asked.exercise.name, cases, **more)
    own = asked.exercise.contents and found.known is not None and known[found.known].note
    if own and found.changes[0].kind == "wrong-function":
        found = Changes()  # a guess: a lecturer's own words need more than that
    left = Finding("kink") if found.kink else None
    left = left if found.known is None else known[found.known]
    names = [question.name for question in asked.exercise.trials.outputs.values()]
    alone = {names[j]: (change,) for j, change in found.outputs.items()}
    made = {}
    for key in vague or by_output:
        changes = found.changes or alone.get(key, ())  # the first hold for the function as a whole
        before = _finding(by_output[key])  # nearly right says more than two changes
        if changes and (before.kind != "few-digits" or len(changes) == 1):
            rest = before.second  # a changed input may be why the values are wrong
            first = rest if rest and rest.kind == "changed-inputs" else None
            kink = rest if rest and rest.kind == "kink" and not before.wrong else None
            said = _of_changes(changes, left or kink)
            places = _tells_places(before) and said.kind != "off-by-one"  # whose places are few
            places = places or before.kind == "shift"
            said = replace(before, second=said) if places else said
            said = replace(first, second=said) if first else said
            made[key] = replace(by_output[key], finding=said)
    return made


def _of_changes(changes: tuple[Change, ...], left: Finding | None) -> Finding:
    """The finding on one change or two, with what else is known to be wrong."""
    kind, line, text = changes[0]
    found = Finding(kind, place=text, line=line, confirmed=True)
    if len(changes) > 1:
        return replace(found, second=_of_changes(changes[1:], left))
    if left and (left.is_factor or left.kind == "sign"):
        return replace(found, factor=left.factor, powers=left.powers)
    return replace(found, second=left)
