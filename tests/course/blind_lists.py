"""Later lists of answers, of writers blind to the catalogue: verdicts are right, names stay.

`.ci/run lists` runs them, not the suite: they take long, and how far the search for a reason gets
in its limit of time depends on the machine.
"""

import json
import re
from pathlib import Path

import pytest

from minintk.course import check
from minintk.course.derivation import check_steps
from tests.course import runner

pytestmark = pytest.mark.course

# Tags that said something else than the sentences beside them.
RENAMED = {"rounded-up": "rounded-to-whole", "toeplitz": "another-property"}


def read(number, name):
    """An entry of the fourth list or a later one by its identifier: see the README beside them."""
    path = Path(__file__).with_name(f"blind-{number}") / f"{name}.json"
    text = path.read_text("utf-8")
    for old, new in RENAMED.items():
        text = text.replace(f"[{old}]", f"[{new}]")
    return json.loads(text)


def options(words):
    """The options of the command line as those of `check`."""
    known = {"bias": False} if "--no-bias" in words else {}
    with_value = [name for name in ("k", "convention") if f"--{name}" in words]
    return known | {name: words[words.index(f"--{name}") + 1] for name in with_value}


def answer_of(entry):
    """Verdict and diagnosis of an entry, or the line that breaks."""
    if "exercise" in entry:
        verdict = runner.verdict_of(entry["text"], entry["exercise"])
        return verdict.share == 1, runner.finding_of(entry["text"], entry["exercise"], verdict)
    asked = options(entry["options"])
    if "line" in entry:
        answer = check_steps(entry["quantity"], entry["text"], **asked)
        return answer.verdict == "right", answer.line or 0
    answer = check(entry["quantity"], entry["text"], **asked)
    return answer.verdict == "right", answer.diagnosis


@pytest.mark.parametrize("name", ["formulas", "programs", "derivations"])
def test_every_verdict_of_the_fourth_list_is_right_and_names_stay(name):
    """What its author judged to be exact at the first run has the same name, or a better one."""
    entries, judged, first = (read(4, file) for file in (name, "judged", "first_run"))
    found = {entry["id"]: answer_of(entry) for entry in entries}
    assert [e["id"] for e in entries if found[e["id"]][0] != e["right"]] == []
    if name == "derivations":
        assert [e["id"] for e in entries if found[e["id"]][1] != e["line"]] == []
        return
    exact = [e["id"] for e in entries if judged.get(e["id"], {}).get("judgement") == "exact"]
    # the tag beside a true sentence was wrong
    renamed = {"descent-for-flow": "flow-for-descent", "one-step-too-few": "number-of-steps"}
    for key in exact:
        told = first[key]["out"]
        before = re.search(r'"diagnosis": "([^"]*)"|\[([^\]]*)\]', told)
        kind = before[1] or before[2]
        assert found[key][1] in (kind, renamed.get(kind)), key
    assert len(exact) >= 33


# Named since, or named in the other order.
SINCE = {
    **{(6, "P19"): "off-by-one", (7, "P30"): "wrong-block", (7, "P51"): "off-by-one"},
    **{(9, "F22"): "squares-of-terms", (9, "F43"): "inverse-of-sum"},
    **{(9, "P21"): "integer-division", (9, "P31"): "uses-relu-for-derivative"},
    **{(9, "P36"): "residual-not-updated", (9, "P37"): "missing-output-weight"},
    **{(9, "P41"): "brackets", (9, "P42"): "exponent", (9, "P44"): "factor-sqrt2"},
    **{(10, "F11"): "product-of-means", (10, "F15"): "doubled-term", (10, "F22"): "steps-added"},
    **{(10, "F21"): "implicit-step", (10, "P21"): "implicit-step", (10, "P20"): "wrong-norm"},
    **{(10, "F39"): "argument-order", (10, "P16"): "factor-of-term", (10, "P17"): "typed-digits"},
    **{(10, "P25"): "inner-factor", (10, "P28"): "sum-then-square", (10, "P34"): "exponent"},
    **{(10, "P35"): "wrong-term", (10, "P38"): "rate-without-1/n", (10, "F13"): "angle-for-cos"},
    **{(11, "F33"): "inner-sign", (11, "F35"): "missing-bias", (11, "F37"): "inner-factor"},
    **{(11, "P31"): "missing-bias", (11, "P36"): "missing-second-layer", (11, "P38"): "wrong-log"},
    **{(11, "P28"): "another-property", (12, "F33"): "factor-variable"},
    **{(12, "P26"): "wrong-norm", (12, "P28"): "sign", (13, "F22"): "other-convention"},
    **{(6, "F38"): "factor-of-term", (14, "F05"): "factor-of-term"},
    **{(13, "P23"): "exponent", (13, "P31"): "wrong-function", (13, "P35"): "wrong-parity"},
}
SINCE_AT_A_LINE = {(9, "D13"): "inner-sign", (9, "D19"): "root-of-sum", (10, "D09"): "inner-sign"}
SINCE_AT_A_LINE |= {(10, "D10"): "inner-factor", (11, "D16"): "missing-inner-term"}
SINCE_AT_A_LINE |= {(11, "D07"): "one-place", (11, "D13"): "one-place", (11, "D15"): "one-place"}
SINCE_AT_A_LINE |= {(12, "D13"): "wrong-operator", (12, "D14"): "factor-1/2"}
SINCE_AT_A_LINE |= {(12, "D09"): "inner-sign", (14, "D13"): "common-denominator"}
NAMED = [
    *((6, "formulas", 48), (6, "programs", 44)),
    *((7, "formulas", 42), (7, "programs", 43)),
    *((8, "formulas", 37), (8, "programs", 34)),
    *((9, "formulas", 39), (9, "programs", 38)),
    *((10, "formulas", 32), (10, "programs", 30)),
    *((11, "formulas", 32), (11, "programs", 31)),
    *((12, "formulas", 31), (12, "programs", 32)),
    *((13, "formulas", 28), (13, "programs", 31)),
    *((14, "formulas", 29), (14, "programs", 30)),
]
# Right on paper, but not a number where rounding takes the cosine above 1.
NOT_A_NUMBER = {(8, "F09")}


