"""The figures of a run can be read, whatever a reader has set for his own."""

import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib import image

from tests.reference.commands import NAMES, python, reproduce

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


# --- theorem --------------------------------------------------------------------------------------


RC = "text.usetex: True\nfigure.dpi: 7\nfont.size: 40\nsvg.fonttype: none\nno such line\n"


def test_what_a_reader_has_set_has_no_influence_on_a_figure(finished, tmp_path):
    (tmp_path / "matplotlibrc").write_text(RC)
    changes = {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "MPLBACKEND": "no_such_backend"}
    result = reproduce(tmp_path / "out", "--claims", ",".join(NAMES), **changes)
    assert result.returncode == 0, result.stderr
    assert "matplotlib" not in result.stderr
    for name in NAMES:
        for kind in ("png", "svg"):
            file = f"figures/{name}.{kind}"
            assert (tmp_path / "out" / file).read_bytes() == (finished[0] / file).read_bytes(), file


def test_a_readers_own_backend_is_left_to_him():
    code = (
        "from minintk.report.figures import drawing\n"
        "drawing(lambda axes: None, 1)\n"
        "import matplotlib, os\n"
        "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    )
    result = python("-c", code, MPLBACKEND="svg")
    assert result.stdout.split() == ["svg", "svg"], result.stderr
