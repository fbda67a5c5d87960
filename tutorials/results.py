"""The page results.md, from two records in data/ and the sentences in results.txt.

python tutorials/results.py FOLDER    take over the record of a run at seed 0, and write the page

A default run becomes claims.json, with the figures that the page shows. Of a run with --full
claims_full.json keeps what the section on larger runs needs. It may be a run of some claims: the
others stay. Of a claim without one the section says so. Where something is wrong, nothing is
written.

In results.txt each claim has a line `short:`, `measured:` and `stops:`, those of the study `brief:`
for the README, too. `full:` is about the full run. `picture:` says what the figure shows, and
`caption:` stands below it.

No number that was measured stands in results.txt: there a field such as {m[slopes][raw]:.2f} names
where it is in the record. m is what was measured, c the configuration, x what is counted here,
said[…], later[…] and asked[…] the number after those words in the reason, in that of the later
criterion, and in the criterion.
`compare` says where a fresh run differs from what the page prints.
"""

from __future__ import annotations

import functools
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minintk.claims.moving import spread
from minintk.claims.statistics import Finding, decide
from minintk.evolving import frozen_loss, sampling_limit, width_limit
from minintk.evolving.gaussian_limits import norms
from minintk.report.judged import count, tables

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "data" / "claims.json"
FULL = FOLDER / "data" / "claims_full.json"
PAGE = FOLDER / "results.md"
FIGURES = FOLDER / "figures"
DROPPED = ("arithmetic", "digest", "files", "fingerprint", "seconds")
# The lines that each claim has in results.txt.
LINES = ("short", "measured", "stops")
# Of a full run. What was measured is kept, too, where a sentence of results.txt is about it.
KEPT = ("name", "criterion", "verdict", "reason", "findings", "later", "configuration")
MANY = 8  # numbers that were judged, beyond which they are folded
NOT_YET = "There is no full run of it yet."
ADDED = "came after first runs"  # so a criterion says of a rule of its own
Entry = Mapping[str, Any]


class Printed(NamedTuple):
    """A number as the page prints it, which other values it stands for, and its interval's kind."""

    text: str
    value: float
    low: float
    high: float
    kind: str = ""


def _minus(text: str) -> str:
    return text.replace("-", "−") if not re.search(r"\de-", text) else text


def _unit(text: str) -> float:
    """One unit of the last digit printed; 0 for a whole number."""
    decimals = re.search(r"\.(\d+)", text)
    return 10.0 ** -len(decimals[1]) if decimals else 0.0


class Node:
    """A place in a record, for the fields of a text; what it prints is appended to `printed`."""

    def __init__(self, value: Any, printed: list[Printed]):
        self._value, self._printed = value, printed

    def __getitem__(self, key: str | int) -> Node:
        return Node(self._value[key], self._printed)

    def _chosen(self, choose: Any, key: Any) -> Node:
        values = self._value.values() if isinstance(self._value, dict) else self._value
        return Node(choose(values, key=lambda value: key(_middle(value))), self._printed)

    @property
    def least(self) -> Node:
        return self._chosen(min, float)

    @property
    def most(self) -> Node:
        return self._chosen(max, float)

    @property
    def worst(self) -> Node:
        """The one farthest from 1."""
        return self._chosen(max, lambda value: abs(value - 1))

    @property
    def off(self) -> Node:
        """By how much the worst one is away from 1."""
        return Node(abs(_middle(self.worst._value) - 1), self._printed)

    @property
    def worst_place(self) -> Node:
        """Where the worst one is."""
        offs = [abs(_middle(value) - 1) for value in self._value]
        return Node(offs.index(max(offs)), self._printed)

    @property
    def below(self) -> Node:
        """Of how many the whole interval is below 1."""
        return Node(sum(value["high"] < 1 for value in self._value), self._printed)

    @property
    def count(self) -> Node:
        return Node(len(self._value), self._printed)

    @property
    def last(self) -> Node:
        return self[-1]

    def __format__(self, spec: str) -> str:
        value = self._value
        if spec == "bound":  # a power of ten, with room for another machine's rounding
            power = math.ceil(math.log10(2 * max(value, 1e-17)))
            self._printed.append(Printed(f"1e{power}", value, -math.inf, 10.0**power))
            return self._printed[-1].text
        if isinstance(value, dict):
            *ends, low, high = (_shown(value[key], spec) for key in ("mean", "low", "high"))
            text = f"{ends[0].rstrip(' %')} [{low.rstrip(' %')}, {high}".rstrip(" %")
            text += "] %" if spec.endswith("%") else "]"
            ends = (value["mean"], value["low"], value["high"])
            self._printed.append(Printed(text, *ends, value["interval"]))
            return text
        if isinstance(value, str):
            return value
        text = _shown(value, spec)
        unit = _unit(text) / (100 if spec.endswith("%") else 1)
        if spec.endswith("%") and unit == 0:
            unit = 0.01
        elif spec == ".0f" and isinstance(value, float):
            unit = 1.0
        self._printed.append(Printed(text, value, value - unit, value + unit))
        return text


