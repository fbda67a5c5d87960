"""report.html: one self-contained file for a reader who has not read the study.

The question and a picture; each claim with its sentence, verdict and thumbnail, and folded below
what it was asked and measured; a glossary. It needs no script, but prints better with one.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

from minintk import __version__

from .arithmetic import in_words
from .card import Link, card, crashed, prose, text
from .files import write_whole
from .glossary import QUESTION, STUDY, WORDS
from .opening import picture
from .results import Entry, machine
from .sizes import size_in_words

__all__ = ["Link", "write_page"]

_PLURAL = {"holds": "hold", "holds in part": "hold in part", "fails": "fail"}


def write_page(
    folder: Path,
    entries: Sequence[Entry],
    crashes: Iterable[str],
    size: str,
    links: Mapping[str, Link] | None = None,
) -> Path:
    """Write the page from the entries of claims.json, and the figures and arrays beside it.

    `links` says where else a claim can be seen, by its name: an address and the words of the link.
    """
    study = [entry for entry in entries if not entry["beyond_study"]]
    beyond = [entry for entry in entries if entry["beyond_study"]]
    cards = {entry["name"]: card(folder, entry, (links or {}).get(entry["name"]))
             for entry in entries}  # fmt: skip
    body = "\n".join(
        [
            "<h1>How a neural network learns a curve on a circle</h1>",
            _about_the_run(entries, size),
            f'<div class="opening"><p>{text(QUESTION)}</p>{picture(folder, study)}</div>',
            f"<p>{text(STUDY)}</p>",
            "<p>Every claim has a criterion. It was fixed before the run, except where it says "
            "that it came after a first run or a pilot. Words such as kernel or mode are "
            '<a href="#words">explained below</a>.</p>',
            _section("The claims of the study", study, [cards[e["name"]] for e in study]),
            _section("Beyond the study", beyond, [cards[e["name"]] for e in beyond]),
            _section("Crashed", [], [crashed(name) for name in crashes]),
            _glossary(),
            *_about_the_machine(entries),
        ]
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>minintk: the claims</title><style>\n{_file('look.css')}{_report('page.css')}"
        f"</style></head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>\n{_report('page.js')}</script>\n</body></html>\n"
    )
    path = folder / "report.html"
    write_whole(path, page.encode(errors="replace"))
    return path


def _file(name: str) -> str:
    return resources.files("minintk").joinpath(name).read_text(encoding="utf-8")


def _report(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _about_the_run(entries: Sequence[Entry], size: str) -> str:
    seeds = ", ".join(sorted({str(entry["seed"]) for entry in entries})) or "none"
    return (
        f'<p class="small"><b>Size of this run: {text(size_in_words(entries, size))}.</b> '
        f"Seed: {text(seeds)}. minintk {__version__}.</p>"
    )


def _section(heading: str, entries: Sequence[Entry], cards: Sequence[str]) -> str:
    if not cards:
        return ""
    counts = collections.Counter(str(entry["verdict"]) for entry in entries)
    said = ", ".join(
        f"{count} {_PLURAL.get(verdict, verdict) if count > 1 else verdict}"
        for verdict, count in counts.most_common()
    )
    quick = ", in a quick run" * any(entry["size"] == "quick" for entry in entries)
    summary = f"<p>Of {len(entries)}{quick}: {text(said)}.</p>" if entries else ""
    return (
        f"<section><h2>{heading}</h2>{summary}\n"
        f'<div class="cards">\n{"".join(cards)}\n</div></section>'
    )


def _glossary() -> str:
    words = "\n".join(
        f"<div><dt>{prose(word)}</dt><dd>{prose(meaning)}</dd></div>"
        for word, meaning in WORDS.items()
    )
    return (
        f'<section id="words"><h2>{len(WORDS)} words</h2>'
        f'<dl class="glossary">\n{words}\n</dl></section>'
    )


def _about_the_machine(entries: Sequence[Entry]) -> Iterator[str]:
    """The machine and the arithmetic; a mixture of core types is said."""
    here = machine()
    kinds = sorted({in_words(one) for entry in entries for one in entry["arithmetic"]})
    yield (
        f'<p class="small">This page: {text(here["system"])} {text(here["architecture"])}, '
        f"Python {text(here['python'])}, NumPy {text(here['numpy'])}. "
        f"Arithmetic: {text('; '.join(kinds)) or 'none'}.</p>"
    )
    if len(kinds) > 1:
        yield (
            '<p class="small">Units ran on more than one arithmetic: the same bits are promised '
            "for one BLAS and one core type alone.</p>"
        )
