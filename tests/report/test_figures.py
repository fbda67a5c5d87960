"""The figures of a run can be read, whatever a reader has set for his own."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib import image

from minintk.report import figures
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
    run = command(folder / "out", "--claims", ",".join(NAMES), "--workers", "1")
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


def test_ticks_of_powers_are_written_in_plain_characters():
    def draw(axes):
        axes[0].set(xscale="log", xlim=(1, 1e6), yscale="log", ylim=(2e-2, 7e-2))

    figure = figures.drawing(draw, 1)
    figure.canvas.draw()
    x, y = figure.axes[0].get_xticklabels(), figure.axes[0].get_yticklabels(minor=True)
    assert {"10⁰", "10²", "10⁴", "10⁶"} <= {label.get_text() for label in x}
    assert {"3 × 10⁻²", "6 × 10⁻²"} <= {label.get_text() for label in y}
    assert figures.plain_power("−0.5") == "−0.5"


def test_the_margins_of_a_figure_hold_all_that_is_drawn_and_panels_do_not_overlap():
    def draw(axes):
        for axis in axes:
            axis.set(xlabel="x", ylabel="a label", title="title", yscale="log", ylim=(1e-12, 1))
            axis.plot([0, 1], [1, 1e-9], label="a legend of some length")
            axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    figure = figures.drawing(draw, 4)
    figure.canvas.draw()
    boxes = [axis.get_tightbbox() for axis in figure.axes]
    for box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    pairs = list(itertools.combinations(boxes, 2))
    assert len(pairs) == 6
    assert not any(one.overlaps(other) for one, other in pairs)
