"""One claim on the page: its sentence, verdict and picture, and what is folded below them."""

import pytest

from minintk.report import page as pages
from minintk.report.card import card
from minintk.report.readable import readable
from tests.reference import small_claims
from tests.reference.commands import read_claims, reproduce_here, study
from tests.reference.pages import page_of

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_a_claim_begins_with_its_sentence_verdict_and_picture_and_folds_the_rest(finished):
    page = page_of(finished[0])
    content, entries = read_claims(finished[0])
    tags = [tag for tag, _ in page.elements]
    assert tags.index("img") < tags.index("details") < tags.index("math") < tags.index("td")
    assert not any("open" in attributes for attributes in page.named("details"))
    (alt,) = {image["alt"] for image in page.named("img")[:1]}
    rotation = entries["rotation"]
    assert alt == readable(f"{rotation['explanation']} R{rotation['reason'][1:]}")
    texts = "\n".join(page.texts)
    assert texts.index(rotation["explanation"]) < texts.index(rotation["statement"])
    assert "\nquick run: holds\n" in texts, "no verdict without its size"
    cards = [tag for tag in page.elements if tag[0] == "article"]
    small = "It is too small to judge the claim: the default size does.\n"
    assert texts.count(f"\nA quick run shows that all runs. {small}") == len(cards) == 2
    larger = card(finished[0], rotation | {"size": "default"})
    assert "too small" in card(finished[0], rotation)
    assert "too small" not in larger
    assert "quick" not in larger
    for entry in content["claims"]:
        for key in ("statement", "criterion", "source", "explanation", "verdict"):
            assert readable(entry[key]) in texts, (entry["name"], key)
        assert f'data = np.load("data/{entry["name"]}.npz")' in texts
        labels = {row[0].split(":")[0] for row in page.rows}
        assert {key.replace("_", " ") for key in entry["measured"]} <= labels
        assert {readable(finding["part"]) for finding in entry["findings"]} <= labels
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
    none = {"mean": -2.0, "low": "-inf", "high": "inf", "interval": "usual"}
    entry["measured"] = {"a": interval("usual"), "b": interval("usual"), "c": [interval("other")],
                         "rate_ratio": none, "small": [1e-13, -1.5e-7, "inf"]}  # fmt: skip
    pages.write_page(tmp_path, [entry], [], "quick")
    page = page_of(tmp_path)
    assert "Intervals [low, high]: usual, unless said otherwise." in page.texts
    assert page.rows[-5:] == [
        ["a", "−1 [−2, 0.5]"],
        ["b", "−1 [−2, 0.5]"],
        ["c, 1 of 1", "−1 [−2, 0.5] (other)"],
        ["rate over λ", "−2 (too few seeds for an interval)"],
        ["small", "10⁻¹³, −1.5 × 10⁻⁷, ∞"],
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


def test_a_later_criterion_and_a_control_are_shown_with_their_verdicts(finished):
    texts = "\n".join(page_of(finished[0]).texts)
    assert "Added after a first run\nBelow 0.1 & λ." in texts
    assert "By that later criterion: fails\nThe mean is not <small>." in texts
    assert "Negative control, by the same criterion" in texts
    assert "weights that are not isotropic: fails, as it must" in texts.casefold()


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.usefixtures("_units_here")
def test_a_figure_that_was_not_drawn_has_its_words(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.UNDRAWABLE)
    reproduce_here(tmp_path, "undrawable")
    page = page_of(tmp_path)
    assert not page.named("img")
    assert "The figure could not be drawn: see tracebacks.txt." in page.texts
