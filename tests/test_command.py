"""The command from end to end, its files read back; and the report's parts on their own."""

import base64
import contextlib
import dataclasses
import io
import itertools
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

import minintk as mn
from minintk import cli
from minintk.claims import CLAIMS
from minintk.report import progress, results, runner
from minintk.report import reproduce as reproduction
from tests.reference import small_claims

pytestmark = pytest.mark.command

PACKAGE = Path(mn.__file__).parent
NAMES = ["rotation", "eigenfunctions"]
HEAD = {"version", "seed", "machine", "claims"}
ENTRY = {
    "name",
    "beyond_study",
    "statement",
    "formula",
    "source",
    "criterion",
    "verdict",
    "reason",
    "measured",
    "configuration",
    "seed",
    "version",
    "seconds",
    "fingerprint",
}
FILES = [
    "claims.json",
    "report.html",
    *(f"data/{name}.npz" for name in NAMES),
    *(f"figures/{name}.{kind}" for name in NAMES for kind in ("png", "svg")),
]
# The definition of what a run measures, on one BLAS thread as the runner has it.
DEFINITION = """
import json, sys
import numpy as np
from minintk.claims import CLAIMS
from minintk.claims.claim import arrays, measure, summary

folder, *names = sys.argv[1:]
for name in names:
    record = measure(CLAIMS[name], CLAIMS[name].quick, 0)
    np.savez(f"{folder}/{name}.npz", **arrays(record))
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(summary(record), file)
"""


def environment(**changes):
    return {
        **os.environ,
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


def python(*arguments, **changes):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment(**changes),
        timeout=120,
        check=False,
    )


def reproduce(folder, *arguments, **changes):
    return python("-m", "minintk", "reproduce", "--quick", "--out", folder, *arguments, **changes)


def contents(folder):
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_claims(folder):
    content = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    return content, {entry["name"]: entry for entry in content["claims"]}


