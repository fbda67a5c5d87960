"""The command line as a whole: as a program, its version, and refusals of one line."""

import subprocess
import sys

import pytest

import minintk as mn
from minintk import cli
from tests.reference.commands import PACKAGE, python, run

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


@pytest.mark.course
def test_a_reader_who_stops_early_sees_no_traceback():
    # `minintk check --list | head -1`: the list is longer than what a pipe holds for nobody
    process = subprocess.Popen(
        [sys.executable, "-m", "minintk", "check", "--list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(timeout=60) in (0, 1)
    assert process.stderr.read() == b""
    process.stderr.close()


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.course
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "kappa1", "2pi"), "write 2*pi"),
        (("check", "kappa9", "1"), "quantity must be one of"),
        (("check", "kappa0"), "QUANTITY and FORMULA"),
        (("check", "kappa0", "t", "--k", "odd"), "k must be left out"),
        (("grade", "nowhere.py"), "not there"),
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
