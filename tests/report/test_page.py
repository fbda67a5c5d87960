"""The page of a run: one file that shows everything measured."""

import base64
import json
import re

import pytest

from minintk.report import page as pages
from tests.reference import small_claims
from tests.reference.commands import NAMES, read_claims, reproduce_here, study
from tests.reference.pages import Page

pytestmark = pytest.mark.command


def page_of(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


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
        assert attributes["alt"]
    assert not page.named("script", "link", "iframe", "object", "embed", "base")
    outside = re.sub(r'src="data:[^"]*"', "", text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", outside)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert [attributes["href"] for attributes in page.named("a")] == [f"#{name}" for name in ids]


def test_the_page_begins_with_the_size_and_the_verdicts_and_shows_everything_measured(finished):
    page = page_of(finished[0])
    content, entries = read_claims(finished[0])
    tags = [tag for tag, _ in page.elements]
    assert tags.index("table") < min(tags.index("h2"), tags.index("img"))
    texts = "\n".join(page.texts)
    assert texts.index("Size of this run: quick (a smoke run") < texts.index("Rotation")
    rotation, other = entries["rotation"], entries["another_one"]
    words = f"{rotation['explanation']} R{rotation['reason'][1:]}"
    assert page.rows[:4] == [
        ["Claim of the study", "Verdict", "What was found"],
        ["Rotation", "holds", words],
        ["Beyond the study", "Verdict", "What was found"],
        ["Another one", "holds", f"{other['explanation']} {other['reason']}"],
    ]
    for entry in content["claims"]:
        for key in ("statement", "formula", "criterion", "source", "explanation"):
            assert entry[key] in texts, (entry["name"], key)
        labels = {row[0].split(":")[0] for row in page.rows}
        assert {key.replace("_", " ") for key in entry["measured"]} <= labels
        assert {finding["part"] for finding in entry["findings"]} <= labels
    interval = rotation["measured"]["slope_of_change"]
    shown = "{mean:.4g} [{low:.4g}, {high:.4g}]".format(**interval)
    assert ["slope of change", shown] in [[a, b.replace("−", "-")] for a, b, *_ in page.rows[3:]]


def test_a_later_criterion_and_a_control_are_shown_with_their_verdicts(finished):
    texts = "\n".join(page_of(finished[0]).texts)
    assert "Changed after a first run to:\n Below 0.1 & λ." in texts
    assert "By that later criterion: fails.\n The mean is not <small>." in texts
    assert "Negative control, by the same criterion." in texts
    assert "weights that are not isotropic: fails, as it must" in texts.casefold()


def test_a_mixture_of_core_types_is_said(finished, tmp_path):
    _, entries = read_claims(finished[0])
    (rotation, other) = entries.values()
    assert "more than one arithmetic" not in "".join(page_of(finished[0]).texts)
    mixed = [rotation, {**other, "arithmetic": [{"blas": "b", "threads": "1", "core": "Zen"}]}]
    pages.write_page(tmp_path, mixed, [], "quick")
    texts = "".join(page_of(tmp_path).texts)
    assert "b, threads: 1, core type: Zen" in texts
    assert "more than one arithmetic" in texts


# --- refusal --------------------------------------------------------------------------------------


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
    assert "<script" not in text
    assert not page_of(tmp_path).named("script")
    assert text.count("&lt;script&gt;") > 50
    assert json.dumps(evil)[1:-1] in "".join(page_of(tmp_path).texts)


@pytest.mark.usefixtures("_units_here")
def test_a_figure_that_was_not_drawn_has_its_words(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.UNDRAWABLE)
    reproduce_here(tmp_path, "undrawable")
    page = page_of(tmp_path)
    assert not page.named("img")
    assert "The figure could not be drawn: see tracebacks.txt." in page.texts
