"""The catalogue of mistakes: every entry is planted in the tests."""

import ast
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import minintk
from minintk.course import CATALOGUE, EXERCISES, check
from minintk.course.diagnosis.catalogue import _entries
from minintk.course.diagnosis.finding import Finding
from minintk.course.diagnosis.words import say
from minintk.course.questions import QUESTIONS
from tests.course.messages import differences, messages
from tests.course.planted_formulas import PLANTED
from tests.course.planted_programs import PLANTED as PLANTED_PROGRAMS
from tests.course.planted_programs import SLIPS_PLANTED
from tests.reference.sources import ROOT

pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


def test_messages_are_those_that_were_read():
    """Every sentence was read against its mistake; after a change, read those that differ."""
    found = "\n".join(differences(messages()))
    assert not found, (
        "tests/course/messages.txt has what was read. Read each line with a +: is it true of its "
        "formula, and does it give nothing away? Where all are good, `python -m "
        f"tests.course.messages --store` writes them there.\n{found}"
    )


@pytest.mark.parametrize(
    ("quantity", "formula", "said"),
    [
        ("kappa0", "t/pi", "so that yours is the value at π − θ: check"),
        ("kappa1", "(sin(t) - t*cos(t))/pi", "so that yours is the value at π − θ: check"),
        ("angle_between", "arccos(-x1*y1 - x2*y2)", "π − θ stands where θ belongs: check"),
    ],
)
def test_a_supplement_is_said_of_what_stands_there(quantity, formula, said):
    answer = check(quantity, formula)
    assert answer.diagnosis == "supplement"
    assert said in answer.message


def test_of_a_power_of_another_language_python_s_is_told():
    place = "TypeError: ufunc 'bitwise_xor' not supported for the input types (line 3)"
    assert say(Finding("raises", place=place)).endswith("(line 3); in Python a power is **.")
    assert "**" not in say(Finding("raises", place="ValueError: a power of 2 (line 3)"))


