"""The page of a run: one file that shows everything measured."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import minintk
from minintk.explore import STATES
from minintk.report import opening
from minintk.report import page as pages
from minintk.report.glossary import QUESTION, WORDS
from tests.reference import small_claims
from tests.reference.commands import NAMES, read_claims, reproduce_here, study
from tests.reference.pages import Page

pytestmark = pytest.mark.command

SCRIPT = (Path(minintk.__file__).parent / "report" / "page.js").read_text(encoding="utf-8")


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
        "The claims of the study",
    ]
    places = [texts.index(words) for words in [*order, "Beyond the study", "Twelve words"]]
    assert places == sorted(places)
    assert len(re.findall(r"[.?](?: |$)", QUESTION)) == 3, "three sentences"
    assert len(page.named("dt")) == len(WORDS) == 12
    assert "Of 1: 1 holds." in texts


def test_a_claim_begins_with_its_sentence_verdict_and_picture_and_folds_the_rest(finished):
    page = page_of(finished[0])
    content, entries = read_claims(finished[0])
    tags = [tag for tag, _ in page.elements]
    assert tags.index("img") < tags.index("details") < tags.index("math") < tags.index("td")
    assert not any("open" in attributes for attributes in page.named("details"))
    (alt,) = {image["alt"] for image in page.named("img")[:1]}
    rotation = entries["rotation"]
    assert alt == f"{rotation['explanation']} R{rotation['reason'][1:]}"
    texts = "\n".join(page.texts)
    assert texts.index(rotation["explanation"]) < texts.index(rotation["statement"])
    for entry in content["claims"]:
        for key in ("statement", "criterion", "source", "explanation", "verdict"):
            assert entry[key] in texts, (entry["name"], key)
        assert f'data = np.load("data/{entry["name"]}.npz")' in texts
        labels = {row[0].split(":")[0] for row in page.rows}
        assert {key.replace("_", " ") for key in entry["measured"]} <= labels
        assert {finding["part"] for finding in entry["findings"]} <= labels
    formulas = [part["alttext"] for part in page.named("math")]
    assert formulas == [*rotation["formula"].split(";  "), entries["another_one"]["formula"]]
    interval = rotation["measured"]["slope_of_change"]
    shown = "{mean:.4g} [{low:.4g}, {high:.4g}]".format(**interval).replace("-", "−")
    assert ["slope of change", shown] in page.rows
    assert "Intervals [low, high]: 95 % Student." in texts


def test_another_kind_of_interval_is_said_where_it_is(finished, tmp_path):
    def interval(kind):
        return {"mean": -1.0, "low": -2.0, "high": 0.5, "interval": kind}

    entry = read_claims(finished[0])[1]["rotation"]
    entry["measured"] = {"a": interval("usual"), "b": interval("usual"), "c": [interval("other")]}
    pages.write_page(tmp_path, [entry], [], "quick")
    page = page_of(tmp_path)
    assert "Intervals [low, high]: usual, unless said otherwise." in page.texts
    assert page.rows[-3:] == [
        ["a", "−1 [−2, 0.5]"],
        ["b", "−1 [−2, 0.5]"],
        ["c, number 0", "−1 [−2, 0.5] (other)"],
    ]


def test_many_numbers_are_on_the_screen_and_not_on_paper(finished, tmp_path):
    entry = read_claims(finished[0])[1]["rotation"]
    for count in (60, 61):
        entry["measured"] = {f"number_{i}": i for i in range(count)}
        pages.write_page(tmp_path, [entry], [], "quick")
        page = page_of(tmp_path)
        assert page.rows[-1] == [f"number {count - 1}", str(count - 1)]
        classes = [attributes.get("class") for _, attributes in page.elements]
        assert classes.count("unprinted") == classes.count("printed") == (count > 60)
    assert "61 numbers: see claims.json." in page.texts


def test_a_link_shows_where_else_a_claim_can_be_seen(finished, tmp_path):
    entries = list(read_claims(finished[0])[1].values())
    links = {"rotation": pages.Link('explore.html#t="cos"&w=8', "see <it>"), "none": None}
    pages.write_page(tmp_path, entries, [], "quick", links)
    page = page_of(tmp_path)
    assert [a["href"] for a in page.named("a")][:2] == ["#words", 'explore.html#t="cos"&w=8']
    assert "see <it>" in page.texts
    assert len(page.named("a")) == 2, "the files are not there"
    assert "The file data/rotation.npz is missing." in page.texts


def test_the_look_is_that_of_the_page_that_trains_and_works_in_the_dark_and_on_paper(finished):
    text = (finished[0] / "report.html").read_text(encoding="utf-8")
    assert (Path(minintk.__file__).parent / "look.css").read_text(encoding="utf-8") in text
    assert "prefers-color-scheme: dark" in text
    assert "details::details-content { content-visibility: visible" in text
    assert 'name="viewport" content="width=device-width' in text


def test_the_picture_at_the_top_is_drawn_from_the_record_of_the_run(tmp_path):
    (tmp_path / "data").mkdir()
    steps = np.array([0.0, 1, 3, 10])
    left = 0.5 ** (steps[:, None] / np.array([1.0, 1.5, 3.0]))
    np.savez(tmp_path / "data" / "spectral_bias.npz", shown_steps=steps, left_predicted=left,
             left=left[None], predicted_steps=[4.0, 6.0, 12.0])  # fmt: skip
    sizes = {"frequencies": [1, 2, 3], "width": "<64>"}
    entry = {"name": "spectral_bias", "configuration": sizes}
    svg = ElementTree.fromstring(opening.picture(tmp_path, [entry]))[0]
    words = [element.text for element in svg.iter("text")]
    assert words == ["0 %", "50 %", "100 %", "0", "1", "10", "training steps", "k = 1", "k = 3"]
    lines = [
        [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for line in svg.iter("polyline")
    ]
    across = [48 + 344 * np.log1p(step) / np.log(11) for step in steps]
    for line, column in zip(lines, (0, 2), strict=True):
        np.testing.assert_allclose(line, np.column_stack([across, 210 - 196 * left[:, column]]),
                                   atol=0.051)  # fmt: skip
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in svg.iter("circle")]
    np.testing.assert_allclose(circles, [*lines[0][::2], *lines[1][::2]], atol=1e-12)
    place = {text.text: float(text.get("x")) - 5 for text in svg.iter("text")}
    assert abs(place["k = 1"] - across[1]) < 0.1, "at the step where half is left"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_without_a_record_there_is_no_picture_at_the_top(tmp_path, content):
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "spectral_bias.npz").write_bytes(content)
    entry = {"name": "spectral_bias", "configuration": {}}
    assert opening.picture(tmp_path, [entry]) == ""
    assert opening.picture(tmp_path, []) == ""


def test_a_later_criterion_and_a_control_are_shown_with_their_verdicts(finished):
    texts = "\n".join(page_of(finished[0]).texts)
    assert "Changed after a first run to\nBelow 0.1 & λ." in texts
    assert "By that later criterion: fails\nThe mean is not <small>." in texts
    assert "Negative control, by the same criterion" in texts
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
    assert text.count("<script") == text.count(f"<script>\n{SCRIPT}</script>") == 1
    assert page_of(tmp_path).named("script") == [{}]
    assert text.count("&lt;script&gt;") > 50
    assert json.dumps(evil)[1:-1] in "".join(page_of(tmp_path).texts)


@pytest.mark.usefixtures("_units_here")
def test_a_figure_that_was_not_drawn_has_its_words(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.UNDRAWABLE)
    reproduce_here(tmp_path, "undrawable")
    page = page_of(tmp_path)
    assert not page.named("img")
    assert "The figure could not be drawn: see tracebacks.txt." in page.texts