def bits(folder, name):
    with np.load(folder / "data" / f"{name}.npz") as data:
        return {key: (data[key].dtype, data[key].shape, data[key].tobytes()) for key in data}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "new" / "results"
    return folder, reproduce(folder, "--claims", ",".join(NAMES), "--workers", "2")


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the finished run, to do something to."""
    return shutil.copytree(finished[0], tmp_path / "results")


@pytest.fixture(autouse=True)
def _keep_the_handler_of_sigterm():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


# --- what a run leaves --------------------------------------------------------------------------


def test_a_run_prints_verdicts_and_last_where_the_page_is(finished):
    folder, result = finished
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines if not line.startswith(" ")] == [
        ["rotation", "holds"],
        ["eigenfunctions", "holds"],
        ["page:", str(folder / "report.html")],
    ]
    assert lines[-1] == f"page: {folder / 'report.html'}"
    assert re.fullmatch(
        r"(rotation: holds|eigenfunctions: holds), about \d+ s left\n"
        r"(rotation: holds|eigenfunctions: holds)\n",
        result.stderr,
    ), result.stderr


def test_a_run_leaves_whole_files_and_no_others(finished):
    assert sorted(contents(finished[0])) == sorted(FILES)


def test_claims_json_has_the_documented_schema(finished):
    content, entries = read_claims(finished[0])
    assert set(content) == HEAD
    assert content["version"] == mn.__version__
    assert content["seed"] == 0
    assert set(content["machine"]) == {"system", "architecture", "cores", "python", "numpy"}
    assert content["machine"]["numpy"] == np.__version__
    assert [entry["name"] for entry in content["claims"]] == NAMES
    for name, entry in entries.items():
        claim = CLAIMS[name]
        assert set(entry) == ENTRY, name
        assert entry["beyond_study"] is claim.beyond_study, name
        for text in ("statement", "formula", "source", "criterion"):
            assert entry[text] == getattr(claim, text), name
        assert entry["verdict"] in ("holds", "holds in part", "fails")
        assert entry["configuration"] == json.loads(json.dumps(dataclasses.asdict(claim.quick)))
        assert entry["seed"] == 0
        assert entry["seconds"] > 0


def test_the_schema_is_documented():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for key in HEAD | ENTRY:
        assert f"`{key}`" in readme, key
        assert re.search(rf"\b{key}\b", results.__doc__), key


def test_measured_figures_and_arrays_are_those_of_the_definition_bit_by_bit(finished, tmp_path):
    threads = dict.fromkeys(runner._THREADS, "1")
    result = python("-c", DEFINITION, tmp_path, *NAMES, **threads)
    assert result.returncode == 0, result.stderr
    _, entries = read_claims(finished[0])
    (tmp_path / "data").mkdir()
    for name in NAMES:
        shutil.move(tmp_path / f"{name}.npz", tmp_path / "data")
        assert bits(finished[0], name) == bits(tmp_path, name), name
        assert entries[name]["measured"] == json.loads((tmp_path / f"{name}.json").read_text())
        assert len(bits(tmp_path, name)) >= 2, name


@pytest.mark.parametrize("name", NAMES)
def test_figures_can_be_read(finished, name):
    picture = image.imread(finished[0] / "figures" / f"{name}.png")
    assert picture.shape[0] > 300
    assert picture.shape[1] > 500
    assert picture[..., :3].std() > 0.01, "an empty picture"
    root = ElementTree.parse(finished[0] / "figures" / f"{name}.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root.iter())) > 100


class Page(HTMLParser):
    """The elements of a page in their order, with attributes, and the text of each cell."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self.texts = [], [], []
        self._cell = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data):
        self.texts.append(data)
        if self._cell:
            self.rows[-1][-1] += data

    def named(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


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


# --- the same seed, and what is used again ------------------------------------------------------


def test_results_do_not_depend_on_the_number_of_workers(finished, tmp_path):
    result = reproduce(tmp_path / "one", "--claims", ",".join(NAMES[::-1]), "--workers", "1")
    assert result.returncode == 0, result.stderr
    _, two = read_claims(finished[0])
    _, one = read_claims(tmp_path / "one")
    assert list(one) == NAMES, "the order is the study's, however the claims were asked for"
    for name in NAMES:
        assert one[name]["measured"] == two[name]["measured"], name
        assert bits(tmp_path / "one", name) == bits(finished[0], name), name
        for kind in ("png", "svg"):
            figure = Path("figures") / f"{name}.{kind}"
            same = (tmp_path / "one" / figure).read_bytes() == (finished[0] / figure).read_bytes()
            assert same, f"{figure} differs"


def test_a_second_run_keeps_everything(folder):
    before = contents(folder)
    result = reproduce(folder, "--claims", ",".join(NAMES))
    assert result.returncode == 0
    assert result.stderr == "".join(f"{name}: kept from an earlier run\n" for name in NAMES)
    assert contents(folder) == before


def test_fresh_runs_again_and_leaves_other_claims_alone(folder):
    figure = folder / "figures" / "rotation.svg"
    figure.write_text("old")
    (folder / "data" / "eigenfunctions.npz").write_text("not touched")
    _, before = read_claims(folder)
    result = reproduce(folder, "--claims", "rotation", "--fresh")
    assert result.returncode == 0, result.stderr
    assert result.stderr == "rotation: holds\n"
    assert figure.read_text() != "old"
    assert (folder / "data" / "eigenfunctions.npz").read_text() == "not touched"
    _, after = read_claims(folder)
    assert after["eigenfunctions"] == before["eigenfunctions"]
    assert after["rotation"]["measured"] == before["rotation"]["measured"]


def test_another_seed_never_uses_old_results(folder):
    content, before = read_claims(folder)
    result = reproduce(folder, "--claims", "rotation", "--seed", "1")
    assert result.returncode == 0, result.stderr
    assert result.stderr == "rotation: holds\n"
    content, after = read_claims(folder)
    assert content["seed"] == 1
    assert after["eigenfunctions"] == before["eigenfunctions"]
    assert after["rotation"]["seed"] == 1
    assert after["rotation"]["measured"] != before["rotation"]["measured"]
    assert bits(folder, "rotation").keys() == {"empirical_change", "empirical_circulant_distance"}


# --- signals ------------------------------------------------------------------------------------

has_process_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups")
INTERRUPTED = "interrupted: what finished is kept in {}, the same command continues\n"


@contextlib.contextmanager
def running(folder, *arguments):
    """A run in a process group of its own, as a terminal has it; ended at the latest here."""
    process = subprocess.Popen(
        [sys.executable, "-m", "minintk", "reproduce", "--out", str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    )
    overdue = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
    overdue.start()
    try:
        yield process
    finally:
        overdue.cancel()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def rest_of(process):
    """What is still written. It ends only when no process is left that could write there."""
    return process.communicate(timeout=30)


@has_process_groups
def test_an_interrupted_run_keeps_what_finished_and_continues(tmp_path):
    arguments = ["--claims", "eigenfunctions,evolving", "--workers", "2"]
    with running(tmp_path, *arguments) as process:
        first = process.stderr.readline()
        assert first.startswith("eigenfunctions: holds, about "), first + rest_of(process)[1]
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches the children too
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    left = contents(tmp_path)
    assert sorted(left) == sorted(file for file in FILES if "rotation" not in file)
    entries = read_claims(tmp_path)[1]
    assert list(entries) == ["eigenfunctions"]
    assert 'id="eigenfunctions"' in left["report.html"].decode()

    with running(tmp_path, *arguments) as process:
        assert process.stderr.readline() == "eigenfunctions: kept from an earlier run\n"
        time.sleep(1.0)  # until the children work
        process.terminate()  # reaches the parent alone
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    assert contents(tmp_path) == left


@has_process_groups
@pytest.mark.parametrize("seconds", [0.05, 0.1])
def test_ctrl_c_while_the_children_start_is_one_line_too(seconds, tmp_path):
    with running(tmp_path, "--claims", "evolving", "--workers", "2") as process:
        while not (tmp_path / "claims.json").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    assert sorted(contents(tmp_path)) == ["claims.json", "report.html"]


# --- refusals -----------------------------------------------------------------------------------


def refuse(capsys, *arguments):
    """Run a command that cannot be carried out; return its one line."""
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert captured.err.endswith("\n")
    return captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["reprodcue"], "'reprodcue'"),
        (["reproduce", "--claims", "rotation,spectral"], "got 'spectral'"),
        (["reproduce", "--claims", "spectral"], "must name some of " + ", ".join(CLAIMS)),
        (["reproduce", "--claims", ""], "got ''"),
        (["reproduce", "--workers", "0"], "--workers: must be a whole number from 1, got '0'"),
        (["reproduce", "--workers", "-2"], "--workers: must be a whole number from 1, got '-2'"),
        (["reproduce", "--workers", "1.5"], "got '1.5'"),
        (["reproduce", "--workers", "nan"], "got 'nan'"),
        (["reproduce", "--seed", "-1"], "--seed: must be a whole number from 0, got '-1'"),
        (["reproduce", "--seed", "nan"], "--seed: must be a whole number from 0, got 'nan'"),
        (["reproduce", "--seed", "²"], "got '²'"),
        (["reproduce", "--seed", "9" * 5000], "--seed"),
        (["reproduce", "--size", "3"], "--size"),
        (["reproduce", "--out"], "--out"),
    ],
)
def test_a_wrong_argument_meets_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refuse(capsys, *arguments)
    assert not list(tmp_path.iterdir()), "a refused call must not make a folder"