# Basri et al. 2019 with bias: half of the cosine coefficient at k = 0.
BASRI = "where(k == 0, 1/(2 pi^2) + 1/8, where(k == 1, 1/8 + 1/pi^2, "
BASRI += "where((-1)^k > 0, (k^2 + 1)/(pi*(k^2 - 1))^2, 1/(pi k)^2)))"
# A sentence, a formula of which it is true, and one of which it is not.
_LACKS = "The parts of the first layer and of the bias are missing, and the whole is"
TRUE_OF = [
    (f"{_LACKS} twice", ("ntk", "kappa1(t)", {}), ("ntk", "kappa1(t)/4", {})),
    (f"{_LACKS} half", ("ntk", "kappa1(t)/4", {}), ("ntk", "kappa1(t)", {})),
    (f"{_LACKS} 2/π times", ("ntk", "kappa1(t)/pi", {}), ("ntk", "kappa0(t)/pi", {})),
    (
        "The parts of the first layer and of the second layer are missing, and the whole is 4",
        ("ntk", "2*(pi - t)/pi", {}),
        ("ntk", "2*cos(t)*(pi - t)/pi", {}),
    ),
    (
        "The part of the second layer is missing, and the whole is 4 times its right size.",
        ("ntk", "2*(cos(t) + 1)*kappa0(t)", {}),
        ("ntk", "2*(cos(t) + 1)*kappa1(t)", {}),
    ),
    (
        "The part of the second layer does not belong here, and the whole is twice",
        ("ntk_first_layer", "cos(t)*kappa0(t) + kappa1(t)", {}),  # of Bietti & Mairal
        ("ntk_first_layer", "(cos(t) + 1)*kappa0(t)", {}),
    ),
    (
        "In the part of the second layer: the second layer's size is 1 + β², not 1.",
        ("whole_ntk_with_bias_std", "kappa1(u)/2", {}),
        ("whole_ntk_with_bias_std", "(1 + beta^2)*kappa1(u)/2", {}),
    ),
    (
        "A term is missing.",
        ("ntk_second_layer", "sin(t)/(2*pi)", {}),
        ("ntk_second_layer", "kappa1(t)/2 - kappa0(t)/2", {}),
    ),
    (
        "The part of the first layer does not belong here.",
        ("ntk_bias", "kappa0(t)/2 + cos(t)*kappa0(t)/2", {}),
        ("ntk_second_layer", "sin(t)/(2*pi)", {}),
    ),
    (
        "The part of the bias does not belong here.",
        ("ntk_second_layer", "kappa1(t)/2 - kappa0(t)/2", {}),
        ("ntk_first_layer", "cos(t)/2", {}),
    ),
    (
        "The part of the second layer does not belong here.",
        ("ntk_first_layer", "cos(t)*kappa0(t)/2 + kappa1(t)/2", {}),
        ("ntk_first_layer", "sin(t)/(2*pi)", {}),
    ),
    (
        "The parts of the first layer and of the second layer are missing.",
        ("ntk", "(pi - t)/(2*pi)", {}),
        ("ntk", "sin(t)/(2*pi)", {}),
    ),
    (
        "The parts of the first layer and of the bias are missing.",
        ("ntk", "(sin(t) + (pi - t)*cos(t))/(2*pi)", {}),
        ("ntk", "(sin(t) + (pi - t)*cos(t))/(2*pi)", {"bias": False}),
    ),
    (
        "Two terms are missing.",
        ("ntk", "sin(t)/(2*pi)", {}),
        ("ntk", "(sin(t) + 2*(pi - t)*cos(t))/(2*pi)", {}),
    ),
    (
        "The part of the first layer is half its right size. The part of the second layer is miss",
        ("ntk", "(cos(t)/2 + 1)*kappa0(t)/2", {}),
        ("ntk", "(cos(t)/2 + 1)*kappa0(t)/2 + kappa1(t)/2", {}),
    ),
    (
        "The parts of the first layer and of the bias are counted twice.",
        ("ntk", "(cos(t) + 1)*kappa0(t) + kappa1(t)/2", {}),
        ("ntk", "cos(t)*kappa0(t) + kappa0(t)/2 + kappa1(t)/2", {}),
    ),
    (
        "The part of the first layer is missing. The part of the bias has the wrong sign.",
        ("ntk", "kappa1(t)/2 - kappa0(t)/2", {}),
        ("ntk", "kappa1(t)/2 + (cos(t) - 1)*kappa0(t)/2", {}),
    ),
    (
        "it is −(f − y)/f times the right value.",
        ("growth_rate", "2*(y - f)^2", {}),
        ("growth_rate", "2*(y - f)*f*f", {}),
    ),
    (
        "Yours is off by the same number",
        ("kappa1", "(sin(t) + (pi - t)*cos(t))/pi + 1/3", {}),
        ("ntk_eigenvalue", "0", {"k": "2"}),
    ),
    (
        "Your term 'sin(t)/pi' is twice the right one.",
        ("ntk", "sin(t)/pi + (pi - t)*cos(t)/pi + (pi - t)/(2*pi)", {}),
        ("ntk", "sin(t)/pi + (pi - t)*cos(t)/pi + (pi - t)*cos(t)/(2*pi)", {}),
    ),
    (
        "Yours is twice the right value, everywhere.",  # the first layer's part is as large
        ("ntk_eigenvalue_second_layer", "1/4", {"k": "1"}),
        ("ntk_eigenvalue_second_layer", "1/8 + 1/pi^2", {"k": "1"}),
    ),
    (
        "The part of the bias does not belong here.",
        ("ntk_eigenvalue_second_layer", "1/8 + 1/pi^2", {"k": "1"}),
        ("ntk_eigenvalue_second_layer", "1/4", {"k": "1"}),
    ),
    ("Yours is −1/(f − y) times", ("growth_rate", "2*f", {}), ("loss", "f - y", {})),
    (
        "Yours is 2/√m times the right value.",
        ("dL_da", "2*(f - y)*relu(z)/m", {}),
        ("dL_da", "(f - y)*relu(z)/m", {}),
    ),
    (
        "Yours is 1/(x1 · √m) times the right value.",
        ("dL_dw1", "(f - y)*a*step(z)/m", {}),
        ("dL_dw1", "(f - y)*a*step(z)/sqrt(m)", {}),
    ),
    (
        "the convention of Cho & Saul 2009, Bietti & Mairal 2019 and standard parametrisation",
        ("ntk_first_layer", "cos(t)*kappa0(t)", {}),
        ("ntk_bias", "kappa0(t)", {}),
    ),
    (
        "'1/(pi*k)^2' should be the part of the second layer",
        ("ntk_eigenvalue", "(k^2 + 1)/(pi*(k^2 - 1))^2 + 1/(pi*k)^2", {"k": "even"}),
        ("ntk_eigenvalue", "(k^2 + 1)/(pi*(k^2 - 1))^2", {"k": "even"}),
    ),
    (
        "Below 0 the neuron must be silent. This is |z|, and yours is half that.",
        ("relu", "abs(z)/2", {}),
        ("relu", "abs(z)", {}),
    ),
    (
        "is an absolute value missing? The whole is twice its right size.",
        ("angle_between", "2*arctan2(x1*y2 - x2*y1, x1*y1 + x2*y2)", {}),
        ("angle_between", "arctan2(x1*y2 - x2*y1, x1*y1 + x2*y2)", {}),
    ),
    (
        "Hint: what is the value at z = 1, and at z = −1?",
        ("relu", "z + abs(z)", {}),
        ("relu_derivative", "2*(z > 0)", {}),
    ),
    (
        "Basri et al. 2019 with bias; here minintk's is asked for. "
        "Theirs lacks the part of the second layer.",
        ("ntk_eigenvalue", "1/8 + 1/pi^2", {"k": "1"}),
        ("ntk_eigenvalue", "1/8", {"k": "1", "bias": False}),
    ),
    (
        "Arora et al. 2019; here minintk's is asked for. "
        "Theirs lacks the part of the second layer.",
        ("ntk_eigenvalue", "1/8", {"k": "1", "bias": False}),
        ("ntk_eigenvalue", "1/8 + 1/pi^2", {"k": "1"}),
    ),
    (
        "Arora et al. 2019 and Basri et al. 2019 without bias; here minintk's is asked for. "
        "Theirs lacks the parts of the bias and of the second layer.",
        ("ntk", "cos(t)*kappa0(t)/2", {}),
        ("ntk", "cos(t)*kappa0(t)/2", {"bias": False}),
    ),
    (
        "Theirs has half the parts of the first layer and of the bias, and lacks the part of the "
        "second layer.",
        ("ntk", "(cos(t) + 1)*kappa0(t)/4", {}),
        ("ntk", "(cos(t) + 1)*kappa0(t)/2", {}),
    ),
    (
        "Theirs has half the parts of the first layer and of the bias, and lacks the part of the "
        "second layer.",
        ("ntk_eigenvalue", "1/(2 pi^2) + 1/8", {"k": "0"}),
        ("ntk_eigenvalue", "1/pi^2 + 1/8", {"k": "1"}),
    ),
    (
        "Theirs lacks the part of the second layer. At k = 0 theirs is halved besides.",
        ("ntk_eigenvalue", BASRI, {}),
        ("ntk_eigenvalue", f"2*({BASRI})", {"k": "1"}),
    ),
    (
        "Nearly right: it agrees to 9 digits only.",
        ("kappa0", "1 - t/pi + 1e-10", {}),
        ("kappa0", "1 - t/(pi + 1)", {}),
    ),
    (
        "Your term '2/(3*pi)*(2*cos(t)*sin(t))' is 4/3 times the right one.",
        ("kappa2", "(2/(3*pi))*((pi-t)*cos(t)^2 + 2*cos(t)*sin(t) + (pi-t)/2)", {}),
        ("kappa2", "(2/(3*pi))*((pi-t)*cos(t)^2 + 3*cos(t)*sin(t) + (pi-t)/2)", {}),
    ),
    (
        "is a third of the right one, and the whole is 3/2 times its right size",
        ("kappa2", "(sin(t)*cos(t) + (pi-t)*(1 + 2*cos(t)^2))/(2*pi)", {}),
        ("kappa2", "(3*sin(t)*cos(t) + (pi-t)*(1 + 2*cos(t)^2))/(2*pi)", {}),
    ),
    (
        "One sign is wrong, at '+b^2'.",
        ("balance", "a^2 - (w1 + w2)^2 + b^2", {}),
        ("balance", "a^2 - (w1 + w2)^2 - b^2", {}),
    ),
    (
        "One sign is wrong, at the first 'k^2 - 1'.",
        ("ntk_eigenvalue_first_layer", "(k^2 - 1)/(pi^2*(k^2 - 1)^2)", {"k": "even"}),
        ("ntk_eigenvalue_first_layer", "(k^2 + 1)/(pi^2*(k^2 + 1)^2)", {"k": "even"}),
    ),
    (
        "Yours is twice theirs.",
        ("ntk", "2*cos(t)*kappa0(t) + 2*kappa1(t)", {}),
        ("ntk", "cos(t)*kappa0(t) + kappa1(t)", {}),
    ),
    (
        "What differs: λ_0 grows by 1, the others stay.",
        ("ntk", "((cos(t) + 1)*kappa0(t) + kappa1(t))/2 + 1", {}),
        ("ntk", "((cos(t) + 1)*kappa0(t) + kappa1(t))/2 + 2", {}),
    ),
    (
        "Yours fits another convention: minintk's own; here Basri et al. 2019 with bias is asked",
        ("ntk", "((cos(t) + 1)*kappa0(t) + kappa1(t))/2", {"convention": "basri2019"}),
        ("ntk", "(cos(t) + 1)*kappa0(t)/2", {"convention": "basri2019"}),
    ),
    (
        "It must depend on k. Hint: without --k the formula must hold for every k",
        ("ntk_eigenvalue", "1/8 + 1/pi^2", {}),
        ("ntk_eigenvalue", "1/8 + 1/pi^2", {"k": "even"}),
    ),
    (
        "Not a finite number at k = 1. Hint: without --k the formula must hold",
        ("ntk_eigenvalue", "(k^2 + 3)/(pi*(k^2 - 1))^2", {}),
        ("ntk_eigenvalue", "(k^2 + 3)/(pi*(k^2 - 4))^2", {"k": "even"}),
    ),
    (
        "This is another part of the kernel: the second layer.",
        ("ntk_eigenvalue_first_layer", "2/(pi*(k^2 - 1))^2", {"k": "2"}),
        ("ntk_eigenvalue_first_layer", "1/pi^2", {"k": "1"}),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), TRUE_OF)
