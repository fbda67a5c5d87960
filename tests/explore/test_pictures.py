"""The three pictures for a browser without scripts: well-formed, and drawn from the record."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from minintk.explore import reference_runs
from minintk.explore.pictures import BOTTOM, TOP, pictures

pytestmark = pytest.mark.project


@pytest.fixture(scope="module")
def run():
    return reference_runs()[0]


@pytest.fixture(scope="module")
def drawn(run):
    return [ET.fromstring(f"<div>{picture}</div>") for picture in pictures(run)]


# By hand


def test_each_has_a_title_that_stands_below_it_too(drawn):
    for picture in drawn:
        title = picture.find(".//title").text
        assert picture.find("p").text == f"{title}."
        assert picture.find("svg").get("role") == "img"


def test_the_fit_has_a_line_a_moment_and_a_dot_a_sample(drawn, run):
    assert len(drawn[0].findall(".//polyline")) == len(run["moments"])
    assert len(drawn[0].findall(".//circle")) == len(run["angles"])
    dots = [float(dot.get("cy")) for dot in drawn[0].findall(".//circle")]
    assert np.corrcoef(dots, run["targets"])[0, 1] == pytest.approx(-1.0, abs=1e-4)


def test_the_bars_are_the_residual_and_the_marks_the_prediction(drawn, run):
    heights = np.array([float(bar.get("height")) for bar in drawn[1].findall(".//rect")])
    heights = heights.reshape(5, 3)
    spectra = []
    for i in (0, 2, 3):
        modes = run["moments"][i]["evolving"]["modes"]
        spectra.append([abs(modes[0]), *np.hypot(modes[1::2], modes[2::2])])
    scale = heights.max() / np.max(spectra)
    assert np.allclose(heights, scale * np.array(spectra).T, atol=0.11)
    marks = [
        float(p.get("d").split()[1].split("h")[0])
        for p in drawn[1].findall(".//path")
        if "h28" in p.get("d")
    ]
    expected = [
        BOTTOM
        - scale
        * abs(1 - run["eta"] * run["aliased"][k]) ** run["moments"][i]["step"]
        * spectra[0][k]
        for k in range(5)
        for i in (0, 2, 3)
    ]
    assert np.allclose(marks, expected, atol=0.11)


def test_the_block_has_a_square_an_entry_with_its_sign_as_a_colour(drawn, run):
    squares = drawn[2].findall(".//rect")
    entries = np.array(run["moments"][0]["block"])
    assert len(squares) == len(entries) == 81
    sides = np.array([float(square.get("width")) for square in squares])
    large = np.abs(entries) > 1e-3
    assert np.allclose(
        sides[large] ** 2 / np.abs(entries[large]), sides[0] ** 2 / entries[0], rtol=0.15
    )
    colours = {
        square.get("fill") for square, entry in zip(squares, entries, strict=True) if entry > 0
    }
    assert len(colours) == 1
    assert sides[0] <= (BOTTOM - TOP) / 9
