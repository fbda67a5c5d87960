"""The README: its tables, names and pictures are true, and its commands print what it says."""

import re
import shlex
from pathlib import Path

import pytest

import minintk as mn
from minintk import cli, course
from minintk.claims import CLAIMS
from tests.reference.sources import ROOT, listed_marks

pytestmark = pytest.mark.project


def readme():
    return (ROOT / "README.md").read_text("utf-8")


def tables():
    """Every table of the README: its header and its rows, as lists of cells."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", readme(), flags=re.MULTILINE):
        lines = block.replace(r"\|", "¦").strip().split("\n")
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        assert all(len(row) == len(cells[0]) for row in cells), cells[0]
        found.append((cells[0], cells[2:]))
    assert len(found) >= 3
    return found


def table(word):
    (found,) = [table for table in tables() if any(word in cell.lower() for cell in table[0])]
    return found


def test_the_readme_has_every_claim_with_its_verdict():
    rows = table("claim")[1] + table("beyond")[1]
    named = [name for row in rows for name in CLAIMS if re.search(rf"(?<!\w){name}(?!\w)", row[0])]
    assert named == list(CLAIMS)
    for row in rows:
        assert re.search(r"\b(holds|fails)\b", " ".join(row[1:]).lower()), row[0]
    stops = readme().split("stops holding\n")[1].split("\n## ")[0]
    for name in CLAIMS:
        assert f"**{name}**" in stops, f"where {name} stops holding"


def test_the_readme_names_functions_that_exist():
    text = readme()
    header, rows = table("function")
    column = [cell.lower() for cell in header].index("function")
    in_map = [name for row in rows for name in re.findall(r"`(\w+)`", row[column])]
    assert len(in_map) > 20
    assert all(re.findall(r"`(\w+)`", row[column]) for row in rows)
    qualified = re.findall(r"\b(?:minintk|mn)\.([A-Za-z_]\w*)", text)
    assert len(qualified) > 5
    for name in in_map + qualified:
        assert hasattr(mn, name), f"minintk.{name}"
    called = re.findall(r"`([a-z_]\w*)\(", text)
    for name in called:
        assert name in mn.__all__ + course.__all__, f"{name}(…)"


def test_the_readme_reads_the_core_in_the_order_of_the_package():
    order = re.search(r"core modules in this order: (.+?)\. `", mn.__doc__, flags=re.DOTALL)[1]
    modules = re.findall(r"\w+", re.sub(r"\([^)]*\)", "", order))
    assert len(modules) == 10
    assert ", ".join(f"`{name}`" for name in modules) in re.sub(r"\s+", " ", readme())


def test_the_pictures_of_the_readme_exist():
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*src=\"([^\"]+)\"", readme())
    paths = [first or second for first, second in pictures]
    assert paths
    for path in paths:
        assert path.startswith("tutorials/figures/"), path
        assert (ROOT / path).is_file(), path
    texts = re.findall(r"!\[([^\]]*)\]", readme())
    assert all(texts), "a picture without words for those who cannot see it"


def test_the_readme_has_two_commands_of_one_line():
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme(), flags=re.MULTILINE | re.DOTALL)
    commands = [block for block in blocks if block.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all(command.count("\n") == 1 for command in commands)
    run, test = commands
    assert run.rstrip().endswith("minintk reproduce")
    assert "[test]" in test
    assert test.rstrip().endswith("pytest")
    assert len(re.findall(r"^python3 -m venv", readme(), flags=re.MULTILINE)) == 2


def test_the_readme_shows_the_version_and_every_option(capsys):
    assert f"version {mn.__version__}" in readme()
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["reproduce", "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    assert len(options) >= 7
    for option in options:
        assert option in readme(), option


def test_the_readme_names_the_marks_of_every_derivation():
    for mark in listed_marks() - {"claims", "command", "project"}:
        assert mark in re.sub(r"\s+", " ", readme()).split("tests alone: `pytest -m")[1][:300], mark


README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
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
