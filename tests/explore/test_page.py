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


# What a panel says, the tutorial that it names for this, and what stands there.
NAMED = {
    "The fit": [
        ("moves by r ← r − (η/n) K r.", "2", r"\frac{dr}{d\tau} = -\,T\, r, \qquad T = \frac1n K"),
        ("with a bias λₖ falls with k.", "4", "since the last integral itself falls with $k$"),
    ],
    "Around the circle": [
        ("its eigenfunctions.", "4", "## 2. Convolution, and its eigenfunctions")
    ],
    "Residual by frequency": [("That is close to exp(−λₖτ)", "5", "## 2. Flow against descent")],
    "Residual over time": [
        ("frequency k grows as k².", "5", "grows as $k^2$"),
        ("mixes the modes a little", "6", "## 4. Finite width: one entry"),
        ("its kernel moves", "7", "## Two ways to train"),
    ],
    "Loss": [
        ("grows while it learns", "7", "## Second exact law: how fast the layers grow"),
        ("this slows a wave", "8", "## A cause needs an intervention"),
    ],
    "Pull one sample: this is the kernel": [
        ("K(x, x') = ∇f(x)·∇f(x')", "2", "K(x_i, x_l) = \\sum_j \\frac{\\partial f(x_i)}"),
        (
            "share more active neurons",
            "3",
            "\\theta - \\tfrac\\pi2 < \\phi < \\tfrac\\pi2, \\qquad",
        ),
    ],
    "The kernel on low frequencies": [("falls as 1/√m", "6", "## 5. Finite width: the constant")],
    "Every neuron's arc": [
        ("arccos(−b/|w|)", "1", r"\phi_r \pm \arccos\left(-\frac{b_r}{\rho_r}\right)"),
        ("move each arc less", "2", "so each neuron moves by $O(m^{-1/2})$"),
    ],
    "Alignment": [("Each measure is blind", "7", '## "Alignment" needs a measure\'s name')],
}


def test_each_panel_names_the_tutorials_that_derive_what_it_says(text):
    root = resources.files("minintk") / ".." / "tutorials"
    scripts = {path.name[:2].lstrip("0"): path for path in root.glob("[0-9][0-9]_*.py")}
    linked = explore_page(tutorials="../tutorials")
    panels = re.findall(r"<h2>([^<]+)</h2>\n(.*?)</section>", linked, flags=re.DOTALL)
    assert [name for name, _ in panels] == list(NAMED)
    for name, panel in panels:
        found = re.findall(
            r'href="../tutorials/(\S+)">Tutorial (\d)</a>', panel, flags=re.IGNORECASE
        )
        assert [number for _, number in found] == [number for _, number, _ in NAMED[name]], name
        for file, number in found:
            assert (root / file).is_file()
            assert file == scripts[number].with_suffix(".ipynb").name
        for said, number, there in NAMED[name]:
            after = panel.partition(said)[2].partition("</p>")[0]
            assert f">Tutorial {number}</a>" in after, (name, said)
            tutorial = " ".join(scripts[number].read_text("utf-8").replace("\n# ", " ").split())
            assert there in tutorial, (name, there)
    assert text.count(" of minintk ") == sum(map(len, NAMED.values()))


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
