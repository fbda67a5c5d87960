"""The command line as a whole: as a program, its version, and errors of one line."""

import argparse
import os
import re
import subprocess
import sys

import pytest

import minintk as mn
from minintk import cli
from tests.reference.commands import (
    PACKAGE,
    all_started,
    ended,
    environment,
    run,
    started,
    verdicts,
)

pytestmark = pytest.mark.command


REFUSED = {
    "unknown claim": ("reproduce", "--claims", "rotations"),
    "a folder with something else": ("reproduce", "--out", str(PACKAGE)),
}


@pytest.fixture(scope="module")
def programs():
    """The program `python -m minintk` with several arguments, all started at once."""
    calls = {"right": ("check", "kappa0", "1 - t/pi"), **REFUSED}
    with all_started(
        {name: (("-m", "minintk", *call), {}) for name, call in calls.items()}
    ) as processes:
        yield processes


# --- by hand --------------------------------------------------------------------------------------


def test_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"minintk {mn.__version__}\n"


def test_minintk_alone_is_its_help_with_three_examples(capsys):
    status, out, err = run(capsys)
    assert (status, err) == (0, "")
    assert run(capsys, "--help") == (0, out, "")
    examples = re.findall(r"^  minintk (\w+)", out.split("\nexamples:\n")[1], flags=re.MULTILINE)
    assert examples == ["check", "exercises", "reproduce"]