VALID = {"version": "0", "seed": 0, "machine": {}, "claims": []}
FOREIGN = {
    "another file": {"notes.txt": "mine"},
    "a folder": {"notes/here.txt": "mine"},
    "a hidden file": {".git/config": "mine"},
    "broken JSON": {"claims.json": "{"},
    "no JSON": {"claims.json": b"\xff\xfe\x00"},
    "an empty file": {"claims.json": ""},
    "a list": {"claims.json": "[]"},
    "a number": {"claims.json": "1"},
    "other keys": {"claims.json": '{"claims": []}'},
    "claims that are none": {"claims.json": json.dumps({**VALID, "claims": [1]})},
    "claims that are a number": {"claims.json": json.dumps({**VALID, "claims": 1})},
    "claims that are an object": {"claims.json": json.dumps({**VALID, "claims": {"a": 1}})},
    "a folder of that name": {"claims.json/notes.txt": "mine"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_folder_that_holds_something_else_is_refused_and_left_alone(case, tmp_path, capsys):
    for name, text in FOREIGN[case].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    before = contents(tmp_path)
    line = refuse(capsys, "reproduce", "--quick", "--claims", "rotation", "--out", tmp_path)
    assert "--out must be" in line
    assert str(tmp_path) in line
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked").chmod(0o500)
    folders = [tmp_path / "file", tmp_path / "file" / "below"]
    if not os.access(tmp_path / "locked", os.W_OK):  # the superuser can write there all the same
        folders += [tmp_path / "locked", tmp_path / "locked" / "below"]
    for folder in folders:
        line = refuse(capsys, "reproduce", "--claims", "rotation", "--out", folder)
        assert "--out must be a folder that can be written" in line
        assert str(folder) in line
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [(), ("reproduce", "--claims", "rotations"), ("reproduce", "--out", str(PACKAGE))],
    ids=["no command", "unknown claim", "a folder with something else"],
)
def test_a_refusal_from_outside_is_one_line_and_exit_status_2(arguments):
    result = python("-m", "minintk", *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("minintk")
    assert result.stderr.count("\n") == 1, result.stderr


def test_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"minintk {mn.__version__}\n"


# --- the command in this process ----------------------------------------------------------------


def main(folder, *arguments):
    return cli.main(["reproduce", "--out", str(folder), *arguments])


def finished_in(folder):
    return ["--quick", "--claims", ",".join(NAMES)]


@pytest.mark.parametrize("columns", [20, 70, 300])
def test_verdicts_fit_the_terminal(folder, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(folder, *finished_in(folder)) == 0
    *table, last = capsys.readouterr().out.splitlines()
    assert last == f"page: {folder / 'report.html'}"
    assert max(len(line) for line in table) <= max(60, min(columns, 120))
    assert len(table) > 2


def test_verdicts_can_be_printed_where_only_ascii_can(folder):
    result = reproduce(folder, "--claims", ",".join(NAMES), PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == f"page: {folder / 'report.html'}"


def test_open_shows_the_page(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert main(folder, *finished_in(folder)) == 0
    assert shown == []
    assert main(folder, *finished_in(folder), "--open") == 0
    assert shown == [(folder / "report.html").resolve().as_uri()]


def test_the_folder_is_minintk_results_unless_given(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    folder.rename("minintk-results")
    assert cli.main(["reproduce", *finished_in(folder)]) == 0
    assert capsys.readouterr().out.endswith(f"page: {Path('minintk-results', 'report.html')}\n")


def study(monkeypatch, *claims):
    """Put other claims in place of the study's."""
    named = small_claims.named(*claims)
    monkeypatch.setattr("minintk.claims.CLAIMS", named)
    monkeypatch.setattr(reproduction, "CLAIMS", named)


def verdicts(folder):
    return {name: entry["verdict"] for name, entry in read_claims(folder)[1].items()}


def test_a_crashed_claim_is_named_and_the_others_are_kept(tmp_path, monkeypatch, capsys):
    crashing = (small_claims.CRASHING, small_claims.UNDRAWABLE, small_claims.UNJUDGED)
    study(monkeypatch, small_claims.FINE, *crashing, small_claims.OTHER)  # the last: beyond
    assert main(tmp_path, "--workers", "2") == 1
    out, err = capsys.readouterr()
    tracebacks = tmp_path / "tracebacks.txt"
    *table, last = out.splitlines()
    assert last == f"page: {tmp_path / 'report.html'}; tracebacks: {tracebacks}"
    assert table.pop(1) == "beyond the study:"
    shown = {line.split()[0]: line.split()[1] for line in table}
    crashed = dict.fromkeys(["crashing", "undrawable", "unjudged"], "crashed")
    assert shown == {"fine": "holds", "another_one": "holds", **crashed}
    assert len(err.splitlines()) == 5
    assert "Traceback" not in out + err
    text = tracebacks.read_text()
    for name, what in (("crashing", "measured"), ("undrawable", "drawn"), ("unjudged", "judged")):
        assert f"# {name}\n" in text
        assert f"RuntimeError: this {'unit' if name == 'crashing' else 'record'}" in text
        assert f"cannot be {what}" in text
    assert verdicts(tmp_path) == {"fine": "holds", "another_one": "holds"}
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [row[:2] for row in page.rows[:8]] == [
        ["Claim of the study", "Verdict"],
        ["Fine", "holds"],
        ["Beyond the study", "Verdict"],
        ["Another one", "holds"],
        ["Crashed", "Verdict"],
        *([name.capitalize(), "crashed"] for name in ("crashing", "undrawable", "unjudged")),
    ]
    assert "That fine <b>holds</b>." in page.texts, "text must be escaped"
    assert "1 < 2 & the mean of 120 numbers is λ." in [row[2] for row in page.rows[1:4]]

    # mended: what is finished is kept, and the old tracebacks go
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    assert main(tmp_path, "--workers", "1") == 0
    out, err = capsys.readouterr()
    assert err == "fine: kept from an earlier run\nanother_one: kept from an earlier run\n"
    assert out.splitlines()[-1] == f"page: {tmp_path / 'report.html'}"
    assert not tracebacks.exists()


def reproduce_here(folder, *names, **changes):
    stream = io.StringIO()
    options = {"size": "default", "seed": 0, "workers": 1, "fresh": False, **changes}
    return reproduction.reproduce(folder, names, stream=stream, **options), stream.getvalue()


def test_outcome_of_a_crash(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    outcome, text = reproduce_here(tmp_path, "crashing", "fine")
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7", "for the children alone"
    assert "OMP_NUM_THREADS" not in os.environ
    assert outcome.crashed == ["crashing"]
    assert [entry["name"] for entry in outcome.entries] == ["fine"]
    assert outcome.tracebacks == tmp_path / "tracebacks.txt"
    assert outcome.page == tmp_path / "report.html"
    assert "crashing: crashed, about " in text
    measured = outcome.entries[0]["measured"]
    assert measured["in_child_process"] is True
    assert measured["blas_threads"] == ["1"], "BLAS must have one thread in every child"
    assert measured["units"] == [0, 1, 2]
    assert measured["never"] == "inf", "JSON has no inf: it becomes text"


def test_an_interrupted_run_ends_units_that_still_run(tmp_path, monkeypatch):
    class Interrupting(io.StringIO):
        def write(self, text):
            raise KeyboardInterrupt

    monkeypatch.setenv("SLEPT", str(tmp_path / "slept"))
    study(monkeypatch, small_claims.FINE, small_claims.SLEEPING)
    monkeypatch.setattr(io, "StringIO", Interrupting)  # Ctrl-C as soon as `fine` is finished
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path / "results", "fine", "sleeping", workers=2)
    assert not multiprocessing.active_children()
    assert not (tmp_path / "slept").exists(), "a unit was waited for"
    assert verdicts(tmp_path / "results") == {"fine": "holds"}


def test_what_makes_a_run_use_old_results(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    ran, kept = "fine: holds\n", "fine: kept from an earlier run\n"
    assert reproduce_here(tmp_path, "fine")[1] == ran
    assert reproduce_here(tmp_path, "fine")[1] == kept
    assert reproduce_here(tmp_path, "fine", workers=2)[1] == kept
    (tmp_path / "figures" / "fine.png").unlink()
    assert reproduce_here(tmp_path, "fine")[1] == ran, "a file was missing"
    assert reproduce_here(tmp_path, "fine", size="quick")[1] == ran, "other sizes"
    with monkeypatch.context() as patch:
        patch.setattr(results, "__version__", "99")
        assert reproduce_here(tmp_path, "fine", size="quick")[1] == ran, "another version"


def test_a_whole_run_drops_entries_that_are_not_its_own(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    reproduce_here(tmp_path, "another_one", size="quick")
    reproduce_here(tmp_path, "fine", size="quick")
    assert list(verdicts(tmp_path)) == ["fine", "another_one"], "in the study's order"
    before = read_claims(tmp_path)[1]

    # Ctrl-C before the first unit: what a whole run of other sizes does not own is gone
    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(reproduction, "run_claims", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path, "fine")
    assert read_claims(tmp_path)[1] == {"another_one": before["another_one"]}
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path, "fine", "another_one")
    assert read_claims(tmp_path)[1] == {}


def test_an_interrupted_run_with_a_crash_leaves_the_traceback_that_the_page_names(
    tmp_path, monkeypatch, capsys
):
    def crashed_then_interrupted(*_):
        yield runner.Crashed(small_claims.CRASHING, "Traceback: of crashing\n")
        raise KeyboardInterrupt

    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    monkeypatch.setattr(reproduction, "run_claims", crashed_then_interrupted)
    assert main(tmp_path) == 130
    assert capsys.readouterr().err.splitlines()[-1] == INTERRUPTED.format(tmp_path).strip()
    assert "tracebacks.txt" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "of crashing" in (tmp_path / "tracebacks.txt").read_text()


# --- fingerprints -------------------------------------------------------------------------------


def test_a_fingerprint_depends_on_all_that_a_result_depends_on(tmp_path, monkeypatch):
    def of(name="rotation", seed=0, **changes):
        configuration = dataclasses.replace(CLAIMS[name].quick, **changes)
        return results.fingerprint(CLAIMS[name], configuration, seed)

    one = of()
    assert of() == one
    others = [of(seed=1), of(seeds=65), of(widths=(64, 512)), of(name="eigenfunctions")]
    for module, name in ((results, "__version__"), (np, "__version__")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, "99")
            others.append(of())
    code = shutil.copytree(PACKAGE, tmp_path / "minintk", ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(mn, "__file__", str(code / "__init__.py"))
    assert of() == one, "only the code itself, not its place"
    with (code / "arccosine.py").open("a") as file:
        file.write("# edited\n")
    others.append(of())
    assert len({one, *others}) == 1 + len(others)


# --- whole files --------------------------------------------------------------------------------


def test_write_whole_replaces_a_file_and_makes_its_folder(tmp_path):
    path = tmp_path / "new" / "file"
    results.write_whole(path, b"old")
    results.write_whole(path, b"\x00new")
    assert contents(tmp_path) == {"new/file": b"\x00new"}
    if os.name == "posix":
        plain = tmp_path / "plain"
        plain.write_bytes(b"")
        assert path.stat().st_mode == plain.stat().st_mode, "the same rights as any other file"


@pytest.mark.parametrize("where", ["while writing", "while renaming"])
def test_write_whole_leaves_the_old_file_if_it_fails(where, tmp_path, monkeypatch):
    path = tmp_path / "file"
    results.write_whole(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    class FullDisk(io.BytesIO):
        write = full

    if where == "while writing":
        monkeypatch.setattr(results.os, "fdopen", lambda descriptor, _: FullDisk())
    else:
        monkeypatch.setattr(results.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        results.write_whole(path, b"new")
    monkeypatch.undo()
    assert contents(tmp_path) == {"file": b"old"}


def test_write_whole_leaves_nothing_behind_on_ctrl_c(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(results.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        results.write_whole(tmp_path / "file", b"new")
    assert contents(tmp_path) == {}


# --- progress -----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress_on(stream, clock, monkeypatch):
    """Progress of two claims of three units, 2 s each, on two workers, by a clock of our own."""
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    jobs = [(claim, claim.default) for claim in (small_claims.FINE, small_claims.OTHER)]
    return progress.Progress(jobs, 2, stream)


def test_progress_in_plain_lines(monkeypatch):
    stream = io.StringIO()
    lines = progress_on(stream, iter([0.0, 9.0, 11.0]), monkeypatch)
    lines.note("something")
    for unit in small_claims.units(small_claims.FINE.default):
        lines.unit_done(small_claims.FINE, unit)
    assert stream.getvalue() == "something\n", "units say nothing where lines cannot be rewritten"
    lines.claim_done("fine", "holds")  # half is done after 9 s
    lines.claim_done("another_one", "crashed")
    lines.close()
    expected = "something\nfine: holds, about 9 s left\nanother_one: crashed\n"
    assert stream.getvalue() == expected


def test_progress_begins_with_the_estimated_cost(monkeypatch):
    stream = io.StringIO()
    progress_on(stream, itertools.count(), monkeypatch).claim_done("fine", "crashed")
    assert stream.getvalue() == "fine: crashed, about 6 s left\n"  # 12 s of work by two


def test_progress_on_a_terminal_rewrites_one_line(monkeypatch):
    stream = Terminal()
    lines = progress_on(stream, iter([0.0, 1.0, 2.0, 3.0, 3.0, 3.0]), monkeypatch)
    first, second, third = small_claims.units(small_claims.FINE.default)
    lines.unit_done(small_claims.FINE, first)
    lines.unit_done(small_claims.FINE, second)
    lines.unit_done(small_claims.FINE, third)
    lines.claim_done("fine", "holds")
    lines.close()
    clear = "\r\x1b[K"
    assert stream.getvalue().split(clear) == [
        "",
        "fine: 33 %, about 5 s left",
        "fine: 67 %, about 4 s left",
        "fine: 100 %, about 3 s left",
        "fine: holds, about 3 s left\n",
        "another_one: 0 %, about 3 s left",
        "",
    ]
