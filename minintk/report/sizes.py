"""The sizes that a claim is run at: quick, default, full, or the reader's own.

jobs_of         the claims with their sizes, after changes such as decay.width=512
listing         every claim with its statement, its sizes and its rough time
size_in_words   what to say of the size of a run
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .._require import did_you_mean
from ..claims.claim import Claim, Sizes, units_of
from .results import Entry, Job
from .rules import broken_rule

__all__ = ["SIZES", "SizeError", "jobs_of", "listing", "size_in_words"]

SIZES = ("quick", "default", "full")
_WORDS = {
    "quick": "quick (a smoke run: it shows that everything runs; only the default size and the "
    "full size are meant to decide)",
    "own": "own (set by the reader)",
}


class SizeError(ValueError):
    """A claim, field or value that no size has."""


def jobs_of(claims: Sequence[Claim], size: str, changes: Sequence[str] = ()) -> list[Job]:
    """The claims at one size, the study's first, with changes "CLAIM.FIELD=VALUE" to some of them.

    Raises SizeError, which lists the fields with their values, where a change cannot be made.
    """
    if size not in SIZES:
        raise SizeError(f"size must be one of {', '.join(SIZES)}, got {size!r}")
    jobs = {claim.name: Job(claim, getattr(claim, size), size) for claim in claims}
    for change in changes:
        name, dot, rest = change.partition(".")
        if not dot or "=" not in rest:
            raise SizeError(f"{change!r} must be CLAIM.FIELD=VALUE{_fields_of(jobs.get(name))}")
        if name not in jobs:
            raise SizeError(
                f"{change!r} must begin with a claim of this run: {', '.join(jobs)}"
                f"{did_you_mean(name, jobs)}"
            )
        job = jobs[name]
        jobs[name] = Job(job.claim, _changed(job, rest), "own")
    for job in jobs.values():
        if job.size == "own":
            _refuse_unusable(job)
    return sorted(jobs.values(), key=lambda job: job.claim.beyond_study)


def _changed(job: Job, change: str) -> Sizes:
    field, _, text = change.partition("=")
    values = _values(job.sizes)
    given = f"{job.claim.name}.{change}"
    fields = f"{job.claim.name} has {_in_words(job.sizes)}"
    if field not in values:
        near = did_you_mean(field, values) or ";"
        raise SizeError(f"{given!r}: no field {field!r}{near} {fields}")
    try:
        return dataclasses.replace(job.sizes, **{field: _value(values[field], text)})
    except ValueError as error:
        raise SizeError(f"{given!r}: {error}; {fields}") from error


def _fields_of(job: Job | None) -> str:
    return f"; {job.claim.name} has {_in_words(job.sizes)}" if job else ""


def _value(now: Any, text: str) -> Any:
    """The text as a value of the same kind as the one that is there now."""
    if isinstance(now, tuple):
        parts = [part.strip() for part in text.strip().removesuffix(",").split(",")]
        if not now or not all(parts):
            raise ValueError(f"{text!r} must be values between commas")
        return tuple(_value(now[0], part) for part in parts)
    if isinstance(now, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{text!r} must be true or false")
        return text.lower() == "true"
    if isinstance(now, int):
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise ValueError(f"{text!r} must be a whole number from 0")
        return int(text)
    if isinstance(now, float):
        return _number(text)
    if isinstance(now, str):
        return text
    raise ValueError("this field cannot be set")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{text!r} must be a finite number")
    return number


def _refuse_unusable(job: Job) -> None:
    """Before the run, not in it: where the claim cannot say what it would do at these sizes."""
    if broken := broken_rule(job.claim, job.sizes):
        raise SizeError(broken)
    fields = f"{job.claim.name} has {_in_words(job.sizes)}"
    try:
        job.claim.criterion(job.sizes)
        measured = {unit.measure for unit in units_of(job.claim, job.sizes) if not unit.control}
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SizeError(
            f"{job.claim.name} cannot run at these sizes ({reason}); {fields}"
        ) from error
    if measured != set(job.claim.measures):
        raise SizeError(f"{job.claim.name} has nothing to measure at these sizes; {fields}")


def listing(claims: Sequence[Claim]) -> str:
    """Every claim with its statement in one line, its sizes and its rough time."""
    lines = []
    for claim in claims:
        lines.append(f"{claim.name}: {' '.join(claim.statement.split())}")
        for size in SIZES:
            sizes = getattr(claim, size)
            costs = [unit.cost for unit in units_of(claim, sizes)]
            units = f"{len(costs)} units, the longest about {_time(max(costs))}"
            work = f"about {_time(sum(costs))} of work in {units}"
            lines.append(f"    {size + ',':8} {work}: {_in_words(sizes)}")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min"


def _values(sizes: Sizes) -> dict[str, Any]:
    return {field.name: getattr(sizes, field.name) for field in dataclasses.fields(sizes)}


def _in_words(sizes: Sizes) -> str:
    return " ".join(f"{name}={_text(value)}" for name, value in _values(sizes).items())


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return "{…}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def size_in_words(entries: Sequence[Entry], size: str) -> str:
    """The size of a run, and which claims were run at others.

    >>> size_in_words([{"name": "decay", "size": "own"}, {"name": "width", "size": "full"}], "full")
    'full; decay: own (set by the reader)'
    """
    others: dict[str, list[str]] = {}
    for entry in entries:
        if entry["size"] != size:
            others.setdefault(str(entry["size"]), []).append(str(entry["name"]))
    parts = [_WORDS.get(size, size)]
    parts += [f"{', '.join(names)}: {_WORDS.get(one, one)}" for one, names in others.items()]
    return "; ".join(parts)
