"""Rules for the tests themselves: their places, sections, marks, and what `raises` must say."""

import ast
import importlib
import inspect
import re

import pytest

from tests.reference.lists import assert_same
from tests.reference.sources import CORE, ROOT, files_of_tests, listed_marks, modules, nodes

pytestmark = pytest.mark.project

PYTEST_MARKS = {"filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"}
SECTIONS = ("by hand", "reference", "theorem", "rate", "argument checks")
# Public modules whose tests are in the file of another module, and why.
TESTED_ELSEWHERE = {
    "claims.targets": ("claims/test_evolving.py", "two targets of that claim"),
    "claims.winners": ("claims/test_evolving_or_frozen.py", "the map of that claim"),
    "course.answers.child_guard": ("course/test_child.py", "what guards that process"),
    "course.answers.latex": ("course/test_notation.py", "what a page has before it is read"),
    "course.answers.quadrature": ("course/test_calculus.py", "the integrals of a formula"),
    "course.answers.steps": ("course/test_derivation.py", "the lines of a derivation"),
    "course.answers.edits": ("course/test_one_change.py", "what a change is made of"),
    "course.answers.nodes": ("course/test_one_change.py", "what a change is built with"),
    "course.answers.source": ("course/test_reasons.py", "what reasons are read from"),
    "course.answers.rewritten": ("course/test_search.py", "changes of a whole formula"),
    "course.answers.trees": ("course/test_formula.py", "the value of a formula"),
    "course.course_file": ("course/test_classroom.py", "what is set for a class"),
    "cli.autograder": ("course/test_classroom.py", "what a class may be graded by"),
    "course.plans": ("course/test_examiner.py", "the calls of an exercise"),
    "course.diagnosis.catalogue": ("course/test_words.py", "what is said of a kind"),
    "course.diagnosis.coarse": ("course/test_reasons.py", "tests of the search: few digits"),
    "course.diagnosis.edited": ("course/test_search.py", "tests of the search: one edit"),
    "course.diagnosis.finding": ("course/test_search.py", "what the search finds"),
    "course.diagnosis.lines": ("course/test_derivation.py", "two lines of a derivation"),
    "course.diagnosis.pairs": ("course/test_search.py", "two mistakes at once"),
    "course.diagnosis.parts": ("course/test_search.py", "tests of the search: parts of a sum"),
    "course.diagnosis.places": ("course/test_examiner.py", "tests of the search: entries"),
    "course.diagnosis.ranking": ("course/test_search.py", "which of several findings is told"),
    "course.diagnosis.readings": ("course/test_search.py", "tests of the search: other meanings"),
    "course.diagnosis.ratios": ("course/test_search.py", "tests of the search: a factor"),
    "course.shapes": ("course/test_reasons.py", "what of an output is not there"),
    "course.diagnosis.shown": ("course/test_words.py", "numbers in a message"),
    "course.reports": ("course/test_grading.py", "what is told of a graded file"),
    "evolving.exponentials": ("evolving/test_leading_order.py", "products of that theory alone"),
    "fast.modes": ("fast/test_kernel.py", "the steps of the block of an empirical kernel"),
}
# Files of tests that are of no single module, and why; those in project/ need no row.
OF_NO_MODULE = {
    "core/test_require.py": "the argument checks, a package of their own",
    "cli/test_main.py": "the parser of all commands, and the program `python -m minintk`",
    "course/test_exercises.py": "the stubs, and the package that loads them",
    "course/test_blind_lists.py": "the share of unseen mistakes, of formulas and of programs",
    "course/test_sentences.py": "what is said of formulas and of programs, and when",
    "course/test_sentences_by_counterexample.py": "the same: where it must not be said",
    "course/test_sentences_beside_others.py": "the same: of two mistakes at once",
    "course/test_own_exercises.py": "exercises of one's own, from their files to the sentence",
    "course/test_sentences_of_grade.py": "what is said of whole files",
    "course/test_sentences_of_a_class.py": "what is said of slips of a class, and its table",
    "course/test_sentences_of_lines.py": "what is said of a line of a program",
    "course/test_points_of_grade.py": "what a file gets: points, and why",
    "fast/test_fast.py": "the names of the subpackage",
}


def marks_in(trees):
    """Names of the marks in some syntax: the X of every pytest.mark.X."""
    return {
        node.attr
        for root in trees
        for node in nodes(root)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    }


def names_of_tests():
    return [name for name in files_of_tests() if name.split("/")[-1].startswith("test_")]


def own_file(module):
    """Where the tests of a module are: the folder of its part, or core, and its own name."""
    *parts, name = module.split(".")
    return f"{parts[0] if parts else 'core'}/test_{name.lstrip('_')}.py"


