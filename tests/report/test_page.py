"""The page of a run: one file that shows everything measured."""

import base64
import re

import pytest

from tests.reference.commands import NAMES, read_claims
from tests.reference.pages import Page

pytestmark = pytest.mark.command


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


def test_the_page_begins_with_the_table_of_verdicts_and_shows_everything_measured(finished):
    page = Page((finished[0] / "report.html").read_text(encoding="utf-8"))
    content, entries = read_claims(finished[0])
    tags = [tag for tag, _ in page.elements]
    assert tags.index("table") < min(tags.index("h2"), tags.index("img"))
    assert page.rows[:3] == [
        ["Claim of the study", "Verdict", "Why"],
        ["Rotation", "holds", "R" + entries["rotation"]["reason"][1:]],
        ["Eigenfunctions", "holds", entries["eigenfunctions"]["reason"]],
    ]
    texts = "\n".join(page.texts)
    for entry in content["claims"]:
        for key in ("statement", "formula", "criterion", "source"):
            assert entry[key] in texts, (entry["name"], key)
        labels = {row[0].split(":")[0] for row in page.rows}
        assert {key.replace("_", " ") for key in entry["measured"]} <= labels
    interval = entries["rotation"]["measured"]["slope_of_change"]
    shown = "{mean:.4g} [{low:.4g}, {high:.4g}]".format(**interval)
    assert ["slope of change", shown] in [[a, b.replace("−", "-")] for a, b, *_ in page.rows[3:]]