def test_a_sentence_is_said_where_it_is_true_and_not_elsewhere(said, where, elsewhere):
    for (quantity, formula, options), true in ((where, True), (elsewhere, False)):
        message = check(quantity, formula, **options).message
        assert (said in message) == true, message


def test_the_example_of_a_formula_without_a_value_is_where_it_has_none():
    answer = check("ntk_eigenvalue", "(k^2 + 3)/(pi*(k^2 - 1))^2")
    assert answer.counterexample["inputs"] == {"k": 1.0}
    assert check("ntk_eigenvalue", "k").counterexample["inputs"] == {"k": 0.0}


def test_no_word_of_the_command_line_is_said_of_a_program():
    asked = EXERCISES["ntk_eigenvalues"].trials.outputs[""]
    assert "K/n" in say(Finding("factor-n"), asked)
    assert "--k" not in say(Finding("not-a-number", number=1.0), asked)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (Finding("upside-down", note="the ratio is inverted"), "The ratio is inverted."),
        (Finding("upside-down"), "This is a known mistake, 'upside-down'."),
        (
            Finding("upside-down", note="the ratio is inverted", factor=2.0),
            "The ratio is inverted, and the whole is twice its right size.",
        ),
        (Finding("factor-upside-down"), "This is a known mistake, 'factor-upside-down'."),
    ],
)
def test_a_kind_of_ones_own_is_said_in_the_words_of_its_note(finding, said):
    assert say(finding, hints=False) == said


