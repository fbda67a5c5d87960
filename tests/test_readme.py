"""The commands of the README, run as they stand there, and what it says that they print."""

import re
import shlex
from pathlib import Path

import pytest

from minintk import cli

pytestmark = pytest.mark.house

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("minintk ")]
# A wrong formula, and exercises that nobody has done yet.
EXIT_STATUS_1 = ('minintk check kappa1 "(sin(t) + (pi - t)*cos(t))/(2*pi)"', "minintk grade")


def run(command, capsys):
    status = cli.main(shlex.split(command)[1:])
    return status, capsys.readouterr().out


def test_every_command_of_the_readme_runs_in_its_order(tmp_path, monkeypatch, capsys):
    assert len(COMMANDS) >= 7
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        status, out = run(command, capsys)
        assert status == command.startswith(EXIT_STATUS_1), command
        assert out, command
    assert (tmp_path / "handout" / "assignment.py").is_file()
    assert (tmp_path / "results.json").is_file()


def test_the_answer_to_a_wrong_formula_is_the_one_shown(capsys):
    (wrong,) = [command for command in COMMANDS if command == EXIT_STATUS_1[0]]
    out = run(wrong, capsys)[1]
    assert f"```\n{out}```" in README
