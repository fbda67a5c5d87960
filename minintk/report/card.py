"""One claim on the page: what it found in one sentence; below, folded, everything else.

card        a claim of the run
crashed     a claim that raised an error
Link        where else a claim can be seen, and in what words
"""

from __future__ import annotations

import base64
import collections
import html
import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..claims.numbers import with_bounds
from .arithmetic import in_words
from .files import read_arrays
from .formulas import mathml
from .judged import count, tables
from .readable import readable
from .results import Entry

__all__ = ["Link", "card", "crashed", "prose", "raised", "text"]

_CLASSES = {"holds": "holds", "holds in part": "part", "fails": "fails", "not decided": "open"}
_MOST_PRINTED = 60  # rows of numbers on paper; on the screen there are all
_SMALL = (
    "A quick run shows that all runs. It is too small to judge the claim: the default size does."
)
_UNBOUNDED = {"inf": "∞", "-inf": "−∞"}
_LABELS = {  # names of numbers whose words alone do not say what they are
    "for_a_tenth": "size at which the error is 10 % of λ",
    "n_for_a_tenth": "n at which the error is 10 % of λ",
    "m_for_a_tenth": "m at which the error is 10 % of λ",
    "by_logarithms": "ratio of costs, by logarithms",
    "by_means": "ratio of costs, by means",
    "left_without_bias": "share left without a bias",
    "lower_from": "time from which the median ratio is below 1 (∞: never)",
    "lower_from_of_networks": "the same of single networks, 5 %, median and 95 %",
    "half_ratio": "steps to one half over the predicted ones",
    "step_ratio": "steps over the predicted ones",
    "rate_ratio": "rate over λ",
    "rate_ratio_of_large_target": "rate over λ, large target",
}


class Link(NamedTuple):
    """Where else a claim can be seen: an address, and the words of the link."""

    href: str
    words: str


def card(folder: Path, entry: Entry, link: Link | None = None) -> str:
    """A claim: its sentence, verdict and thumbnail, and folded what it was asked and measured."""
    parts = [
        _head(entry["name"], entry["verdict"], quick=entry["size"] == "quick"),
        f'<p class="plain">{prose(entry["explanation"])}</p>',
        f'<p class="small">{_SMALL}</p>' * (entry["size"] == "quick"),
        _live(link),
        _figure(folder, entry),
        "<details><summary>Large figure, statement, criterion and numbers</summary>"
        f"{_inside(folder, entry)}"
        "</details>",
    ]
    body = "\n".join(part for part in parts if part)
    return f'<article class="card panel" id="{text(entry["name"])}">\n{body}\n</article>'


def crashed(name: str) -> str:
    """A claim that raised an error."""
    head = _head(name, "crashed")
    return f'<article class="card panel">{head}<p>See tracebacks.txt.</p></article>'


def text(value: Any) -> str:
    """Any value as text of the page, escaped."""
    return html.escape(str(value))


def prose(value: Any) -> str:
    """Sentences or numbers as text of the page: with signs and small letters, escaped."""
    return text(readable(str(value)))


def raised(words: str) -> str:
    """Words with a capital at their start."""
    return words[:1].upper() + words[1:]


def _head(name: str, verdict: str, quick: bool = False) -> str:
    """The title and the verdict; that of a quick run is pale and names its size."""
    kind = _CLASSES.get(verdict, "crashed") + " quick" * quick
    words = "quick run: " * quick + text(verdict)
    return f'<header><h3>{_title(name)}</h3><span class="verdict {kind}">{words}</span></header>'


def _live(link: Link | None) -> str:
    if link is None:
        return ""
    return f'<p class="live"><a href="{text(link.href)}">{text(link.words)}</a></p>'


def _figure(folder: Path, entry: Entry) -> str:
    """The figure, with what came out as its text."""
    try:
        content = (folder / "figures" / f"{entry['name']}.svg").read_bytes()
    except (OSError, ValueError):
        return '<p class="small">The figure could not be drawn: see tracebacks.txt.</p>'
    picture = base64.b64encode(content).decode()
    words = prose(f"{entry['explanation']} {raised(entry['reason'])}")
    image = f'<img alt="{words}" src="data:image/svg+xml;base64,{picture}">'
    return f'<figure tabindex="0">{image}</figure>'  # on a phone it scrolls, with the keyboard, too


def _inside(folder: Path, entry: Entry) -> str:
    parts = [
        _said("Statement", entry["statement"]),
        _part("Formula", f'<div class="formula" tabindex="0">{mathml(entry["formula"])}</div>'),
        _said("Criterion", entry["criterion"]),
        _said("What was found", raised(entry["reason"])),
        *_later(entry["later"]),
        *_control(entry["control"]),
        _part("What decided", _decided(entry["findings"])),
        _part("What was measured", _numbers(entry["measured"])),
        _part("Files, and how to load them", _data(folder, entry["name"])),
        _said("Source", entry["source"]),
        _part(
            f"Size {entry['size']}, seed {entry['seed']}, {entry['seconds']} s of work",
            _configuration(entry),
        ),
    ]
    return "\n".join(parts)