# --- theorem --------------------------------------------------------------------------------------


FILE = "minintk/course/diagnosis/catalogue.txt"
# These need a process, an exception in it, or a stub: test_grading plants them.
ELSEWHERE = {"missing-function", "not-written", "time-limit", "memory-limit", "exit", "crash"}
ELSEWHERE |= {
    "too-much-output",
    "numpy-changed",
    "forbidden-import",
    "copied",
    "remembers",
    "follows",
    "not-a-notebook",
    "not-a-function",
    "one-place",
    "limits",
    "common-denominator",
    "typed-digits",  # which is said beside another mistake
}


def test_every_entry_of_the_catalogue_is_planted_twice():
    count = Counter(entry[0] for entry in [*PLANTED, *PLANTED_PROGRAMS, *SLIPS_PLANTED])
    unknown = sorted(set(count) - set(CATALOGUE))
    assert not unknown, f"planted, and no kind of {FILE}: {', '.join(unknown)}"
    short = sorted({name for name in CATALOGUE if count[name] < 2} - ELSEWHERE)
    assert not short, (
        f"planted fewer than twice: {', '.join(short)}: add to PLANTED of "
        "tests/course/planted_formulas.py or of tests/course/planted_programs.py"
    )


def test_every_section_that_is_named_exists():
    asked = [build(True, None) for build in QUESTIONS.values()]
    asked += [q for exercise in EXERCISES.values() for q in exercise.trials.outputs.values()]
    sections = defaultdict(set)
    for question in asked:
        rule = "must have `section=(NUMBER, HEADING)`, of a tutorial"
        assert question.section, f"the question {question.name} {rule}"
        sections[question.section].add(question.name)
    assert len(sections) > 8
    for (number, heading), names in sections.items():
        (path,) = ROOT.glob(f"tutorials/{number:02}_*.py")
        headings = [
            line.lstrip("# ").strip()
            for line in path.read_text("utf-8").splitlines()
            if line.startswith("# #")
        ]
        assert heading in headings, (
            f"the section of {', '.join(sorted(names))}: tutorials/{path.name} has no heading "
            f"“{heading}”"
        )


