"""The tutorials as texts: parts, links, `minintk check` lines, exercises. Nothing here runs them.

Scripts run, notebooks are compared and tampered libraries are noticed in steps of their own:
`tutorials/build.py` and `tests/project/tutorials_tampered.py`.
"""

import importlib.util
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk import cli
from minintk.course import EXERCISES
from minintk.course.answers.trees import FUNCTIONS
from minintk.course.course_file import read_course
from tests.reference.lists import assert_same
from tests.reference.readers import PAGES

pytestmark = pytest.mark.tutorials

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tutorials"
PICTURES = "00_ten_minutes_of_pictures"  # a tutorial with a shorter list of parts
TUTORIALS = (
    "01_a_relu_network_by_hand",
    "02_from_descent_to_a_kernel",
    "03_infinite_width",
    "04_the_circle",
    "05_spectral_bias",
    "06_finite_samples_and_width",
    "07_the_kernel_moves",
    "08_what_moves_it",
    "09_arcs",
    "10_beyond_the_uniform_density",
)
FENCE = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)


def source(name):
    return (FOLDER / f"{name}.py").read_text("utf-8")


def cells(name):
    """The cells of a script: kind and text, a markdown cell without its `# `."""
    found = []
    for block in re.split(r"^(?=# %%)", source(name), flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        kind = "markdown" if "[markdown]" in head else "code"
        lines = body.strip("\n").split("\n")
        if kind == "markdown":
            assert all(line == "#" or line.startswith("# ") for line in lines), (name, lines[0])
            lines = [line[2:] for line in lines]
        found.append((kind, "\n".join(lines)))
    return found


def markdown(name):
    return "\n\n".join(text for kind, text in cells(name) if kind == "markdown")


def texts():
    """Every text that a reader reads: its path from the root, and the text."""
    return {
        **{f"tutorials/{name}.ipynb": markdown(name) for name in (PICTURES, *TUTORIALS)},
        **{page: (ROOT / page).read_text("utf-8") for page in PAGES},
    }


def anchors(text):
    """The anchors of a text's headings, as hosting sites make them."""
    titles = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def test_the_tutorials_are_there_and_no_other():
    every = (PICTURES, *TUTORIALS)
    scripts = tuple(path.stem for path in sorted(FOLDER.glob("[0-9][0-9]*.py")))
    rule = "each script has its name in TUTORIALS, in their order"
    assert_same(every, scripts, "tests/project/test_tutorials.py, TUTORIALS", rule)
    notebooks = tuple(path.stem for path in sorted(FOLDER.glob("[0-9][0-9]*.ipynb")))
    assert_same(notebooks, every, "tutorials/*.ipynb", "run `python tutorials/build.py NUMBER`")


def test_the_pictures_have_their_parts_and_no_formula():
    text = markdown(PICTURES)
    first = cells(PICTURES)[0][1]
    assert first.startswith("# 0. ")
    assert "You will see" in first
    assert len(re.findall(r"^- ", first, flags=re.MULTILINE)) >= 3
    assert not set("$=^") & set(text), "a formula"
    assert re.findall(r"^## (\d)\. ", text, flags=re.MULTILINE) == list("123456")
    assert f"({TUTORIALS[0]}.ipynb)" in text.rstrip().split("\n\n")[-1]
    found = cells(PICTURES)
    pictures = [place for place, (_, code) in enumerate(found) if "subplots(" in code]
    assert len(pictures) == 7
    for place in pictures:  # a question and where to look before it, what was seen after it
        before, after = found[place - 1][1], found[place + 1][1]
        assert before.count("**Predict.**") == before.count("**Look for**") == 1
        assert "?" in before.split("**Predict.**")[1].split("**Look for**")[0]
        assert after.startswith("**Seen.** ")
    assert len(re.findall(r"^assert ", source(PICTURES), flags=re.MULTILINE)) >= 5


def test_the_pictures_are_states_of_the_explore_page():
    page = json.loads((ROOT / "minintk/explore/experiments.json").read_text("utf-8"))
    named = re.findall(r"xperiment (\d) of\s`minintk explore`: “(.+?)”", markdown(PICTURES), re.S)
    assert [(int(number), " ".join(title.split())) for number, title in named] == [
        (place, experiment["title"]) for place, experiment in enumerate(page[:4], start=1)
    ]
    states = [part["state"] for e in page[:4] for part in (e, e.get("then", {})) if "state" in part]
    drawn = re.findall(r'"(target=\S+)"', source(PICTURES))
    assert set(drawn) == set(states)


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_has_its_parts(name):
    number, text = name.partition("_")[0].lstrip("0"), markdown(name)
    kind, first = cells(name)[0]
    assert kind == "markdown"
    assert re.match(rf"# {number}\. \S", first), (
        f"tutorials/{name}.py: its title must begin {number}."
    )
    things = re.findall(r"^- ", first.partition("You will be able to")[2], flags=re.MULTILINE)
    assert len(things) >= 3, f"{name}: three bullets or more under “You will be able to”"
    headings = re.findall(r"^## +(.+)$", text, flags=re.MULTILINE)
    for heading in ("What people get wrong here", "Questions", "Sources"):
        assert heading in headings, f"tutorials/{name}.py must have a heading “## {heading}”"
    questions = text.split("## Questions\n")[1].split("\n## ")[0]
    folded = re.findall(
        r"<details>\s*<summary>Answer</summary>\n\n(.+?)\n\n?</details>", text, re.S
    )
    assert 3 <= len(folded) <= 5, f"{name}: {len(folded)} folded answers, 3 to 5 are asked for"
    assert questions.count("<details>") == len(folded), f"{name}: an answer not under Questions"
    hints = re.findall(r"<details><summary>Hint (\d)</summary>\n\n.+?\n\n</details>", text, re.S)
    assert hints == ["1", "2"] * text.count("**Do it here"), f"{name}: two hints for each cell"
    assert text.count("<details>") == text.count("</details>") == len(folded) + len(hints)
    assert text.count("$$") % 2 == 0
    last = text.rstrip().split("\n\n")[-1]
    assert "Next" in last
    for following in TUTORIALS[TUTORIALS.index(name) + 1 :][:1]:
        rule = f"the last sentence must link to ({following}.ipynb)"
        assert f"({following}.ipynb)" in last, f"tutorials/{name}.py: {rule}, got {last}"


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_asserts_and_draws(name):
    code = "\n".join(text for kind, text in cells(name) if kind == "code")
    assertions = re.findall(r"^ *assert |assert_allclose", code, flags=re.MULTILINE)
    assert len(assertions) >= 5, f"tutorials/{name}.py: five assertions or more check its numbers"
    figures = code.count("subplots(") + code.count(".figure(")
    rule = "has two figures or more, each made by plt.subplots or plt.figure"
    assert figures >= 2, f"tutorials/{name}.py {rule}"
    assert "plt.show" not in code, f"tutorials/{name}.py: take out plt.show, its window would wait"
    assert not re.search(r"np\.random\.(?!default_rng|Generator)", code)
    compile(source(name), name, "exec")


def links():
    found = []
    for path, text in texts().items():
        prose = FENCE.sub("", text)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            found.append((path, target))
    return found


def test_links_and_anchors_resolve():
    everything = texts()
    internal = 0
    for path, target in links():
        if re.match(r"[a-z]+:", target):
            continue
        internal += 1
        file, _, anchor = target.partition("#")
        place = (ROOT / path).parent.joinpath(file).resolve() if file else ROOT / path
        assert place.exists(), f"{path} links to {target}"
        if anchor:
            text = everything[place.relative_to(ROOT).as_posix()]
            assert anchor in anchors(text), f"{path} links to {target}"
    assert internal > 20


def test_anchors_are_made_as_hosting_sites_make_them():
    assert anchors("# Arcs: what a `circle` makes\n```sh\n# no title\n```\n## λ_k, n = ∞") == {
        "arcs-what-a-circle-makes",
        "λ_k-n--",
    }


def check_lines():
    """Every `minintk check …` of the tutorials, and the verdict that the text names after it."""
    found = []
    for name in TUTORIALS:
        for match in re.finditer(r"minintk check ([^`\n]+)", markdown(name)):
            rest = markdown(name)[match.end() :]
            verdict = re.search(r"\b(right|wrong)\b", rest[:400].split("minintk check")[0])
            if '"' in match[1] and "…" not in match[1]:
                found.append((name, match[1].strip(), verdict and verdict[1]))
    return found


def test_check_lines_say_what_the_text_says(capsys):
    seen = set()
    for name, line, verdict in check_lines():
        assert verdict, f"{name}: no verdict after  minintk check {line}"
        words = shlex.split(line.split(" # ")[0])
        status = cli.main(["check", *words])
        said = capsys.readouterr().out
        assert said.startswith(verdict), f"{name}: minintk check {line} says {said}"
        assert status == {"right": 0, "wrong": 1}[verdict]
        seen.add(name)
    assert len(check_lines()) >= 18
    rule = "each has a line `minintk check …`, and the verdict in the sentence after it"
    assert_same(seen, set(TUTORIALS), "tutorials/*.py with such a line", rule)


def test_the_functions_of_formulas_are_listed():
    listed = (FOLDER / "checking.md").read_text("utf-8").partition("**Functions.**")[2]
    words = re.findall(r"[a-z_]\w+", listed.split("```")[1].removeprefix("text"))
    named = sorted({*words} - {"condition", "or"})
    rule = "each function that a formula may call is named, and no other"
    assert_same(named, sorted(FUNCTIONS), "tutorials/checking.md", rule)


def test_exercises_named_in_texts_exist_and_the_plan_places_each_once():
    for path, text in texts().items():
        for exercise in re.findall(r"`minintk exercises ([a-z_0-9]+)`", text):
            assert exercise in EXERCISES, f"{path} names the exercise {exercise}"
    for name in TUTORIALS:
        after = markdown(name).partition("xercises")[2]
        named = set(re.findall(r"`(?:minintk exercises )?(\w+)`", after)) & set(EXERCISES)
        assert named, f"tutorials/{name}.py must name an exercise, after the word “Exercises”"
    plan = (FOLDER / "course_plan.md").read_text("utf-8")
    placed = re.findall(r"^\| `(\w+)` \|", plan, flags=re.MULTILINE)
    rule = "each exercise has a row in the table of its week, and each row an exercise"
    assert_same(sorted(placed), sorted(EXERCISES), "tutorials/course_plan.md", rule)


def test_the_plan_counts_points_as_the_exercises_do():
    plan = (FOLDER / "course_plan.md").read_text("utf-8")
    for name, points in re.findall(r"^\| `(\w+)` \| (\d+) \|", plan, flags=re.MULTILINE):
        own = EXERCISES[name].points
        assert own == float(points), f"tutorials/course_plan.md: {name} has {own} points"
    weeks = re.split(r"^## Week ", plan, flags=re.MULTILINE)[1:]
    assert len(weeks) == 4
    for week in weeks:
        claimed = int(re.search(r"(\d+) points", week)[1])
        total = sum(int(p) for p in re.findall(r"^\| `\w+` \| (\d+) \|", week, re.M))
        where = f"of week {week[0]} in tutorials/course_plan.md: its exercises have {total} points"
        row = re.search(rf"^\| {week[0]} \|.+\| (\d+) \|$", plan, flags=re.M)
        assert claimed == int(row[1]) == total, f"the heading, and the row of all weeks, {where}"
    for name in (PICTURES, *TUTORIALS):
        assert f"({name}.ipynb)" in plan, f"tutorials/course_plan.md must link to ({name}.ipynb)"


def test_the_plan_has_a_course_file_for_each_week_with_the_exercises_of_its_table(tmp_path):
    plan = (FOLDER / "course_plan.md").read_text("utf-8")
    for number, week in enumerate(re.split(r"^## Week ", plan, flags=re.MULTILINE)[1:], 1):
        found = re.search(r"`course.json` of week (\d):\n\n```json\n(.+)\n```\n", week)
        assert int(found[1]) == number
        path = tmp_path / "course.json"
        path.write_text(found[2], encoding="utf-8")
        asked, place = re.findall(r"^\| `(\w+)` \|", week, re.M), f"`course.json` of week {number}"
        rule = "it has the exercises of the table of its week, in their order"
        found = list(read_course(path).exercises)
        assert_same(found, asked, f"tutorials/course_plan.md, {place}", rule)


def test_the_hours_of_the_plan_add_up():
    plan = (FOLDER / "course_plan.md").read_text("utf-8")
    points = dict(re.findall(r"^## Week (\d).*?\((\d+) points", plan, re.M))
    _, table = plan.split("The hours of a student:")
    rows = re.findall(
        r"^\| (\d) \| ([\d.]+) \| 3 \| ([\d.]+) \| (\d*) ?\| ([\d.]+) \|$", table, re.M
    )
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    for week, tutorials, exercises, project, total in rows:
        where = f"tutorials/course_plan.md, the hours of week {week}:"
        quarter = int(points[week]) / 4
        assert float(exercises) == quarter, f"{where} exercises take {quarter}, a quarter of points"
        whole = float(tutorials) + 3 + float(exercises) + int(project or 0)
        assert whole == float(total), f"{where} they add up to {whole}"


def formulas_module():
    spec = importlib.util.spec_from_file_location("formulas", FOLDER / "formulas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_formula_sheet_is_what_the_code_computes():
    formulas = formulas_module()
    rows = [row for rows in formulas.PARTS.values() for row in rows]
    assert len(rows) >= 20
    fits = formulas.SHEET.read_text("utf-8") == formulas.sheet()
    assert fits, "run `python tutorials/formulas.py`: the sheet is not what it makes"


@pytest.mark.parametrize("change", ["2 * ({})", "-({})", "({}) * (1 + 1e-8)"])
def test_a_wrong_formula_is_rejected(change):
    formulas = formulas_module()
    rows = [row for rows in formulas.PARTS.values() for row in rows]
    for row in rows:
        wrong = row._replace(expression=change.format(row.expression))
        assert formulas.evaluated(wrong) > formulas.TOLERANCE, row.name


def row_of(name):
    """The value of a row of the sheet, from its expression alone."""
    formulas = formulas_module()
    (row,) = [row for rows in formulas.PARTS.values() for row in rows if row.name.startswith(name)]
    return eval(row.expression, formulas.symbols())


@pytest.mark.parametrize("paired", [False, True])
def test_the_variance_of_the_diagonal_is_that_of_drawn_networks(paired):
    # The sheet averages over thirty neurons; here networks are drawn. A pair counts as one neuron.
    rng, width = np.random.default_rng(0), 12
    drawn = np.array([mn.empirical_ntk(mn.initialise(width, rng, antisymmetric=paired), [0.3])[0, 0]
                      for _ in range(8000)])  # fmt: skip
    squares = (drawn - mn.ntk_of_angle(0.0)) ** 2
    wanted = row_of("variance of the diagonal") * formulas_module().symbols()["m"] / width
    error = squares.std() / np.sqrt(len(drawn))
    assert abs(squares.mean() - (2 if paired else 1) * wanted) < 4 * error
    assert error < 0.05 * wanted


def test_the_effective_rank_on_a_grid_tends_to_the_limit_of_the_sheet():
    limit, sizes = row_of("effective rank"), np.array([32, 64, 128, 256])
    off = [mn.effective_rank(mn.infinite_ntk(mn.uniform_angles(n))) - limit for n in sizes]
    # K² has a kink at angle 0, as K has, so the trapezoidal rule is off by a constant over n².
    constants = off * sizes**2
    assert np.all(np.abs(off) < 10 / sizes**2)
    assert np.ptp(constants[1:]) < 0.01 * abs(constants[-1])
