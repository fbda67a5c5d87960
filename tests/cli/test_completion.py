"""`minintk completion`: the scripts, in the shells that are here, give the right words."""

import argparse
import shutil
import subprocess

import pytest

from minintk import cli
from minintk.claims import CLAIMS
from minintk.course import EXERCISES
from minintk.course.questions import QUESTIONS
from tests.reference.commands import run

pytestmark = [pytest.mark.course, pytest.mark.command]

SHELLS = ("bash", "zsh", "fish")


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not here")


@pytest.fixture
def script(capsys):
    """What the command prints for a shell."""

    def printed(shell):
        status, out, err = run(capsys, "completion", shell)
        assert (status, err) == (0, "")
        return out

    return printed


def shell(name, *arguments, **settings):
    done = subprocess.run(
        [name, *arguments], capture_output=True, encoding="utf-8", check=False, **settings
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in SHELLS])
def test_the_script_reads(name, script, tmp_path):
    path = tmp_path / "script"
    path.write_text(script(name), "utf-8")
    assert shell(name, "-n", str(path)) == ""


@pytest.mark.parametrize("name", SHELLS)
def test_every_command_option_and_name_is_in_the_script(name, script):
    out = script(name)
    (tree,) = (a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert len(tree.choices) >= 8
    options = {
        option
        for command in tree.choices.values()
        for action in command._actions
        for option in action.option_strings
    }
    assert len(options) > 25
    for word in [*tree.choices, *options, *CLAIMS, *EXERCISES, *QUESTIONS]:
        assert word.lstrip("-") in out, word


def beginning(prefix, names, before=""):
    """The names that begin so, in their order, after what stands before them."""
    found = [before + name for name in names if name.startswith(prefix)]
    assert found, prefix
    return found


# Words up to the cursor, and what may stand there.
CASES = [
    (["repr"], ["reproduce"]),
    (["reproduce", "--cl"], ["--claims"]),
    (["reproduce", "--claims", "spec"], beginning("spec", CLAIMS)),
    (["reproduce", "--claims", "rotation,dec"], beginning("dec", CLAIMS, "rotation,")),
    (["check", "kap"], beginning("kap", QUESTIONS)),
    (["check", "--no-hints", "kap"], beginning("kap", QUESTIONS)),
    (["check", "kappa0", ""], []),
    (["check", "--k", "o"], ["odd"]),
    (["grade", "--exercise", "relu,lo"], beginning("lo", EXERCISES, "relu,")),
    (["exercises", "kappa"], beginning("kappa", EXERCISES)),
    (["completion", ""], ["bash", "fish", "zsh"]),
    (["grade", "ans"], ["answer.py"]),
    (["exercises", "--out", "hand"], ["handout"]),
    (["reproduce", "--seed", ""], []),
]


@pytest.fixture
def place(tmp_path):
    """A folder with something to complete."""
    (tmp_path / "answer.py").touch()
    (tmp_path / "handout").mkdir()
    return tmp_path


@needs("bash")
def test_bash_completes(script, place):
    cases = [
        *CASES,
        (["check", "--k", "3", "kap"], beginning("kap", QUESTIONS)),
        (
            ["reproduce", "--claims", "=", "spec"],
            beginning("spec", CLAIMS),
        ),  # as bash splits a word
        (["reproduce", "--claims", "="], ["study", "beyond", *CLAIMS]),
        (["grade", "first.py", "ans"], ["answer.py"]),
    ]
    lines = ["complete -p minintk"]
    for words, _ in cases:
        quoted = " ".join(f"'{word}'" for word in words)
        lines.append(f"COMP_WORDS=(minintk {quoted}); COMP_CWORD={len(words)}")
        lines.append('_minintk; echo "${COMPREPLY[*]}"')
    code = script("bash") + "\n".join(lines)
    first, *found = shell("bash", "--norc", "-c", code, cwd=place).splitlines()
    assert first == "complete -F _minintk minintk"
    assert [sorted(words.split()) for words in found] == [sorted(right) for _, right in cases]


@needs("fish")
def test_fish_completes(script, place):
    lines = [f"complete -C 'minintk {' '.join(words)}'; echo ---" for words, _ in CASES]
    home = {"HOME": str(place / "handout"), "PATH": "/usr/bin:/bin"}
    out = shell("fish", "-c", script("fish") + "\n".join(lines), cwd=place, env=home)
    found = [
        sorted(line.split("\t")[0].rstrip("/") for line in block.splitlines())
        for block in out.removesuffix("---\n").split("---\n")
    ]
    assert found == [sorted(right) for _, right in CASES]


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("tcsh",), ()])
def test_an_unknown_shell_meets_the_three_names(arguments, capsys):
    status, out, err = run(capsys, "completion", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert all(name in err for name in SHELLS)