def modules_to_test():
    """Every module but the questions of the course, which are data, and the packages' own files."""
    return [
        name
        for name in modules()
        if not name.startswith("course.questions.") and not name.endswith("__")
    ]


def test_every_public_module_has_its_file_of_tests():
    files, public = names_of_tests(), [m for m in modules_to_test() if "._" not in f".{m}"]
    assert len(public) > 50
    without = [m for m in public if own_file(m) not in files and m not in TESTED_ELSEWHERE]
    needed = ", ".join(f"tests/{own_file(module)}" for module in without)
    rule = f"write {needed}, or a row in TESTED_ELSEWHERE of tests/project/test_tests.py"
    assert not without, f"modules without a file of tests: {without}: {rule}"
    for module, (file, _) in TESTED_ELSEWHERE.items():
        assert module in public, f"{module} is not there"
        assert file in files, f"{module}: {file} is not there"
        assert own_file(module) not in files, f"{module} has a file of its own"


def test_every_file_of_tests_belongs_to_a_module():
    own = [own_file(module) for module in modules_to_test()]
    assert len(set(own)) == len(own), "two modules have one file of tests"
    places = {*own, *OF_NO_MODULE}
    others = [name for name in names_of_tests() if not name.startswith("project/")]
    foreign = [name for name in others if name not in places]
    rule = "tests/PART/test_MODULE.py, or a row in OF_NO_MODULE of tests/project/test_tests.py"
    assert not foreign, f"files of tests of no module: {foreign}: {rule}"
    for name in OF_NO_MODULE:
        assert name in others, f"{name} is not there"
        assert name not in own, f"{name} belongs to a module"


def test_every_function_of_the_core_is_named_by_the_tests_of_its_module():
    count = 0
    for name in CORE:
        module, text = importlib.import_module(f"minintk.{name}"), ROOT / "tests" / own_file(name)
        public = {key for key in module.__all__ if inspect.isfunction(getattr(module, key))}
        named = public & set(re.findall(r"\w+", text.read_text("utf-8")))
        assert_same(named, public, f"tests/{own_file(name)}", "write tests of the function")
        count += len(public)
    assert count > 40


@pytest.mark.parametrize(
    ("found", "asked", "said"),
    [
        ({"a", "x"}, {"a", "b", "c"}, "FILE: missing b, c; not known x: DO"),
        (["a", "a"], ["a"], "FILE: not known a: DO"),
        (["a", "c", "b"], ("a", "b", "c"), "FILE: c stands where b belongs: DO"),
        ([1], [1, 2], "FILE: missing 2: DO"),
    ],
)
def test_where_lists_differ_the_message_has_file_difference_and_repair(found, asked, said):
    assert_same(asked, asked, "FILE", "DO")
    with pytest.raises(AssertionError, match=f"^{said}$"):
        assert_same(found, asked, "FILE", "DO")


def test_sections_are_in_their_order():
    wrong, found = [], 0
    for name in names_of_tests():
        text = (ROOT / "tests" / name).read_text("utf-8")
        titles = re.findall(r"^# --- (.+?) -+$", text, flags=re.MULTILINE)
        found += len(titles)
        if titles != [title for title in SECTIONS if title in titles]:
            wrong.append(f"{name}: {', '.join(titles)}")
    assert not wrong, f"headings are these, in this order: {', '.join(SECTIONS)}: {wrong}"
    assert found > 50


def test_marks_are_listed_and_used():
    assert len(listed_marks()) >= 12
    used = marks_in(files_of_tests().values()) - PYTEST_MARKS
    assert_same(
        listed_marks(), used, "setup.cfg, markers", "list a mark that is used, and no other"
    )


@pytest.mark.parametrize("file", [name for name in files_of_tests() if "test_" in name])
def test_every_test_belongs_to_a_derivation(file):
    tree = files_of_tests()[file]
    of_file = marks_in(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    )
    functions = [
        node
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert functions
    for function in functions:
        marks = marks_in(function.decorator_list) | of_file
        rule = "write @pytest.mark.NAME above it, or `pytestmark` above all, of setup.cfg"
        assert marks & listed_marks(), f"tests/{file}: {function.name} has no mark: {rule}"
    names = [function.name for function in functions]
    assert len(set(names)) == len(names), f"{file}: of two tests of one name only one runs"


def test_every_raises_has_a_match_and_one_statement():
    found = 0
    for file, tree in files_of_tests().items():
        for node in nodes(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "raises"):
                found += 1
                keywords = {keyword.arg for keyword in node.keywords}
                assert "match" in keywords, f"{file}, line {node.lineno}: raises without match"
            if isinstance(node, ast.With) and "raises(" in ast.unparse(node.items[0]):
                assert len(node.body) == 1, f"{file}, line {node.lineno}: more than one statement"
    assert found > 5
