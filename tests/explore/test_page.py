"""explore.html: one whole file that loads nothing, with its numbers inside."""

import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest

import minintk as mn
from minintk.explore import explore_page, reference_runs
from minintk.explore.page import SCRIPTS

pytestmark = pytest.mark.project


class Reader(HTMLParser):
    """The tags with their attributes, and the text of every script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag == "script"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "script"

    def handle_data(self, data):
        if self.inside:
            self.scripts.append(data)

    def ids(self):
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


@pytest.fixture(scope="module")
def text():
    return explore_page()


def data_of(text):
    (script,) = Reader(text).scripts
    start = script.index("const PAGE = ") + len("const PAGE = ")
    return json.JSONDecoder().raw_decode(script[start:])[0]


# By hand


def test_it_is_one_file_below_150_kilobytes(text):
    assert len(text.encode()) < 150_000
    assert "@@" not in text
    outside = [
        (tag, name, value)
        for tag, attributes in Reader(text).tags
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data")
    ]
    assert outside == []
    assert not re.search(r"\b(import|fetch|XMLHttpRequest|WebSocket|eval)\s*\(", text)
    assert "url(" not in text
    policy = [a for tag, a in Reader(text).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0]["content"].startswith("default-src 'none'")


def test_its_parts_are_those_of_the_package(text):
    for name in SCRIPTS:
        part = (resources.files("minintk.explore") / name).read_text("utf-8")
        assert part.replace('"use strict";\n\n', "") in text
    files = {entry.name for entry in resources.files("minintk.explore").iterdir()}
    assert {name for name in files if name.endswith(".js")} == set(SCRIPTS)


def test_the_numbers_inside_are_minintks_own(text):
    data = data_of(text)
    assert data["version"] == mn.__version__
    kept = [{key: value for key, value in run.items() if key != "fits"} for run in reference_runs()]
    assert data["runs"] == kept


def test_every_identifier_is_given_once_and_every_label_has_a_control(text):
    ids = Reader(text).ids()
    assert len(ids) == len(set(ids))
    assert text.count("<label") >= 15


def test_the_tutorials_are_linked_where_they_are(text):
    linked = explore_page(tutorials="../tutorials")
    links = [a["href"] for tag, a in Reader(linked).tags if tag == "a"]
    assert len(links) == 9
    root = resources.files("minintk") / ".."
    for link in links:
        assert (root / "tutorials" / link.removeprefix("../tutorials/")).is_file()
    assert text.count("derives it.") == 9


# Theorem: what is put in stays what it was


@pytest.mark.parametrize(
    "state", ["m=64&eta=0.25", "</script><script>alert(1)</script>", "a=\u2028@@x@@"]
)
def test_a_state_is_data_and_never_part_of_the_page(state):
    text = explore_page(state)
    assert data_of(text)["state"] == state
    assert len(Reader(text).scripts) == 1


def test_a_number_sign_before_the_state_is_left_out():
    assert data_of(explore_page("#m=64"))["state"] == "m=64"


# Argument checks


def test_a_state_that_is_no_text_is_rejected():
    with pytest.raises(TypeError, match="state must be text, got 3"):
        explore_page(3)