def subparsers():
    (tree,) = (a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    return tree


def test_every_command_has_a_line_of_help_that_fits_beside_its_name(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    out = run(capsys, "--help")[1]
    names = list(subparsers().choices)
    assert len(names) >= 8
    for name in names:
        assert re.search(rf"^    {name} +\w", out, flags=re.MULTILINE), name


def texts_of(parser):
    """Every text of a command's help that a person reads."""
    return [parser.description, *(action.help for action in parser._actions)]


@pytest.mark.parametrize("name", subparsers().choices)
def test_the_help_of_a_command_is_plain(name):
    texts = texts_of(subparsers().choices[name])
    assert all(texts), "an option without help"
    for text in texts:
        for sentence in re.split(r"[.:;](?:\s|$)", text):
            assert len(sentence.split()) <= 25, sentence


@pytest.mark.course
def test_as_a_program(programs):
    done = ended(programs["right"])
    assert (done.returncode, done.stdout) == (0, "right: kappa0\n"), done.stderr


COMMANDS = [
    (),
    ("--help",),
    ("--version",),
    ("check", "--list"),
    ("check", "kappa0", "1 - t/pi"),
    ("exercises",),
    ("exercises", "kappa0"),
    ("exercises", "--list"),
    ("conventions",),
    ("completion", "bash"),
    ("reproduce", "--list"),
]


# Every command as a program that ends, after what all of them import is loaded once. Where Python
# starts without standard output, sys.stdout is None.
ALL_COMMANDS = f"""
import os, sys
import minintk.course, minintk.report
from minintk import cli

def no_reader():
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(reader)
    os.close(writer)

def closed():
    os.close(1)
    sys.stdout = None

def full():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

for place in sys.argv[1:]:
    for arguments in {COMMANDS}:
        process = os.fork()
        if process == 0:
            globals()[place]()
            sys.exit(cli.main(arguments))
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.write(2, b"\\0%d\\0" % status)
"""


@pytest.fixture(scope="module")
def told():
    """Exit status and what is on stderr, by where standard output goes and by command."""
    places = ["no_reader", "closed", *["full"] * os.path.exists("/dev/full")]
    # Unlike without a buffer, a full one may fail at the end.
    process = started("-c", ALL_COMMANDS, *places, PYTHONUNBUFFERED="")
    *parts, rest = ended(process).stderr.split("\0")
    assert (process.returncode, rest) == (0, ""), rest
    found = list(zip(map(int, parts[1::2]), parts[::2], strict=True))
    assert len(found) == len(places) * len(COMMANDS)
    rows = (found[start : start + len(COMMANDS)] for start in range(0, len(found), len(COMMANDS)))
    return {
        place: dict(zip(COMMANDS, row, strict=True))
        for place, row in zip(places, rows, strict=True)
    }


@pytest.mark.course
@pytest.mark.skipif(os.name != "posix", reason="the null device and processes of POSIX")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_says_the_same_where_its_output_cannot_be_written(arguments, told):
    line = "minintk: standard output could not be written: {}\n"
    assert told["no_reader"][arguments] == (1, ""), "a reader who has seen enough"
    assert told["closed"][arguments] == (1, line.format("it is closed"))
    if "full" in told:
        assert told["full"][arguments] == (1, line.format(os.strerror(28)))


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_a_run_without_any_stream_leaves_its_results(tmp_path):
    command = [
        sys.executable,
        "-m",
        "tests.reference.small_claims",
        "reproduce",
        "--claims",
        "fine",
    ]
    shell = '"$@" >&- 2>&- <&-'
    result = subprocess.run(
        ["sh", "-c", shell, "sh", *command, "--workers", "1", "--out", str(tmp_path / "out")],
        env=environment(),
        check=False,
    )
    assert result.returncode == 1
    assert verdicts(tmp_path / "out") == {"fine": "holds"}


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.course
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("check", "kappa1", "2xi"),
            "unknown name 'xi'; the names here, with other spellings, are pi, t\n",
        ),
        (("check", "kappa9", "1"), "quantity must be one of"),
        (("check", "kappa0"), "QUANTITY and FORMULA"),
        (("check", "kappa0", "t", "--k", "odd"), "k must be left out"),
        (("grade", "nowhere.py"), "that are there, got 'nowhere.py'"),
        (("exercises", "softmax"), "exercise must be one of"),
        (("chek",), "got 'chek': did you mean check?\n"),
        (("frobnicate",), f"must be one of {', '.join(subparsers().choices)}, got 'frobnicate'\n"),
        (("--verson",), "minintk: no option '--verson': did you mean --version?\n"),
        (
            ("grade", "a.py", "--cvs", "x"),
            "grade: no option '--cvs': did you mean --csv?\n",
        ),
        (("check", "relu", "z", "--hint"), "no option '--hint': did you mean --no-hints?\n"),
        (("check", "kappa0", "t", "--no-bais"), "'--no-bais': did you mean --no-bias?\n"),
        (("check", "kappa0", "-lisst"), "no option '-lisst': did you mean --list?\n"),
        (("check", "kappa0", "t", "-x"), "no option '-x'; see minintk check --help\n"),
        (("check", "-t", "kappa0"), "got '-t'\n"),
        (("check", "kappa0", "t", "--k", "-x"), "--k: expected one argument\n"),
        (("animate", "-t", "-stesp"), "no option '-stesp': did you mean --steps?\n"),
        (("animate", "t", "--out", "-t.gif"), "--out: expected one argument\n"),
        (("bench", "-t"), "minintk bench: no option '-t'; see minintk bench --help\n"),
        (("bench", "--gpu"), "minintk bench: no option '--gpu'; see minintk bench --help\n"),
        (("bench", "now"), "minintk bench: one argument too many: 'now'\n"),
        (("check", "kappa0", "t", "more"), "minintk check: one argument too many: 'more'\n"),
        (("check", "Kapa0", "t"), "got 'Kapa0': did you mean kappa0?\n"),
        (("check", "ntk", "t", "--convention", "basri"), "got 'basri': did you mean basri2019?\n"),
        (("exercises", "relu-derivative"), "did you mean relu_derivative?\n"),
        (("exercises", "frozen"), "did you mean frozen_kernel_prediction?\n"),
        (("reproduce", "--claims", "decay,rotaton"), "got 'rotaton': did you mean rotation?\n"),
        (
            ("reproduce", "--set", "decay.widht=3"),
            "no field 'widht': did you mean width? decay has",
        ),
        (("reproduce", "--set", "deca.width=3"), ": did you mean decay?\n"),
        (
            ("check", "kappa0", "--steps", "nowhere"),
            "could not read or write nowhere: No such file",
        ),
        (
            ("exercises", "--course", "a.json"),
            "--course goes with --out or --gradescope, and has the names\n",
        ),
        (("grade", "a.py", "--workers", "0"), "must be a whole number from 1, got '0'\n"),
    ],
)
def test_unusable_calls(capsys, arguments, words):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_from_outside_is_one_line_and_exit_status_2(name, programs):
    result = ended(programs[name])
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("minintk")
    assert result.stderr.count("\n") == 1, result.stderr
