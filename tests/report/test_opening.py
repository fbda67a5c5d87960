"""The picture at the top of the page, drawn from the record of a run."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from minintk.report import opening

pytestmark = pytest.mark.command


def _caption(folder, entry):
    return ElementTree.fromstring(opening.picture(folder, [entry]))[1].text


# --- by hand --------------------------------------------------------------------------------------


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
    assert words == [
        *("0 %", "50 %", "100 %", "0", "1", "10", "training steps", "left of the wave"),
        *("k = 1", "k = 3"),
    ]
    lines = [
        [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for line in svg.iter("polyline")
    ]
    across = [64 + 322 * np.log1p(step) / np.log(11) for step in steps]
    for line, column in zip(lines, (0, 2), strict=True):
        np.testing.assert_allclose(line, np.column_stack([across, 210 - 196 * left[:, column]]),
                                   atol=0.051)  # fmt: skip
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in svg.iter("circle")]
    np.testing.assert_allclose(circles, [*lines[0][::2], *lines[1][::2]], atol=1e-12)
    assert _caption(tmp_path, entry).startswith("One network of <64> neurons learns waves of ")
    np.savez(tmp_path / "data" / "spectral_bias.npz", shown_steps=steps, left_predicted=left,
             left=[left, left], predicted_steps=[4.0, 6.0, 12.0])  # fmt: skip
    said = _caption(tmp_path, entry)
    assert said.startswith("2 networks of <64> neurons each learn waves of several frequencies at ")
    assert "what is left of the waves k = 1, 3, in % of the start, their mean. Lines: " in said
    place = {text.text: float(text.get("x")) - 5 for text in svg.iter("text")}
    assert abs(place["k = 1"] - across[1]) < 0.1, "at the step where half is left"


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_without_a_record_there_is_no_picture_at_the_top(tmp_path, content):
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "spectral_bias.npz").write_bytes(content)
    entry = {"name": "spectral_bias", "configuration": {}}
    assert opening.picture(tmp_path, [entry]) == ""
    assert opening.picture(tmp_path, []) == ""