class Words:
    """The numbers in a sentence of the record, each by the words before it."""

    def __init__(self, text: str, printed: list[Printed]):
        self._text, self._printed = text, printed

    def __getitem__(self, before: str) -> str:
        number = r"([−+-]?\d[\d.,]*\d|\d)(?: \[([−\d.]+), ([−\d.]+)\])?"
        found = re.search(re.escape(before) + number, self._text)
        if found is None:
            raise ValueError(f"no number follows {before!r} in {self._text!r}")
        texts = (text and text.replace("−", "-").replace(",", "") for text in found.groups())
        value, low, high = (text and float(text) for text in texts)
        unit = max(_unit(found[1]), 1.0 if "." not in found[1] else 0.0)
        ends = (value - unit, value + unit) if low is None else (low, high)
        self._printed.append(Printed(found[0].removeprefix(before), value, *ends))
        return self._printed[-1].text


def _middle(value: Any) -> float:
    return float(value["mean"] if isinstance(value, dict) else value)


def _shown(value: float, spec: str) -> str:
    text = format(value, spec)
    return _minus(text.replace("%", " %") if spec.endswith("%") else text)


def _of_evolving(m: Entry, entry: Entry) -> dict[str, Any]:
    """The last kept time before the median ratio stays below 1."""
    sizes = entry["configuration"]
    kept = [-math.inf, *(sizes["learning_rate"] * step for step in spread(sizes["steps"]))]
    since = {cell: float(time) for cell, time in m["lower_from"].items()}
    return {"last above": {c: max(one for one in kept if one < t) for c, t in since.items()}}


def _of_decomposition(m: Entry, entry: Entry) -> dict[str, Any]:
    """The verdict by the first criterion."""
    found = re.search(r"By the first criterion, of means: ([a-z ]+),", entry["reason"])
    return {"first verdict": found[1] if found else "has none"}


COUNTED = {"evolving": _of_evolving, "decomposition": _of_decomposition}


