"""The command line as a whole: as a program, its version, and refusals of one line."""

import os
import subprocess
import sys

import pytest

import minintk as mn
from minintk import cli
from tests.reference.commands import PACKAGE, environment, python, run, verdicts

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"minintk {mn.__version__}\n"


@pytest.mark.course
def test_as_a_program():
    command = [sys.executable, "-m", "minintk", "check", "kappa0", "1 - t/pi"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "right: kappa0\n"), done.stderr


COMMANDS = [
    ("--help",),
    ("--version",),
    ("check", "--list"),
    ("check", "kappa0", "1 - t/pi"),
    ("exercises",),
    ("exercises", "kappa0"),
    ("conventions",),
    ("reproduce", "--list"),
]


def told(arguments, **streams):
    """Exit status and what is on stderr, of a program whose standard output goes nowhere."""
    command = [sys.executable, "-m", "minintk", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(), **streams) as process:
        if process.stdout is not None:
            process.stdout.close()
        error = process.stderr.read().decode()
        return process.wait(timeout=60), error


@pytest.mark.course
@pytest.mark.skipif(os.name != "posix", reason="the null device and shells of POSIX")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_says_the_same_where_its_output_cannot_be_written(arguments):
    line = "minintk: standard output could not be written: {}\n"
    assert told(arguments, stdout=subprocess.PIPE) == (1, ""), "a reader who has seen enough"
    closed = told(arguments, preexec_fn=lambda: os.close(1))
    assert closed == (1, line.format("it is closed"))
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            assert told(arguments, stdout=full) == (1, line.format(os.strerror(28)))


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


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.course
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "kappa1", "2xi"), "unknown name 'xi'; the names here are pi, t\n"),
        (("check", "kappa9", "1"), "quantity must be one of"),
        (("check", "kappa0"), "QUANTITY and FORMULA"),
        (("check", "kappa0", "t", "--k", "odd"), "k must be left out"),
        (("grade", "nowhere.py"), "that are there, got 'nowhere.py'"),
        (("exercises", "softmax"), "exercise must be one of"),
    ],
)
def test_unusable_calls(capsys, arguments, words):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


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
