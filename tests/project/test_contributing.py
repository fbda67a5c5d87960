"""What contributors read: its tables, steps and files are those of the project."""

import re
import subprocess
import textwrap

import numpy as np
import pytest

import minintk as mn
from minintk import course
from minintk.course.answers import edits
from minintk.course.exercises import EXERCISES, exercise_of
from minintk.course.questions import QUESTIONS, dynamics
from minintk.course.questions.question import fixed, value_of
from tests.course.runner import change_of, verdict_of
from tests.project.test_imports import MAY_IMPORT
from tests.reference.lists import assert_same
from tests.reference.sources import CORE, ROOT, listed_marks

pytestmark = pytest.mark.project

FILE = ".github/CONTRIBUTING.md"
GUIDE = (ROOT / FILE).read_text("utf-8")


def section(title):
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text):
    """The cells of every row of a table, without its header."""
    lines = re.findall(r"^\|(.*)\|$", text, flags=re.MULTILINE)[2:]
    assert len(lines) > 3
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines]


def ci(*arguments):
    return subprocess.run(
        ["bash", str(ROOT / ".ci" / "run"), *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# --- by hand --------------------------------------------------------------------------------------


def test_the_import_table_is_the_one_that_is_held():
    def named(parts):
        short = [part for part in parts if part not in CORE] if set(CORE) <= set(parts) else parts
        return {*short, *(["core"] if short is not parts else [])}

    table = {name.strip("`"): parts for name, parts in rows(section("Who may import whom"))}
    place, held = f"{FILE}, “Who may import whom”", "MAY_IMPORT of tests/project/test_imports.py"
    assert_same(list(table), list(MAY_IMPORT), place, f"its rows are those of {held}")
    for name, parts in MAY_IMPORT.items():
        row = set(filter(None, table[name].split(", ")))
        assert_same(row, named(parts), f"{place}, row {name}", f"it is that of {held}")


def test_the_steps_are_those_of_the_script():
    listed = ci("--list")
    assert listed.returncode == 0, listed.stderr
    steps = [tuple(line.split(maxsplit=1)) for line in listed.stdout.splitlines()]
    table = [(name.strip("`"), what) for name, what in rows(section("Checks"))]
    assert_same(table, steps, f"{FILE}, “Checks”", "its rows are what `.ci/run --list` prints")
    assert {"style", "tests", "wheel", "sdist"} <= {name for name, _ in steps}


def test_an_unknown_step_is_rejected_with_all_names():
    refused = ci("styl")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "a step must be one of style reproduce tests" in refused.stderr
    assert refused.stderr.endswith("got 'styl'\n")


def test_files_marks_and_anchors_that_it_names_exist():
    named = set(re.findall(r"`((?:minintk|tests|tutorials)/[\w./-]+)`", GUIDE))
    made = {
        "tests/claims/test_decay_again.py",
        "tutorials/11_title.py",
        "minintk/course/exercises/22_half_life.txt",
        "tutorials/title.md",
        "tutorials/title.py",
    }
    assert made < named
    assert len(named) > 12
    for path in named - made:
        assert (ROOT / path).exists(), f"{FILE} names {path}, which is not there"
    assert set(re.findall(r"pytest -m (\w+)", GUIDE)) <= listed_marks()
    _, rest = GUIDE.split("`setup.cfg` lists the marks: ")
    assert set(re.findall(r"`(\w+)`", rest.split("\n\n")[0])) <= listed_marks()
    links = re.findall(r"\]\(\.\./([^)#]+)\)", GUIDE)
    assert len(links) >= 4
    assert all((ROOT / link).is_file() for link in links)


def test_the_model_of_a_later_criterion_and_the_shape_of_a_claim_are_where_it_says():
    model = (ROOT / "minintk" / "claims" / "beyond" / "growth.py").read_text("utf-8")
    for name, text in (
        ("`LATER`", "\nLATER = "),
        ("`judge_later`", "\ndef judge_later("),
        ("`later=(LATER, judge_later)`", "later=(LATER, judge_later)"),
    ):
        assert text in model, name
        assert name in section("How to add a claim")
    shape = (ROOT / "minintk" / "claims" / "claim.py").read_text("utf-8")
    for name in ("Measure", "Cell", "Control"):
        assert f"\nclass {name}" in shape or f"\n{name} = " in shape, name
        assert f"`{name}`" in section("How to add a claim")


def test_names_of_code_that_it_places_in_a_file_are_there():
    prose = re.sub(r"\s+", " ", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL))
    placed = re.findall(r"`(_?[A-Za-z_]\w+)` (?:of|in) `([\w./]+\.py)`", prose)
    assert len(placed) >= 12
    for name, path in {*placed} - {("half_life", "minintk/frozen.py")}:
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^(?:def )?{name}\b", text, flags=re.M), f"{path} has no {name}"
    tables = set(re.findall(r"`(_?[A-Z][A-Z_]{2,})`", prose)) - {"_HALF_LIFE", "LATER"}
    assert tables <= {name for name, _ in placed}, "each table stands with its file"


def code_of(title, start):
    """The block of a section that begins so, without its indentation."""
    blocks = re.findall(r"^ +```\w+\n(.+?)^ +```$", section(title), flags=re.M | re.DOTALL)
    (found,) = [text for block in blocks if (text := textwrap.dedent(block)).startswith(start)]
    return found


def test_the_question_and_the_exercise_work_as_they_stand(monkeypatch):
    space = dict(vars(dynamics))
    exec(code_of("How to add a question", "_HALF_LIFE"), space)
    row = eval(f"{{{code_of('How to add an exercise', chr(34) + 'half_life')}}}", space)
    monkeypatch.setitem(QUESTIONS, "half_life", fixed(space["_HALF_LIFE"])["half_life"])
    said = section("How to add a question")
    right, wrong = re.findall(r'`minintk check half_life "(.+?)"`', said)
    assert course.check("half_life", right).verdict == "right"
    answer = course.check("half_life", wrong)
    shown = re.search(r"sentence is “(.+?)”", said.replace("\n   ", " "))[1]
    assert answer.message.startswith(f"{shown}.")
    assert f'("{answer.diagnosis}", "half_life", "{wrong}", {{}})' in said
    assert dynamics._ASKED[1:] in course.check("half_life", "tau").message
    assert course.check("half_life", "log2(2)/lambda").diagnosis == "wrong-log"
    assert course.check("half_life", "1/lambda").diagnosis == "factor-other", "without a logarithm"
    exercise = exercise_of(code_of("How to add an exercise", "def half_life"), row["half_life"])
    rng = np.random.default_rng(0)
    for arguments in (exercise.trials.draw(rng, 4, 3) for _ in range(5)):
        (question,) = exercise.trials.outputs.values()
        value = value_of(question.right, exercise.inputs(arguments))
        assert abs(value - np.log(2) / arguments[0]) < 1e-12
    monkeypatch.setitem(EXERCISES, "half_life", exercise)
    program = (
        "import numpy as np\n\n\ndef half_life(eigenvalue):\n    return np.log(2) / eigenvalue\n"
    )
    kind, old, new = re.search(
        r'SLIPS_PLANTED +\("(.+?)", "half_life", "(.+?)", "(.+?)"\)',
        section("How to add an exercise"),
    ).groups()
    slip = program.replace(old, new)
    assert change_of(slip, "half_life") == (kind, 5)
    assert verdict_of(slip, "half_life").finding.kind.startswith("factor"), "as it says there"


def test_the_parts_and_files_that_it_describes_are_there_and_none_is_forgotten():
    named = set(re.findall(r"^\| `(\w+)` \|", section("Where things are"), flags=re.M))
    described = {"core", "fast", "evolving", "claims", "course"} | named
    core = {"__init__", "__main__", *CORE}
    place = f"{FILE}, “Where things are”"
    rule = "say there what each part holds"
    assert_same(described - {"core"}, set(MAY_IMPORT) - core, place, rule)
    files = set(re.findall(r"`(\w+\.py)`", section("Where things are")))
    there = {path.name for path in (ROOT / "tests" / "reference").glob("*.py")}
    there |= {path.name for path in (ROOT / "tests" / "course").glob("*blind_*.py")}
    assert not files - there, f"{place}: tests/reference has no {files - there}"
    lists = sorted(path.name for path in (ROOT / "tests" / "course").glob("blind-*"))
    named = sorted(re.findall(r"\[(blind-\d+)\]", section("Where things are")))
    assert_same(named, lists, place, "name each folder of tests/course")
    kinds = {kind.strip() for kind in edits.ORDER}
    example = section("How to add an exercise")
    planted = dict(re.findall(r'^ +(\w*PLANTED) +\("([\w-]+)"', example, flags=re.M))
    assert planted["SLIPS_PLANTED"] in kinds
    assert planted["PLANTED"] in set(course.CATALOGUE) - kinds


def test_sentences_are_short():
    prose = re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)
    prose = re.sub(r"^ *\|.*\|$", "", prose, flags=re.MULTILINE)
    for sentence in re.split(r"[.:;?](?:\s|$)|\n\n|\n[#-]|\n\d\. ", prose):
        assert len(sentence.split()) <= 25, f"{FILE}: at most 25 words a sentence: {sentence}"