def _part(heading: str, content: str) -> str:
    return f'<div class="row"><h4>{text(heading)}</h4><div>{content}</div></div>'


def _said(heading: str, words: str) -> str:
    return _part(heading, f"<p>{prose(words)}</p>")


def _later(later: Entry | None) -> Iterator[str]:
    if later is not None:
        yield _said("Added after a first run", later["criterion"])
        yield _said(f"By that later criterion: {later['verdict']}", raised(later["reason"]))


def _control(control: Entry | None) -> Iterator[str]:
    if control is not None:
        must = "as it must" if control["verdict"] == "fails" else "but it must fail"
        wrong = f"{control['wrong']}: {control['verdict']}, {must}: {control['reason']}"
        yield _said("Negative control, by the same criterion", raised(wrong))


def _decided(findings: Sequence[Entry]) -> str:
    """Every number that the verdict was decided on, beside what was asked of it."""
    parts = []
    for head, rows, said in tables(findings):
        lines = [f"<tr>{''.join(f'<th>{prose(name)}</th>' for name in head)}</tr>"]
        lines += [
            f"<tr>{''.join(f'<td>{prose(value)}</td>' for value in row)}</tr>" for row in rows
        ]
        parts.append(f'<div class="judged" tabindex="0"><table>{"".join(lines)}</table></div>')
        parts += [f'<p class="small">{prose(said)}</p>'] * bool(said)
    return _on_paper("".join(parts), count(findings))


def _on_paper(content: str, rows: int) -> str:
    """The content, which on paper is no more than a line where it has many rows."""
    if rows <= _MOST_PRINTED:
        return content
    elsewhere = f'<p class="printed">{rows} numbers: see claims.json.</p>'
    return f'<div class="unprinted">{content}</div>{elsewhere}'


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><td>{prose(label)}</td><td class="number">{prose(value)}</td></tr>'
        for label, value in rows
    )
    return f'<div class="numbers"><table><tbody>{"".join(cells)}</tbody></table></div>'


def _numbers(measured: Entry) -> str:
    """All numbers; an interval's kind is said once, and where it is another one."""
    rows = list(_rows(measured))
    kinds = collections.Counter(kind for _, _, kind in rows if kind)
    usual = kinds.most_common(1)[0][0] if kinds else ""
    said = f"Intervals [low, high]: {usual}{', unless said otherwise' * (len(kinds) > 1)}."
    table = _table(
        (label, f"{value} ({kind})" if kind not in ("", usual) else value)
        for label, value, kind in rows
    )
    return (f"<p>{text(said)}</p>" if kinds else "") + _on_paper(table, len(rows))


def _rows(measured: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Flat rows of label, value and kind of interval; an interval is one value."""
    for key, value in measured.items():
        label = prefix + _LABELS.get(key, key.replace("_", " "))
        if isinstance(value, Mapping) and "interval" in value:
            yield label, _shown(value), str(value["interval"])
        elif isinstance(value, Mapping):
            yield from _rows(value, f"{label}: ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            count = len(value)
            items = {f"{place} of {count}": item for place, item in enumerate(value, 1)}
            yield from _rows(items, f"{label}, ")
        else:
            yield label, _shown(value), ""


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        mean, low, high = (_shown(value[key]) for key in ("mean", "low", "high"))
        return with_bounds(mean, low, high)
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if not isinstance(value, float):
        return _UNBOUNDED.get(str(value), str(value))
    return f"{'−' * (value < 0)}{abs(value):.4g}"


def _data(folder: Path, name: str) -> str:
    """The file of arrays, the line that loads it, and their names."""
    file = f"data/{name}.npz"
    try:
        names = ", ".join(read_arrays(folder / file)) or "none: its numbers are in claims.json"
    except (OSError, ValueError):
        return f"<p>The file {text(file)} is missing.</p>"
    lines = f"import numpy as np\ndata = np.load({json.dumps(file)})\ndata.files  # {names}"
    links = " and ".join(
        f'<a href="{text(urllib.parse.quote(path))}">{text(path)}</a>'
        for path in (file, f"figures/{name}.svg")
    )
    return f"<p>{links}, beside this page.</p><pre>{text(lines)}</pre>"


def _configuration(entry: Entry) -> str:
    kinds = "; ".join(in_words(one) for one in entry["arithmetic"])
    sizes = json.dumps(entry["configuration"], ensure_ascii=False)
    return f"<pre>{text(sizes)}\n{text(kinds)}</pre>"


def _title(name: str) -> str:
    return text(name.replace("_", " ").capitalize())
