"""The README: short, its names, links and pictures true, its commands as it says.

The lines with the claims are compared with the record in `test_pages`, its commands run there.
"""

import contextlib
import io
import re
import shlex

import pytest

import minintk as mn
from minintk import cli
from minintk.claims import CLAIMS
from tests.project.test_pages import sentences
from tests.reference.lists import assert_same
from tests.reference.readers import MAKE_PAGES, blocks, commands, text_of
from tests.reference.sources import ROOT

pytestmark = pytest.mark.project


@pytest.fixture(scope="module")
def readme():
    return text_of("README.md")


def test_it_is_one_screen(readme):
    lines, words = readme.count("\n"), len(readme.split())
    assert lines <= 130, f"{lines} lines, at most 130: for a new one take one out elsewhere"
    assert words <= 1200, f"{words} words, at most 1200: for new ones take some out elsewhere"
    long = [sentence for sentence in sentences(readme) if len(sentence.split()) > 25]
    assert not long, f"sentences of more than 25 words (a bullet is one): {long}"


def test_it_has_every_claim_of_the_study_with_its_verdict(readme):
    lines = re.findall(
        r"^- \*\*([a-z ]+)\*\*, \[(\w+)\]\(tutorials/results\.md#\2\): (.+)$", readme, re.M
    )
    study = [name for name, claim in CLAIMS.items() if not claim.beyond_study]
    assert_same([name for _, name, _ in lines], study, "README.md, claims of the study", MAKE_PAGES)
    assert {verdict for verdict, _, _ in lines} <= {
        "holds",
        "holds in part",
        "fails",
        "not decided",
    }
    assert all(re.search(r"\d", text) for _, _, text in lines)
    words = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    more = dict(enumerate(words.split(), start=10))[len(CLAIMS) - len(study)].capitalize()
    number = f"{more} more claims go beyond the study"
    assert number in readme, f"README.md must say “{number}”: change the number there"


def test_the_names_that_it_shows_exist(readme):
    names = re.findall(r"\bmn\.([A-Za-z_]\w*)", readme)
    assert len(names) >= 5
    for name in names:
        assert hasattr(mn, name), f"README.md names minintk.{name}, which is not there"


def test_it_reads_the_core_in_the_order_of_the_package(readme):
    order = re.search(r"core modules in this order: (.+?)\. `", mn.__doc__, flags=re.DOTALL)[1]
    modules = re.findall(r"\w+", re.sub(r"\([^)]*\)", "", order))
    assert len(modules) == 10
    order = ", ".join(f"`{name}`" for name in modules)
    assert order in re.sub(r"\s+", " ", readme), f"README.md must name the core in order: {order}"


def test_it_lists_every_tutorial_in_order(readme):
    linked = re.findall(r"^\| \[(\d+)\. [^\]]+\]\(tutorials/(\w+)\.ipynb\)", readme, flags=re.M)
    there = sorted(path.stem for path in ROOT.glob("tutorials/[0-9][0-9]_*.ipynb"))
    rule = "each notebook has a row, `| [NUMBER. TITLE](tutorials/NAME.ipynb) |`, in their order"
    assert_same([stem for _, stem in linked], there, "README.md, table of tutorials", rule)
    numbers = [int(number) for number, _ in linked]
    assert_same(numbers, list(range(len(there))), "README.md, numbers of tutorials", rule)


def test_it_leads_to_every_page(readme):
    of_lecturers = {"own_exercises.md"}
    pages = {path.name for path in ROOT.glob("tutorials/*.md")} - of_lecturers
    linked = pages & set(re.findall(r"\(tutorials/(\w+\.md)", readme))
    rule = "link to tutorials/NAME.md under “Where to read more”, in a bullet"
    assert_same(linked, pages, "README.md, links to pages", rule)


def test_its_pictures_exist_and_have_words(readme):
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", readme)
    assert len(pictures) == 3
    for words, path in pictures:
        assert path.startswith("tutorials/figures/"), f"README.md: {path} is not of that folder"
        assert (ROOT / path).is_file(), f"README.md shows {path}, which is not there"
        assert words, f"README.md: {path} must have words for those who do not see it"


def test_it_has_two_commands_of_one_line(readme):
    blocks_of_sh = blocks("README.md", "sh")
    run, test = [block for block in blocks_of_sh if block.startswith("python3 -m venv")]
    assert run.count("\n") == test.count("\n") == 1
    assert run.rstrip().endswith("minintk reproduce")
    assert "[test]" in test
    assert test.rstrip().endswith("pytest")
    assert len(re.findall(r"^python3 -m venv", readme, flags=re.MULTILINE)) == 2
    assert readme.count("source .venv/bin/activate") == 1


def test_it_shows_the_version(readme):
    version = f"version {mn.__version__}"
    assert version in readme, f"README.md must say “{version}”"


def test_the_three_ways_are_a_command_each():
    shown = [command.split()[1] for command in commands("README.md")]
    rule = "its `minintk` lines in blocks `sh` are these three alone, other lines are in `text`"
    assert_same(shown, ["explore", "exercises", "check"], "README.md, commands", rule)


def test_the_answer_to_the_wrong_formula_is_the_one_shown(readme):
    (wrong,) = [command for command in commands("README.md") if " check " in command]
    answer = io.StringIO()
    with contextlib.redirect_stdout(answer):
        assert cli.main(shlex.split(wrong)[1:]) == 1
    shown = re.search(r"It answers: \*(.+?)\*", readme, flags=re.DOTALL)[1]
    said = answer.getvalue()
    assert re.sub(r"\s+", " ", shown) in said, f"README.md must show the answer of today: {said}"