def test_the_workflow_runs_the_script_and_names_no_registry():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert re.findall(r"- run: (.+)", text) == [".ci/run", ".ci/run tests"]
    assert not re.search(r"https?://|index-url", text)


def test_the_forms_ask_for_what_is_needed():
    forms = ROOT / ".github" / "ISSUE_TEMPLATE"
    wrong = (forms / "wrong_diagnosis.yml").read_text("utf-8")
    for word in ("quantity", "formula", "said"):
        assert f"id: {word}\n" in wrong
    for form in ("bug.yml", "wrong_diagnosis.yml"):
        text = (forms / form).read_text("utf-8")
        assert "id: doctor\n" in text
        assert "minintk doctor" in text
        title = re.match(r"name: (.+)\n", text)[1]
        assert f"“{title}”" in GUIDE, "the guide names every form"
    assert {path.name for path in forms.iterdir()} == {
        "bug.yml",
        "config.yml",
        "wrong_diagnosis.yml",
    }


def test_the_reference_marks_the_names_that_are_not_public():
    promised = section("What is public, and what a version promises").split("Everything else")[0]
    page = (ROOT / "tutorials/reference.md").read_text("utf-8")
    marked = {}
    for part in page.split("\n## minintk.")[1:]:
        for entry in re.findall(r"^\*\*`.+", part, flags=re.MULTILINE):
            name = re.match(r"\*\*`(\w+)", entry)[1]
            marked[part.split("\n")[0], name] = "*May change.*" in entry
    for (module, name), is_marked in marked.items():
        said = re.search(rf"`(minintk\.{module}\.)?{name}`", promised) is not None
        assert is_marked == (module in ("report", "bench") and not said), f"{module}.{name}"
    assert 5 <= sum(marked.values()) <= 10


def test_citation_and_change_log_know_the_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {mn.__version__}\n" in citation, f"CITATION.cff: not {mn.__version__}"
    assert "title: Training Dynamics of Overparameterized Neural Networks\n" in citation
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", changes, flags=re.MULTILINE)[0] == "Unreleased"
    assert mn.__version__ in changes, f"CHANGELOG.md must name {mn.__version__}"
    released = "No version has been released yet" not in changes
    assert ("\ndate-released: " in citation) == released
