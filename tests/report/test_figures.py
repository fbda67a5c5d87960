"""The figures of a run can be read, whatever a reader has set for his own."""

import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib import image

from tests.reference.commands import NAMES, all_started, command, ended

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


OWN_BACKEND = (
    "from minintk.report.figures import drawing\n"
    "drawing(lambda axes: None, 1)\n"
    "import matplotlib, os\n"
    "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
)


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """Two readers' processes, both started at once."""
    folder = tmp_path_factory.mktemp("readers")
    (folder / "matplotlibrc").write_text(RC)
    changes = {"MATPLOTLIBRC": str(folder / "matplotlibrc"), "MPLBACKEND": "no_such_backend"}
    run = command(folder / "out", "--claims", ",".join(NAMES))
    calls = {"style": (run, changes), "backend": (("-c", OWN_BACKEND), {"MPLBACKEND": "svg"})}
    with all_started(calls) as processes:
        yield folder, processes


def test_what_a_reader_has_set_has_no_influence_on_a_figure(finished, readers):
    folder, processes = readers
    result = ended(processes["style"])
    assert result.returncode == 0, result.stderr
    assert "matplotlib" not in result.stderr
    for name in NAMES:
        for kind in ("png", "svg"):
            file = f"figures/{name}.{kind}"
            assert (folder / "out" / file).read_bytes() == (finished[0] / file).read_bytes(), file


def test_a_readers_own_backend_is_left_to_him(readers):
    result = ended(readers[1]["backend"])
    assert result.stdout.split() == ["svg", "svg"], result.stderr
