"""The page of a run: one file that shows everything measured."""

import base64
import json
import re
from pathlib import Path

import pytest

import minintk
from minintk.explore import STATES
from minintk.report import page as pages
from minintk.report.glossary import QUESTION, STUDY, WORDS
from tests.reference.commands import NAMES, read_claims
from tests.reference.pages import Page, page_of

pytestmark = pytest.mark.command

SCRIPT = (Path(minintk.__file__).parent / "report" / "page.js").read_text(encoding="utf-8")


# --- by hand --------------------------------------------------------------------------------------


def test_the_page_is_one_self_contained_file(finished):
    text = (finished[0] / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    images = page.named("img")
    assert len(images) == len(NAMES)
    for name, attributes in zip(NAMES, images, strict=True):
        kind, _, data = attributes["src"].partition(";base64,")
        assert kind == "data:image/svg+xml"
        assert base64.b64decode(data) == (finished[0] / "figures" / f"{name}.svg").read_bytes()
    assert not page.named("link", "iframe", "object", "embed", "base")
    outside = re.sub(r'src="data:[^"]*"', "", text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", outside)
    assert page.named("script") == [{}]
    assert outside.count(SCRIPT) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert ids == [*NAMES, "words"]
    files = [[f"data/{name}.npz", f"figures/{name}.svg"] for name in NAMES]
    live = {name: f"explore.html#{STATES[name].address}" for name in NAMES if name in STATES}
    assert live, "no claim of these can be seen in explore.html"
    assert [a["href"] for a in page.named("a")] == [
        "#words",
        *(
            place
            for name, pair in zip(NAMES, files, strict=True)
            for place in ([live[name]] if name in live else []) + pair
        ),
    ]
    assert (finished[0] / "explore.html").is_file()
    for pair in files:
        assert all((finished[0] / file).is_file() for file in pair)


def test_the_page_begins_with_the_size_the_seed_and_the_question(finished):
    page = page_of(finished[0])
    texts = "".join(page.texts)
    order = [
        "Size of this run: quick (a smoke run",
        "Seed: 0.",
        QUESTION,
        STUDY,
        "The claims of the study",
    ]
    places = [texts.index(words) for words in [*order, "Beyond the study", f"{len(WORDS)} words"]]
    assert places == sorted(places)
    assert len(page.named("dt")) == len(WORDS)
    assert "Of 1, in a quick run: 1 holds." in texts


def test_the_look_is_that_of_the_page_that_trains_and_works_in_the_dark_and_on_paper(finished):
    text = (finished[0] / "report.html").read_text(encoding="utf-8")
    assert (Path(minintk.__file__).parent / "look.css").read_text(encoding="utf-8") in text
    assert "prefers-color-scheme: dark" in text
    assert "details::details-content { content-visibility: visible" in text
    assert 'name="viewport" content="width=device-width' in text


def test_a_mixture_of_core_types_is_said(finished, tmp_path):
    _, entries = read_claims(finished[0])
    (rotation, other) = entries.values()
    assert "more than one arithmetic" not in "".join(page_of(finished[0]).texts)
    mixed = [rotation, {**other, "arithmetic": [{"blas": "b", "threads": "1", "core": "Zen"}]}]
    pages.write_page(tmp_path, mixed, [], "quick")
    texts = "".join(page_of(tmp_path).texts)
    assert "b, threads: 1, core type: Zen" in texts
    assert "more than one arithmetic" in texts


# --- argument checks ------------------------------------------------------------------------------


def test_everything_on_the_page_is_escaped(finished, tmp_path):
    evil = "<script>alert(1)</script>\"'"

    def spoiled(value):
        if isinstance(value, dict):
            return {key + evil * (key[0] not in keys): spoiled(v) for key, v in value.items()}
        if isinstance(value, list):
            return [spoiled(item) for item in value]
        return value if isinstance(value, bool) or value is None else evil

    _, entries = read_claims(finished[0])
    keys = set("abcdefghijklmnopqrstuvwxyz")
    spoiled_entries = [spoiled(entry) for entry in entries.values()]
    for entry in spoiled_entries:
        entry["measured"] = {evil: evil, "n": [evil], "m": {evil: {"interval": evil}}}
        entry["measured"]["m"][evil] |= {"mean": evil, "low": evil, "high": evil}
    pages.write_page(tmp_path, spoiled_entries, [evil], evil)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("<script") == text.count(f"<script>\n{SCRIPT}</script>") == 1
    assert page_of(tmp_path).named("script") == [{}]
    assert text.count("&lt;script&gt;") > 50
    assert json.dumps(evil)[1:-1] in "".join(page_of(tmp_path).texts)
