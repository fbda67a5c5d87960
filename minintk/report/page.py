"""report.html: one self-contained file, verdicts first, then each claim with what was measured."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from minintk import __version__

from .arithmetic import in_words
from .files import write_whole
from .results import Entry, machine
from .sizes import size_in_words

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 3rem; border-top: 1px solid #ccc;
  padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top;
  padding: .35rem .6rem; border-bottom: 1px solid #e3e3e3; }
td.name { white-space: nowrap; } td.label { width: 45%; }
td.number { font-variant-numeric: tabular-nums; }
.verdict { font-weight: 600; white-space: nowrap; }
.holds::before { content: "● "; color: #009E73; }
.part::before { content: "◐ "; color: #B46A00; }
.fails::before { content: "○ "; color: #C00000; }
.open::before { content: "◌ "; color: #555; }
.crashed::before { content: "✕ "; color: #C00000; }
.formula { font-family: ui-monospace, monospace; background: #f6f6f6; padding: .5rem .8rem; }
img { max-width: 100%; height: auto; } details { margin: .5rem 0; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: .85rem; }
.small { color: #555; font-size: .9rem; }
"""

_BEYOND = '<p class="small">Beyond the study: a claim of its own.</p>'
_CLASSES = {"holds": "holds", "holds in part": "part", "fails": "fails", "not decided": "open"}


def write_page(folder: Path, entries: Sequence[Entry], crashed: Sequence[str], size: str) -> Path:
    """Write the page from the entries of claims.json and the figures beside it."""
    body = "\n".join(
        [
            "<h1>Training dynamics of an overparameterized network on the circle</h1>",
            "<p>Which claims of the study hold on this machine, by how much, and where they stop "
            "holding; and what lies beyond it. Every criterion was fixed before the run; where one "
            "was changed after a first run, both are shown.</p>",
            f"<p><b>Size of this run: {_text(size_in_words(entries, size))}.</b></p>",
            *_about(entries),
            _verdicts("Claim of the study", [e for e in entries if not e["beyond_study"]]),
            _verdicts("Beyond the study", [e for e in entries if e["beyond_study"]]),
            _crashes(crashed),
            *(_section(folder, entry) for entry in entries),
        ]
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>minintk: the claims</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )
    path = folder / "report.html"
    write_whole(path, page.encode(errors="replace"))
    return path


def _about(entries: Sequence[Entry]) -> Iterator[str]:
    """The machine and the arithmetic; a mixture of core types is said."""
    here = machine()
    seeds = ", ".join(sorted({str(entry["seed"]) for entry in entries})) or "none"
    kinds = sorted({in_words(one) for entry in entries for one in entry["arithmetic"]})
    yield (
        f'<p class="small">minintk {__version__}, seed {_text(seeds)}; {_text(here["system"])} '
        f"{_text(here['architecture'])}, Python {here['python']}, NumPy {_text(here['numpy'])}. "
        f"Arithmetic: {_text('; '.join(kinds)) or 'none'}. Intervals are 95 % Student intervals "
        "over seeds, unless said otherwise.</p>"
    )
    if len(kinds) > 1:
        yield (
            '<p class="small">Units ran on more than one arithmetic: the same bits are promised '
            "for one BLAS and one core type alone.</p>"
        )


def _verdicts(heading: str, entries: Sequence[Entry]) -> str:
    rows = [
        _verdict_row(
            e["name"], e["verdict"], f"{e['explanation']} {_raised(e['reason'])}", e["size"]
        )
        for e in entries
    ]
    return _table(heading, rows)


def _crashes(names: Sequence[str]) -> str:
    return _table("Crashed", [_verdict_row(n, "crashed", "See tracebacks.txt.") for n in names])