def counted(entry: Entry) -> dict[str, Any]:
    """What the page counts or picks from a record that is too long to print."""
    m, name = entry["measured"], entry["name"]
    if name in COUNTED:
        return COUNTED[name](m, entry)
    if name == "isotropic_growth":
        ratios = [
            (cell.split()[0], k, value["mean"])
            for cell, row in m["ratio_to_null"].items()
            for k, value in enumerate(row)
        ]
        return {
            "high": [value for target, _, value in ratios if target == "high"],
            "low, odd": [value for target, k, value in ratios if target == "low" and k % 2],
            "low, even": [value for target, k, value in ratios if target == "low" and not k % 2],
            "refuted": sum(slope["low"] > 0 for slope in m["slope"].values()),
            "cells": len(m["slope"]),
        }
    if name == "alignment":
        changes = [m["improvement"][key] for key in ("kernel alignment", "CKA")]
        grown = [row for key, row in m["by_growth"].items() if not key.startswith("angles")]
        worse = {key: list(row.values()).count("worse") for key, row in m["ways"].items()}
        return {
            "largest change": max(abs(value) for row in changes for value in row.values()),
            "by growth": max(abs(value) for row in grown for value in row.values()),
            "open": list(m["ways"]["off-diagonal share"].values()).count("open"),
            "cells": len(m["ways"]["CKA"]),
            **worse,
        }
    if name == "cause" and "whole_gain" in m:
        wide = [cell for cell in m["shares"] if cell.startswith("high") and "m = 16" not in cell]
        rows = [row for cell in wide for row in m["shares"][cell].values()]
        return {
            "lost": sum(gain < 0 for cell in wide for gain in m["whole_gain"][cell]),
            "wide": len(rows),
            "turning": [row["turning"] for row in rows],
            "growth": [row["band means"] for row in rows],
        }
    if name == "mean_field_fluctuation":
        late = re.compile(r"τ = 250, .*, m = 16$")
        wide = [row for cell, row in m["ratio"].items() if not cell.endswith("m = 16")]
        others = [row for cell, row in m["ratio"].items() if not late.match(cell)]
        found = []  # width, B predicted, B of the networks, and whether B = 0 would pass
        for cell, ratio in m["ratio"].items():
            width, own = int(cell.rpartition(" = ")[2]), m["measured_excess"][cell]
            b = width * ((1 + own["mean"] / width) / ratio["mean"] - 1)
            alone = [1 + own[end] / width for end in ("low", "high")]
            found.append((width, b, own, min(alone) >= 0.9 and max(alone) <= 1.1))
        return {
            "others": others,
            "wide": wide,
            "cells of wide": len(wide),
            "cells": len(found),
            "without": sum(passes for *_, passes in found),
            "outside": sum(not own["low"] <= b <= own["high"] for _, b, own, _ in found),
            "B": [b / own["mean"] for width, b, own, _ in found if width >= 64],
            **{
                f"{nth} B": b
                for cell, (_, b, *_) in zip(m["ratio"], found, strict=True)
                for nth, width in (("first", 16), ("second", 64), ("third", 256))
                if cell == f"τ = 250, low target, antisymmetric, m = {width}"
            },
        }
    if name in ("sampling", "width", "sampling_and_width"):
        k_max, draws = (entry["configuration"][key] for key in ("k_max", "gaussian_draws"))
        return {"error of a prediction": _largest_error(name, k_max) / math.sqrt(draws)}
    if name == "frozen_fluctuation":
        sizes = entry["configuration"]
        width, times = sizes["widths"][-1], tuple(sizes["times"])
        cells = [_left_out(k, width, times, sizes["k_max"]) for k in sizes["frequencies"]]
        return {"left out": max(cells)}
    if name == "evolving_or_frozen":
        early = ("early, evolving", "early, frozen")
        wrong = m["named"]["early, evolving"] - m["right"]["early, evolving"]
        return {"early": sum(m["named"][key] for key in early), "wrong": wrong}
    return {}


@functools.cache
def _largest_error(name: str, k_max: int) -> float:
    """The largest relative deviation of one draw from the mean: of a norm, or of its square."""
    how = k_max, 400, np.random.default_rng(0)
    if name == "sampling_and_width":
        both = {"samples": sampling_limit(*how)["raw"], "width": width_limit(*how)}
        found = [norms(both)[key] ** 2 for key in both]
    else:
        limits = sampling_limit(*how) if name == "sampling" else {"signs": width_limit(*how)}
        found = list(norms(limits).values())
    return max(float(values.std() / values.mean()) for values in found)


@functools.cache
def _left_out(k: int, width: int, times: tuple[float, ...], cut: int) -> float:
    """The share of a correction that a cut leaves out, at worst; the rest falls as 1/k_max."""
    kept, half, most = (
        frozen_loss(k, 1.0, width, times, k_max=k_max)
        - frozen_loss(k, 1.0, 1e300, times, k_max=k_max)
        for k_max in (cut, 256, 512)
    )
    return float((1 - kept / (2 * most - half)).max())


