"""The figures of a run can be read."""

import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib import image

from tests.reference.commands import NAMES

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_figures_can_be_read(finished, name):
    picture = image.imread(finished[0] / "figures" / f"{name}.png")
    assert picture.shape[0] > 300
    assert picture.shape[1] > 500
    assert picture[..., :3].std() > 0.01, "an empty picture"
    root = ElementTree.parse(finished[0] / "figures" / f"{name}.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root.iter())) > 100