@pytest.mark.parametrize(("number", "name", "least"), NAMED)
def test_every_verdict_of_a_later_list_is_right_and_names_stay(number, name, least, tmp_path):
    """What was named at the first run, one mistake or both, has the same name."""
    named = 0
    for entry in read(number, name):
        right, since = entry["category"] == "right", SINCE.get((number, entry["id"]))
        told = since or entry["first_run"] in ("named", "both")
        if name == "formulas":
            answer = check(entry["quantity"], entry["text"], **options(entry["options"]))
            found, kind = answer.verdict == "right", answer.diagnosis
        elif not told and "suffix" not in entry:
            found = runner.verdict_of(entry["text"], entry["exercise"]).share == 1
        else:
            path = tmp_path / f"{entry['id']}{entry.get('suffix', '.py')}"
            path.write_text(entry["text"], "utf-8")
            result = runner.result_of(path, entry["exercise"])
            found, kind = result.score == result.points, result.diagnosis
        assert found == (right and (number, entry["id"]) not in NOT_A_NUMBER), entry["id"]
        if told:
            then = f"[{kind}]" in entry["answer"] or entry.get("diagnosis") == kind
            assert then or kind == since, entry["id"]
            named += 1
    assert named >= least


@pytest.mark.parametrize("number", [7, 9, 10, 11, 12, 13, 14])
def test_the_line_that_breaks_is_found_in_a_later_list(number):
    for entry in read(number, "derivations"):
        answer = check_steps(entry["quantity"], entry["text"], **options(entry["options"]))
        assert (answer.verdict == "right") == (entry["category"] == "right"), entry["id"]
        assert answer.line == entry.get("broken_line"), entry["id"]
        if since := SINCE_AT_A_LINE.get((number, entry["id"])):
            assert answer.finding.kind == since


def test_a_known_branch_is_told_alone(tmp_path):
    """P27 of the sixth list was told of a sign besides, which was right."""
    (entry,) = (entry for entry in read(6, "programs") if entry["id"] == "P27")
    path = tmp_path / "answer.py"
    path.write_text(entry["text"], "utf-8")
    result = runner.result_of(path, entry["exercise"])
    assert result.diagnosis == "other-branch"
    assert "One sign" not in result.message


# What says more than the place.
SAID_SINCE = {"'1 - lambda'": "The learning rate is missing"}


def names_both(entry, message):
    wide = re.sub(
        r"(?<=[\w)])([*/^])(?=[\w(-])", r" \1 ", message
    )  # as it was when they were written
    every = [SAID_SINCE.get(words, words) for words in entry["says"]]
    found = (re.search(words, message) or re.search(words, wide) for words in every)
    return bool(entry["says"]) and all(found)


def test_two_mistakes_of_one_formula_are_both_named():
    entries = [e for e in read(5, "formulas") if e["first_run"] != "entry mistaken"]
    found = [check(e["quantity"], e["text"], **options(e["options"])).message for e in entries]
    both = [e["id"] for e, message in zip(entries, found, strict=True) if names_both(e, message)]
    assert len(entries) == 38
    assert len(both) >= 37


def test_two_mistakes_of_one_program_are_both_named(tmp_path):
    entries, both = read(5, "programs"), []
    for entry in entries:
        path = tmp_path / f"{entry['id']}.py"
        path.write_text(entry["text"], "utf-8")
        message = runner.result_of(path, entry["exercise"]).message
        both += [entry["id"]] if names_both(entry, message) else []
    assert len(entries) == 20
    assert len(both) >= 19