def frame() -> dict[str, str]:
    """The parts of results.txt: what stands above, between and below the claims, and these."""
    parts = re.split(r"^=== (\w+)\n", (FOLDER / "results.txt").read_text("utf-8"), flags=re.M)
    return {
        name: text.strip() + "\n\n" for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def texts() -> dict[str, dict[str, str]]:
    """The sentences on every claim, by what they are about."""
    parts = {}
    for block in frame()["claims"].split("== ")[1:]:
        name, *lines = block.strip().split("\n")
        parts[name] = dict(line.split(": ", 1) for line in lines)
    return parts


def filled(text: str, entry: Entry) -> tuple[str, list[Printed]]:
    """A text with its fields filled in from a record, and every number that this printed."""
    printed: list[Printed] = []
    places = {
        "m": Node(entry.get("measured", {}), printed),
        "c": Node(entry["configuration"], printed),
        "x": Node(counted(entry) if "measured" in entry else {}, printed),
        "said": Words(entry["reason"], printed),
        "later": Words((entry["later"] or {}).get("reason", ""), printed),
        "asked": Words(entry["criterion"], printed),
    }
    try:
        return text.format(**places), printed
    except (KeyError, IndexError) as error:
        raise ValueError(f"{entry['name']}: no {error} in the record, for “{text}”") from None


def record(path: Path = RECORD) -> dict[str, Entry]:
    """The entries of a claims.json by name."""
    return {entry["name"]: entry for entry in json.loads(path.read_text("utf-8"))["claims"]}


def _table(entries: list[Entry], said: Mapping[str, Mapping[str, str]]) -> str:
    rows = [
        f"| [{entry['name']}](#{entry['name']}) | {filled(said[entry['name']]['short'], entry)[0]} "
        f"| {entry['verdict']} |"
        for entry in entries
    ]
    return "\n".join(["| Claim | In short | Verdict |", "|---|---|---|", *rows]) + "\n\n"


def section(entry: Entry, said: Mapping[str, str]) -> str:
    """One claim: statement, verdict, numbers, where it stops, and what was asked."""
    kinds = kinds_of(filled(said["measured"], entry)[1])
    said = {key: filled(text, entry)[0] for key, text in said.items() if key != "full"}
    control, later, rest = entry["control"], entry["later"], listed(entry["findings"])
    lines = [
        f"### {entry['name']}\n",
        f"{entry['statement']}\n",
        "```text\n{}\n```\n".format(entry["formula"].replace(";  ", "\n")),
        f"**Verdict: {entry['verdict']}.**\n",
        f"**In plain words.** {_sentence(entry['explanation'])}\n",
        *([f"**Setting.** {said['setting']}\n"] if "setting" in said else []),
        f"**Measured.** {said['measured']}{kinds}\n",
        *decided_on(entry["findings"]),
        *([f"**Not shown.** {rest}\n"] if rest else []),
        f"**Where it stops.** {said['stops']}\n",
    ]
    if "picture" in said:
        file = f"figures/{entry['name']}.png"
        lines += [f"![{said['picture']}]({file})\n", f"*{said['caption']}*\n"]
    lines.append(f"**Asked.** {_sentence(entry['criterion'])}\n")
    if later:
        asked = f"{_sentence(later['criterion'])} By this it {later['verdict']}."
        lines.append(
            f"**A later criterion.** {asked} {not_shown(later['findings'])}".rstrip() + "\n"
        )
        lines += decided_on([one for one in later["findings"] if one not in entry["findings"]])
    lines += [
        f"**Control.** {_sentence(control['wrong'])} It {control['verdict']}.\n",
        f"Source: {entry['source']}\n",
    ]
    return "\n".join(lines) + "\n"


def decided_on(findings: list[Entry]) -> Iterator[str]:
    """Every number that a verdict was decided on, as tables; many of them are folded."""
    many = count(findings)
    if many > MANY:
        yield f"<details><summary>All {many} numbers that were judged</summary>\n"
    for head, cells, said in tables(findings):
        lines = [head, ["---"] * len(head), *cells]
        yield "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"
        if said:
            yield f"{said}\n"
    if many > MANY:
        yield "</details>\n"


def _sentence(text: str) -> str:
    """A text of the record with a capital, unless it begins with a formula, and a stop."""
    first = text if text[1:4] == " = " else text[0].upper() + text[1:]
    return first if first.endswith((".", ".)")) else f"{first}."


def kinds_of(printed: list[Printed]) -> str:
    """Of which kinds the intervals in a text are, each with its numbers where there are several."""
    kinds: dict[str, list[str]] = {}
    for number in printed:
        if number.kind:
            kinds.setdefault(number.kind, []).append(number.text.partition(" [")[0])
    said = "; ".join(
        f"{kind} for {', '.join(numbers)}" if len(kinds) > 1 else kind
        for kind, numbers in kinds.items()
    )
    return f" Brackets: {said}." if said else ""


def not_shown(findings: list[Entry]) -> str:
    """What is refuted or open where not all parts have one outcome."""
    return _signs(decide([Finding(**finding) for finding in findings], "").reason.strip())


def listed(findings: list[Entry]) -> str:
    """The same; where there are several, one a line."""
    said, shown = not_shown(findings), {"part": "", "shown": True, "more_seeds": None}
    each = [not_shown([shown, one]) for one in findings if one["shown"] is not True]
    if not said or len(each) < 2:
        return said
    words: dict[str, list[str]] = {}
    for one in each:
        outcome, part = one.split(": ", 1)
        words.setdefault(outcome, []).append(f"- {part}")
    parts = ("\n".join([f"{outcome}:\n", *items]) for outcome, items in words.items())
    return "\n\n".join(parts)


def open_parts(entry: Entry) -> str:
    """What is refuted or open where a verdict is not one of all parts; and a later verdict."""
    said, later = not_shown(entry["findings"]), entry["later"]
    return (
        said
        + " " * bool(said and later)
        + (f"By its later criterion it {later['verdict']}." if later else "")
    )


def larger(entries: Mapping[str, Entry], full: Mapping[str, Entry]) -> str:
    """Each verdict at the default and at the full size, and what more is to be said."""
    if list(full) != [name for name in entries if name in full]:
        raise ValueError(
            "the claims of the full run must be claims of the default run, in their order, "
            f"got {', '.join(full)}"
        )
    lines = ["| Claim | Default | Full | Of the full run |", "|---|---|---|---|"]
    for name, entry in entries.items():
        if name not in full:
            lines.append(f"| [{name}](#{name}) | {entry['verdict']} | — | {NOT_YET} |")
            continue
        there = full[name]
        same = there["configuration"] == entry["configuration"]
        said = "The sizes are those of the default run." if same else _cell(open_parts(there))
        lines.append(f"| [{name}](#{name}) | {entry['verdict']} | {there['verdict']} | {said} |")
    notes = [
        f"- **{name}**: {text}{kinds_of(printed)}"
        for name, parts in texts().items()
        if "full" in parts and name in full
        for text, printed in [filled(parts["full"], full[name])]
    ]
    return "\n".join(lines) + "\n\nMore from the record of the full run:\n\n" + "\n".join(notes)


def older(entries: Mapping[str, Entry], full: Mapping[str, Entry]) -> str:
    """What the criteria in the record of the full run have not, beside those of the other."""
    pairs = {name: (entries[name]["criterion"], one["criterion"]) for name, one in full.items()}
    other = [name for name, (new, old) in pairs.items() if _words(new) != _words(old)]
    added = [f"`{name}`" for name, (new, old) in pairs.items() if ADDED in new and ADDED not in old]
    said = "Each claim has the criterion above, with the numbers of its size."
    if other:
        said += f" But of {len(other)} of {len(pairs)} claims the record has it in older words."
    if added:
        said += f" In those of {_listed(added)} it lacks a rule that {ADDED}, as above."
    return said


def _words(text: str) -> list[str]:
    """The words of a criterion without what its sizes are: numbers, and names of targets."""
    words = re.findall(r"[^\W\d_]{2,}", text.lower())
    return [word for word in words if word not in ("and", "low", "high")]


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def parts_of_cause(entry: Entry, start: str = "antisymmetric") -> str:
    """What every part of the kernel's motion alone gains in mean log loss: a table a target."""
    m, tables = entry["measured"], []
    for target in entry["configuration"]["targets"]:
        columns = [
            (width, time, whole, m["shares"][cell][time])
            for width in entry["configuration"]["widths"]
            for cell in [f"{target} target, {start}, m = {width}"]
            for time, whole in zip(m["shares"][cell], m["whole_gain"][cell], strict=True)
        ]
        names = [f"m = {width}, {time}" for width, time, *_ in columns]
        lines = [f"| {target} target | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for part in list(columns[0][-1])[1:]:
            gains = (whole * float(shares[part]) for _, _, whole, shares in columns)
            rounded = (round(gain, 2) + 0.0 for gain in gains)  # no −0.00
            shown = (_minus(f"{gain:.2f}") if math.isfinite(gain) else "—" for gain in rounded)
            lines.append(f"| {_cell(part)} | {' | '.join(shown)} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def _cell(text: str) -> str:
    """A text in a cell of a table, where a bar ends the cell; with a true minus sign."""
    return _signs(text.replace("|", r"\|"))


def _signs(text: str) -> str:
    return re.sub(r"(?<![\w)\]}-])-(?=\d)", "−", text)


def page(path: Path = RECORD, path_of_full: Path = FULL) -> str:
    """The whole page."""
    return page_of(record(path), record(path_of_full))


def page_of(entries: Mapping[str, Entry], full: Mapping[str, Entry]) -> str:
    """The whole page, from the entries of both records."""
    said = texts()
    if list(said) != list(entries):
        missing = ", ".join(name for name in entries if name not in said) or "none"
        unknown = ", ".join(name for name in said if name not in entries) or "none"
        raise ValueError(
            "tutorials/results.txt must have the claims of the record, in their order, each under "
            f"a line `== NAME`: missing {missing}, not in the record {unknown}; of a new claim a "
            "default run comes first: python tutorials/results.py FOLDER"
        )
    around = frame()
    text = around["top"] + "## The claims of the study\n\n"
    for beyond in (False, True):
        chosen = [entry for entry in entries.values() if entry["beyond_study"] == beyond]
        text += (around["beyond"] if beyond else "") + _table(chosen, said)
        text += "".join(section(entry, said[entry["name"]]) for entry in chosen)
    text += around["larger"].replace("{both sizes}", larger(entries, full))
    text = text.replace("{older words}", older(entries, full))
    return text.replace("{parts of cause}", parts_of_cause(full["cause"])).rstrip() + "\n"


def briefly(path: Path = RECORD) -> str:
    """One line for each claim of the study, with its verdict and one number, for the README."""
    return briefly_of(record(path))


def briefly_of(entries: Mapping[str, Entry]) -> str:
    """The same, from the entries of a record."""
    said, lines = texts(), []
    for name, entry in entries.items():
        if not entry["beyond_study"]:
            link = f"[{name}](tutorials/results.md#{name})"
            lines.append(
                f"- **{entry['verdict']}**, {link}: {filled(said[name]['brief'], entry)[0]}"
            )
    return "\n".join(lines) + "\n"


def compare(fresh: Path, path: Path = RECORD) -> Iterator[str]:
    """Where a fresh run differs from the page: its verdicts, and numbers outside what it prints."""
    ours, theirs, said = record(path), record(fresh), texts()
    if list(theirs) != list(ours):
        yield f"the run has the claims {', '.join(theirs)}"
        return
    for name, entry in ours.items():
        seen = set()  # a number of the README stands in the page, too
        if theirs[name]["verdict"] != entry["verdict"]:
            yield f"{name}: the run says “{theirs[name]['verdict']}”, the page “{entry['verdict']}”"
        if theirs[name]["control"]["verdict"] != entry["control"]["verdict"]:
            yield f"{name}: the run's control {theirs[name]['control']['verdict']}"
        for text in (text for key, text in said[name].items() if key != "full"):
            pairs = zip(filled(text, entry)[1], filled(text, theirs[name])[1], strict=True)
            for mine, its in pairs:
                if not mine.low <= its.value <= mine.high and mine.text not in seen:
                    seen.add(mine.text)
                    yield f"{name}: the page has {mine.text}, the run {its.value:g}"


def take_over(run: Path) -> None:
    """Keep the record of a run at seed 0, without what is about its machine; write the page."""
    content = json.loads(run.read_text("utf-8"))
    size = content["size"]
    if size not in ("default", "full") or content["seed"] != 0:
        raise ValueError(f"the record must be of the default or full size at seed 0, got {run}")
    sizes = {entry["size"] for entry in content["claims"]}
    if sizes - {size}:
        raise ValueError(f"all claims must be of the {size} size, got {sizes} in {run}")
    found = {entry["name"]: entry for entry in content["claims"]}
    _require_sentences(found)
    entries = {name: _kept(entry, size) for name, entry in found.items()}
    if size == "full":  # it may be a run of some claims: the others stay
        entries = {**(record(FULL) if FULL.exists() else {}), **entries}
    elif missing := [name for name in texts() if name not in entries]:
        raise ValueError(f"the run in {run.parent} is not finished: {', '.join(missing)} missing")
    entries = {name: entries[name] for name in texts() if name in entries}
    head = {key: content[key] for key in ("version", "size", "seed", "machine")}
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries.values())
    whole = json.dumps(head, ensure_ascii=False)[:-1] + ', "claims": [\n' + lines + "\n]}\n"
    # Everything is made before anything is written: an error leaves all files as they were.
    default, full = (entries, record(FULL)) if size == "default" else (record(RECORD), entries)
    text, _ = page_of(default, full), briefly_of(default)
    pictures = [name for name in found if size == "default" and "picture" in texts()[name]]
    figures = {name: (run.parent / "figures" / f"{name}.png").read_bytes() for name in pictures}
    (RECORD if size == "default" else FULL).write_text(whole, encoding="utf-8")
    for name, figure in figures.items():
        (FIGURES / f"{name}.png").write_bytes(figure)
    PAGE.write_text(text, encoding="utf-8")


def _require_sentences(found: Mapping[str, Entry]) -> None:
    said = texts()
    if new := [name for name in found if name not in said]:
        raise ValueError(f"tutorials/results.txt has no sentences on {', '.join(new)}")
    for name, entry in found.items():
        for line in (*LINES, *(() if entry["beyond_study"] else ("brief",))):
            if line not in said[name]:
                raise ValueError(f"tutorials/results.txt must have a line `{line}:` on {name}")


def _kept(entry: Entry, size: str) -> Entry:
    """What a record keeps of a claim."""
    return _of_default(entry) if size == "default" else _of_full(entry)


def _of_default(entry: Entry) -> Entry:
    kept = {key: value for key, value in entry.items() if key not in DROPPED}
    if "picture" in texts()[entry["name"]]:
        kept["figure"] = entry["files"][f"figures/{entry['name']}.png"]  # its digest
    return kept


def _of_full(entry: Entry) -> Entry:
    kept = (*KEPT, "measured") if "full" in texts()[entry["name"]] else KEPT
    return {key: entry[key] for key in kept}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tutorials/results.py FOLDER-OF-A-RUN")
    try:
        take_over(Path(sys.argv[1]) / "claims.json")
    except (OSError, ValueError) as error:
        raise SystemExit(f"nothing is written: {error}") from None
    print("now: python tutorials/pages.py, which writes the README's lines, too")