@pytest.mark.parametrize("part", ["questions", "answers", "exercises"])
def test_questions_and_answers_do_not_know_the_diagnosis(part):
    folder = Path(minintk.__file__).parent / "course" / part
    files = sorted(folder.glob("*.py"))
    assert files
    for path in files:
        imports = [
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        ]
        wrong = [name for name in imports if "diagnosis" in name or "examiner" in name]
        assert not wrong, f"{path.name} of minintk/course/{part} must not import {wrong}"


def test_no_file_of_the_course_is_longer_than_a_sitting():
    folder = Path(minintk.__file__).parent / "course"
    long = {
        path.name: count
        for path in folder.rglob("*.py")
        if (count := len(path.read_text("utf-8").splitlines())) > 350
    }
    assert not long, f"files of minintk/course, at most 350 lines each: split {long}"


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["upside-down", "", "upside-down | a | b | c | d"])
def test_a_line_of_the_catalogue_of_another_form_is_rejected(line):
    rule = r"^course/diagnosis/catalogue\.txt, line 2: must be KINDS \| WHAT IS SAID .*, got"
    with pytest.raises(ValueError, match=rule):
        dict(_entries(f"sign | {{}}\n{line}\n"))


_LOSS = "This is how the loss decays, not the residual: the loss is the square."
_NTK_OF_TERMS = "(cos(t)+1)*(pi-t)/(2pi) + sin(t)/(2pi) - (pi-t) cos(t)/(2pi)"


@pytest.mark.parametrize(
    ("quantity", "formula", "said", "unsaid"),
    [
        *(("decay", f, _LOSS, "brackets") for f in ("exp(-2λτ)/2", "1/2 exp(-2λτ)")),
        ("descent_decay", "(1-ηλ)^(2s)/2", _LOSS, "brackets"),
        ("decay", "exp(-2λτ)/4", "The whole is a quarter of its right size.", "brackets"),
        ("ntk", _NTK_OF_TERMS, "One sign is wrong, at ", "θ for π − θ"),
        ("ntk", "((cos t+1)(pi-t) + sin t - (pi-t) cos t)/(2pi)", "One sign is wrong", "missing"),
        ("kappa1", "(sin t + (pi - cos t) t)/pi", "is no term of the right value", "π − θ"),
        ("kappa1", "(sin t + (pi - t)(pi - cos t))/pi", "at the second 'pi'", "π − θ"),
        ("kappa0", "(pi - (pi - t))/pi", "π − θ", "cos"),
        ("steps_to_learn", "log10(q)/(1-eta*lambda)", "natural one: it has base 10.", "of the two"),
        ("steps_to_learn", "ln(q)/log10(1-eta*lambda)", "natural one: it has base 10.", "function"),
        ("steps_to_learn", "-ln(20)/ln(1-ηλ)", "It must depend on q.", "No known mistake"),
        ("steps_to_learn", "sin(q)^3 exp(ηλ)", "No known mistake", "must depend"),
        ("steps_to_learn", "sin(q)^3 exp(λ)", "It must depend on eta.", "on q"),
    ],
)
def test_what_is_said_first_is_true(quantity, formula, said, unsaid):
    message = check(quantity, formula, hints=False).message
    assert said in message
    assert unsaid not in message


def test_a_wrong_sign_beside_the_bias_is_no_missing_term():
    message = check("ntk", _NTK_OF_TERMS, bias=False, hints=False).message
    assert message.startswith("The part of the first layer has the wrong sign.")
    assert "missing" not in message
    one = check("ntk_second_layer", "(sin(t) + (pi - t)*(1 - cos(t)))/(2*pi)", hints=False).message
    assert "cos" in one