def _table(heading: str, rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = f"<tr><th>{heading}</th><th>Verdict</th><th>What was found</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _verdict_row(name: str, verdict: str, words: str, size: str | None = None) -> str:
    label = _title(name)
    link = label if size is None else f'<a href="#{_text(name)}">{label}</a>'
    cells = (f'<td class="name">{link}</td>', f"<td>{_verdict(verdict)}</td>")
    return f"<tr>{''.join(cells)}<td>{_text(words)}</td></tr>"


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {_CLASSES.get(verdict, "crashed")}">{_text(verdict)}</span>'


def _section(folder: Path, entry: Entry) -> str:
    name = entry["name"]
    parts = [
        f'<h2 id="{_text(name)}">{_title(name)}: {_verdict(entry["verdict"])}</h2>',
        _BEYOND if entry["beyond_study"] else "",
        f"<p>{_text(entry['statement'])}</p>",
        f'<p class="formula">{_text(entry["formula"])}</p>',
        f"<p>{_text(entry['explanation'])}</p>",
        f"<p>{_text(_raised(entry['reason']))}</p>",
        _picture(folder, name),
        _small("Criterion, fixed before the run.", entry["criterion"]),
        *_later(entry["later"]),
        *_control(entry["control"]),
        _small("Source.", entry["source"]),
        _details("What decided", _findings(entry["findings"])),
        _details("What was measured", _measured(entry["measured"])),
        _details(f"Size {entry['size']}, {entry['seconds']} s of work", _configuration(entry)),
    ]
    return "\n".join(part for part in parts if part)


def _picture(folder: Path, name: str) -> str:
    path = folder / "figures" / f"{name}.svg"
    try:
        picture = base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return '<p class="small">The figure could not be drawn: see tracebacks.txt.</p>'
    alt = f"Figure of the claim {_title(name)}"
    return f'<p><img alt="{alt}" src="data:image/svg+xml;base64,{picture}"></p>'


def _later(later: Entry | None) -> Iterator[str]:
    if later is not None:
        yield _small("Changed after a first run to:", later["criterion"])
        yield _small(f"By that later criterion: {later['verdict']}.", _raised(later["reason"]))


def _control(control: Entry | None) -> Iterator[str]:
    if control is not None:
        wrong = f"{control['wrong']}: {control['verdict']}, as it must: {control['reason']}"
        if control["verdict"] != "fails":
            wrong = (
                f"{control['wrong']}: {control['verdict']}, but it must fail: {control['reason']}"
            )
        yield _small("Negative control, by the same criterion.", _raised(wrong))


def _findings(findings: Sequence[Entry]) -> str:
    rows = [(finding["part"], _WORDS[finding["shown"]]) for finding in findings]
    more = [finding["more_seeds"] for finding in findings]
    return _two_columns(
        (part, f"{word}; about {count} more seeds would" if count else word)
        for (part, word), count in zip(rows, more, strict=True)
    )


_WORDS = {True: "shown", False: "refuted", None: "not decided"}


def _measured(measured: Entry) -> str:
    return _two_columns(_rows(measured))


def _two_columns(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><td class="label">{_text(label)}</td><td class="number">{_text(value)}</td></tr>'
        for label, value in rows
    )
    return f"<table><tbody>{''.join(cells)}</tbody></table>"


def _configuration(entry: Entry) -> str:
    kinds = "; ".join(in_words(one) for one in entry["arithmetic"])
    text = json.dumps(entry["configuration"], ensure_ascii=False)
    return f'<pre style="white-space: pre-wrap">{_text(text)}\n{_text(kinds)}</pre>'


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{content}</details>"


def _small(label: str, text: str) -> str:
    return f'<p class="small"><b>{_text(label)}</b> {_text(text)}</p>'


def _rows(measured: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flat rows of label and value; an interval is one value."""
    for key, value in measured.items():
        label = prefix + key.replace("_", " ")
        if isinstance(value, Mapping) and "interval" not in value:
            yield from _rows(value, f"{label}: ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield from _rows({str(i): item for i, item in enumerate(value)}, f"{label}, number ")
        else:
            yield label, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        mean, low, high = (_shown(value[key]) for key in ("mean", "low", "high"))
        return f"{mean} [{low}, {high}]"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _title(name: str) -> str:
    return _text(name.replace("_", " ").capitalize())


def _raised(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _text(value: Any) -> str:
    return html.escape(str(value))
