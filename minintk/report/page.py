"""report.html: one self-contained file, verdicts first, then each claim with what was measured."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from minintk import __version__

from .results import machine, write_whole

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 3rem; border-top: 1px solid #ccc;
  padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top;
  padding: .35rem .6rem; border-bottom: 1px solid #e3e3e3; }
td.name { white-space: nowrap; } td.number { font-variant-numeric: tabular-nums; }
.verdict { font-weight: 600; white-space: nowrap; }
.holds::before { content: "● "; color: #009E73; }
.part::before { content: "◐ "; color: #B46A00; }
.fails::before { content: "○ "; color: #C00000; }
.crashed::before { content: "✕ "; color: #C00000; }
.formula { font-family: ui-monospace, monospace; background: #f6f6f6; padding: .5rem .8rem; }
img { max-width: 100%; height: auto; } details { margin: .5rem 0; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: .85rem; }
.small { color: #555; font-size: .9rem; }
"""

_BEYOND = '<p class="small">Beyond the study: a claim of its own.</p>\n'
_CLASSES = {"holds": "holds", "holds in part": "part", "fails": "fails", "crashed": "crashed"}


def write_page(folder: Path, entries: Sequence[Mapping[str, Any]], crashed: Sequence[str]) -> Path:
    """Write the page from the entries of claims.json and the figures beside it."""
    tables = [
        _verdicts("Claim of the study", [e for e in entries if not e["beyond_study"]]),
        _verdicts("Beyond the study", [e for e in entries if e["beyond_study"]]),
        _crashes(crashed),
    ]
    here = machine()
    seeds = ", ".join(sorted({str(entry["seed"]) for entry in entries})) or "none"
    body = "\n".join(
        [
            "<h1>Training dynamics of an overparameterized network on the circle</h1>",
            "<p>Which claims of the study hold on this machine, by how much, and where they stop "
            "holding; and what lies beyond it. Every criterion was fixed before the run.</p>",
            f'<p class="small">minintk {__version__}, seed {seeds}; {here["system"]} '
            f"{here['architecture']}, Python {here['python']}, NumPy {here['numpy']}. "
            "Intervals are 95 % Student intervals over seeds, unless said otherwise.</p>",
            *tables,
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
    write_whole(path, page.encode())
    return path


def _verdicts(heading: str, entries: Sequence[Mapping[str, Any]]) -> str:
    rows = [_verdict_row(e["name"], e["verdict"], e["reason"], linked=True) for e in entries]
    return _table(heading, rows)


def _crashes(names: Sequence[str]) -> str:
    rows = [_verdict_row(name, "crashed", "see tracebacks.txt", linked=False) for name in names]
    return _table("Crashed", rows)


def _table(heading: str, rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = f"<tr><th>{heading}</th><th>Verdict</th><th>Why</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _verdict_row(name: str, verdict: str, reason: str, *, linked: bool) -> str:
    label = _title(name)
    link = f'<a href="#{name}">{label}</a>' if linked else label
    cells = (f'<td class="name">{link}</td>', f"<td>{_verdict(verdict)}</td>")
    return f"<tr>{''.join(cells)}<td>{_sentence(reason)}</td></tr>"


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {_CLASSES[verdict]}">{verdict}</span>'


def _section(folder: Path, entry: Mapping[str, Any]) -> str:
    name = entry["name"]
    picture = base64.b64encode((folder / "figures" / f"{name}.svg").read_bytes()).decode()
    measured = "".join(
        f'<tr><td class="name">{_text(label)}</td><td class="number">{_text(value)}</td></tr>'
        for label, value in _rows(entry["measured"])
    )
    configuration = _text(json.dumps(entry["configuration"], ensure_ascii=False))
    return f"""
<h2 id="{name}">{_title(name)}: {_verdict(entry["verdict"])}</h2>
{_BEYOND if entry["beyond_study"] else ""}<p>{_text(entry["statement"])}</p>
<p class="formula">{_text(entry["formula"])}</p>
<p>{_sentence(entry["reason"])}</p>
<p><img alt="Figure of the claim {_title(name)}" src="data:image/svg+xml;base64,{picture}"></p>
<p class="small"><b>Criterion, fixed before the run.</b> {_text(entry["criterion"])}</p>
<p class="small"><b>Source.</b> {_text(entry["source"])}</p>
<details><summary>What was measured</summary><table><tbody>{measured}</tbody></table></details>
<details><summary>Configuration, {entry["seconds"]:g} s of work</summary>
<pre style="white-space: pre-wrap">{configuration}</pre></details>"""


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
    return name.replace("_", " ").capitalize()


def _sentence(reason: str) -> str:
    return _text(reason[0].upper() + reason[1:])


def _text(value: str) -> str:
    return html.escape(value)
