"""From findings to sentences: the only place where a diagnosis becomes text.

say          a finding in words: what is wrong, a hint, where to read
say_step     the sentence on the line of a derivation that breaks
say_end      the sentence where every line equals the next, but the last is not the quantity
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..answers.formula import of_power
from ..answers.trees import FUNCTIONS
from ..conventions import listed
from ..questions.question import Question
from .catalogue import OF_PYTHON, mistake_of
from .finding import Finding, PartOff
from .parts import NETWORK_PARTS
from .ratios import factor_kind, name_of_constant, pretty

Said = tuple[int, str]  # a line of a derivation


def say(
    finding: Finding, question: Question | None = None, *, hints: bool = True, example: str = ""
) -> str:
    """What to tell the student: what is wrong, a hint, and where to read.

    `hints=False` leaves out the hint and the place to read; `example` is a counterexample in words,
    for a finding that has no relation to tell.

    >>> say(Finding("factor-1/2", factor=0.5), hints=False)
    'Yours is half the right value, everywhere.'
    >>> say(Finding("kappa-swapped", note="this is κ1, not κ0"), hints=False)
    'An arc-cosine kernel stands where another belongs. This is κ1, not κ0.'
    """
    entry = mistake_of(finding.kind, finding.note)
    known, more = _case(finding)
    known = f": {example}" if finding.kind == "unknown" and example else known
    if finding.kind in ("not-a-number", "other-branch") and (finding.number or 1.0) < 1:
        more = [example, *more]
    if finding.kind.startswith("factor-") and finding.note and not finding.parts:
        text, more = finding.note, [words for words in more if words != finding.note]
    elif "{}" in entry.says:
        text = re.sub("(:|, at|, from) $", "", entry.says.replace("{}", known))
    else:
        text, more = entry.says, [known, *more]
    if finding.second is not None or not hints:  # then the two ends need not show it
        text = text.removesuffix(_ENDS)
    text = f"{finding.output}: {re.sub('^A ', 'a ', text)}" if finding.output else text
    sentences = [text, *more]
    if hints:
        hints_of = question.hints if question else {}
        also = factor_kind(abs(finding.factor or 1.0)) * bool(finding.is_factor and finding.powers)
        of_kinds = (hints_of.get(kind, "") for kind in (finding.kind, also))
        named = "; ".join(filter(None, dict.fromkeys(of_kinds)))
        zero = bool(finding.wrong) and (finding.factor == 0 or finding.parts)  # more is known
        if named or (entry.reminds_of(question.name if question else "") and not zero):
            sentences.append(f"Hint: {named}" if named else f"Remember: {entry.remember}")
        elif other := next((hints_of[f.kind] for f in finding.each() if f.kind in hints_of), None):
            sentences.append(f"Hint: {other}")
        of_python = all(one.kind in OF_PYTHON for one in finding.each())
        if question and question.section and not of_python:
            sentences.append("Read: tutorial {}, “{}”".format(*question.section))
    return join(sentences)


def join(sentences: Iterable[str]) -> str:
    """Fragments as sentences: a capital where a word begins, a stop at the end.

    >>> join(["this is half", "", "and K stands for K/n", "f(0) has the wrong sign"])
    'This is half, and K stands for K/n. f(0) has the wrong sign.'
    """
    text = ""
    for fragment in (f.strip() for f in sentences):
        if fragment.startswith(("and ", "or ")) and text and not re.search(r"[:;?][^:;?]*$", text):
            text = f"{text.rstrip('.')}, {fragment}."
        elif fragment := fragment.removeprefix("and "):
            word = re.match(r"[a-z]{2,}(?![(\w])", fragment)  # no letter, no function
            start = fragment[0].upper() if word else fragment[0]
            text = f"{text} {start}{fragment[1:]}".strip()
            text = text if text.endswith((".", "?", "…")) else f"{text}."
    return text


_ENDS = ": check the value at θ = 0 against that at θ = π"
_SHARES = {"1/2": "half", "1/3": "a third of", "1/4": "a quarter of", "2": "twice"}


def _is_so_large(size: float, of: str) -> str:
    """What something is beside what it should be: "is half its right size"."""
    if size < 0:
        return "has the wrong sign" + ("" if size == -1 else f" and {_is_so_large(-size, of)}")
    name = name_of_constant(size)
    return f"is {_SHARES[name]} {of}" if name in _SHARES else f"is {pretty(size)} times {of}"


def _part_words(part: PartOff) -> str:
    several = " and of " in part.name or part.name.endswith(" terms")
    if part.name.startswith(NETWORK_PARTS):
        name = f"the part{'s' * several} of the {part.name}"
    elif several:
        name = part.name
    elif part.own:
        name = f"your term '{part.own}'"
    else:
        name = f"the term {part.name}" if _is_name(part.name) else "A term"
        letter = re.fullmatch("[a-z]", part.name)  # the term may be its square
        if letter or (name == "A term" and part.size and re.search("[a-zθ]", part.name)):
            name = f"the term with {part.name}"  # what is missing is not given away
        elif part.name == "1" and part.size:
            name = "the constant term"
    if part.foreign:
        return f"{name} does not belong here"
    if part.size in (0, 2) and not name.startswith("your"):
        return f"{name} {'are' if several else 'is'} {'counted twice' if part.size else 'missing'}"
    constant = name_of_constant(part.size) or ""
    if part.size > 0 and "pi" in constant and not constant.startswith("1/"):
        large = "" if part.own else f" {_is_so_large(part.size, 'its right size')}"
        return f"{name}{large}: is a factor {pretty(1 / part.size)} missing?"
    return f"{name} {_is_so_large(part.size, 'the right one' if part.own else 'its right size')}"


def _together(parts: tuple[PartOff, ...]) -> list[PartOff]:
    """The parts, with those that are missing as one, and those that are counted twice."""
    found = list(parts)
    for size in (0.0, 2.0):
        same = [p for p in parts if p.size == size and not p.foreign and not p.own]
        if len(same) > 1:
            count = {2: "two", 3: "three"}.get(len(same), "several")
            named = same[0].name.startswith(NETWORK_PARTS)
            name = " and of the ".join(p.name for p in same) if named else f"{count} terms"
            found = [PartOff(name, size), *(p for p in found if p not in same)]
    return found


def _is_name(part: str) -> bool:
    """Whether a part's name is a word or a letter, and no piece of the right formula."""
    words = re.findall(r"[A-Za-z]+", part)
    long = all(len(word) > 2 and word not in FUNCTIONS for word in words)
    return " ".join(words) == part and (len(words) == 1 or long) and part not in FUNCTIONS


def _letters(finding: Finding) -> str:
    """The product of powers that something is multiplied by: 2/√m."""
    over = [] if finding.factor in (None, -1.0) else [pretty(finding.factor or 0.0)]
    under: list[str] = []
    for letter, power in finding.powers:
        name = "(f − y)" if letter == "residual" else letter
        size = {0.5: f"√{name}", 1.0: name}.get(abs(power), f"{name}^{abs(power):g}")
        (under if power < 0 else over).append(size)
    below = f"({' · '.join(under)})" if len(under) > 1 else "".join(under)
    if under:
        one = len(over) == 1 and "/" not in over[0]
        over = [f"{over[0]}/{below}"] if one else [*over, f"1/{below}"]
    return "−" * (finding.factor == -1) + " · ".join(over)


def _class_words(finding: Finding) -> str:
    if finding.number is not None:
        size = _is_so_large(finding.number, "the right value")
        return f"yours {size} for {listed(finding.fine)}, and another for {listed(finding.wrong)}"
    fine = f"right for {listed(finding.fine)}, " if finding.fine else ""
    wrong = listed(finding.wrong).replace("k = 1, even k ≥ 2 and odd k ≥ 3", "every k ≥ 1")
    said = f"{fine}wrong for {wrong}"
    if finding.parts:
        parts = " and ".join(re.sub("^A ", "a ", _part_words(part)) for part in finding.parts)
        said += f": {parts} there"
    elif finding.factor is not None:
        size = _is_so_large(finding.factor, "the right value") if finding.factor else "is 0"
        said += f": yours {size} there"
    return said


_ON_KINK = "where a pre-activation is exactly 0, yours is off in another way"
_POWERS = {2.0: "the square", 0.5: "the square root", -1.0: "the inverse", 3.0: "the cube"}


def _number_words(finding: Finding) -> str:
    """What the kinds say that speak of a number."""
    kind, number = finding.kind, finding.number
    if number is None:
        return "a few digits" if kind == "few-digits" else ""
    plural = "" if number == 1 else "s"
    return {
        "few-digits": f"{number:g} digit{plural}",
        "not-divided": f"{number:g}",
        "rounded": f"{'' if finding.then else 'right, but '}rounded to {number:g} decimal{plural}",
        "constant": f"{pretty(number)} for every {finding.place}",
        "shift": pretty(number),
        "power": _POWERS.get(number, f"the power {number:g}"),
        "not-a-number": finding.place if number < 1 else "anywhere",
        "leaky": f"there the slope is {pretty(number)}",
        "other-branch": f"right for {100 * number:.0f} % of what was tried, not for the rest",
    }.get(kind, "")


def _case(finding: Finding) -> tuple[str, list[str]]:
    """What is known of a finding, for its sentence, and what is to be said besides."""
    known, *more = _known(finding)
    plain = finding.factor is None and finding.second is None
    note = finding.note if plain else _but_for_another(finding, finding.second is not None)
    besides = known or mistake_of(finding.kind).says.endswith((" at {}", " from {}"))  # no place
    known, more = (known, [*more, note]) if besides and note else (known or note, more)
    what, of = "each of the other values" if finding.number else "and the whole", "its right size"
    if finding.place and not (finding.parts or finding.number):
        what = "and with that put right the whole"
    if finding.kind == "wrong-norm" or note.startswith("this is "):
        what, of = "and yours", "that"
    elif finding.kind == "other-convention":
        what, of = "yours", "theirs"
    if finding.factor is not None and not _says_the_factor(finding):
        more.append(f"{what} {_is_so_large(finding.factor, of)}")
    elif finding.powers and not finding.is_factor:
        more.append(f"{what} is {_letters(finding)} times {of}")
    if finding.place and finding.kind.startswith("factor-") and not finding.parts:
        more.append(f"this is the convention of {finding.place}")
    if finding.second is not None:
        second, says = finding.second, mistake_of(finding.kind).says
        second = replace(second, note=_but_for_another(second))
        said = _ON_KINK if second.kind == "kink" else say(second, hints=False)
        if second.kind == finding.kind and second.note and "{}" not in says:
            said = second.note  # what the kind is has been said
        same = said.split()[1:2] == says.split()[1:2]
        if second.kind == finding.kind and second.note and says.endswith(": {}"):
            known = f"{known}, and {second.note}"  # in another way than asked: two ways
        else:
            more.append(re.sub("^One ", "another " if same else "one ", said).removesuffix("."))
    more += ["this holds up to the digits of your own sums"] * (finding.then == "rough")
    return known, more


def _but_for_another(finding: Finding, mistake: bool = True) -> str:
    """The note on a mistake, where a factor is there as well, or another mistake."""
    note = re.sub("(, so that yours|^it is right at ).*", "", finding.note)
    if finding.output or not mistake or getattr(finding.second, "kind", "") == "kink":
        return note
    end = "^(this is .*|it would be right.*|.*?(?=; here |: add ))"
    return re.sub(end, r"\1, but for another mistake", note)


def _known(finding: Finding) -> list[str]:
    if finding.parts and not finding.wrong:
        said = [_part_words(part) for part in _together(finding.parts)]
        return [re.sub("^A ", "another ", words) if i else words for i, words in enumerate(said)]
    if finding.kind == "arccos-above-one":
        others = "wrong at other points, and " * (finding.second is None)
        return [others if finding.number else "right in general, but "]
    if finding.kind == "wrong-term" and finding.place:
        if not finding.wrong[0].startswith(NETWORK_PARTS):
            return [f"'{finding.place}' is no term of the right value; the rest is right"]
        part = _part_words(PartOff(finding.wrong[0], 0.0)).removesuffix(" is missing")
        return [f"'{finding.place}' should be {part}; the rest ({listed(finding.fine)}) is right"]
    if finding.wrong:
        return [_class_words(finding)]
    if finding.powers and finding.is_factor:
        words = f"{_letters(finding)} times the right value"
        return [f"is {words}" if finding.kind.startswith("factor-") else f"it is {words}"]
    if finding.kind.startswith("factor-") and finding.factor is not None and not finding.note:
        where = ", everywhere" * (not finding.output and finding.second is None)
        return [_is_so_large(finding.factor, "the right value") + where]
    return [_number_words(finding) or (_place_words(finding) if finding.place else "")]


def _says_the_factor(finding: Finding) -> bool:
    """Whether the sentence itself has the factor."""
    alone = finding.is_factor and finding.kind.startswith("factor-")
    return alone or finding.kind == "sign" or bool(finding.wrong or finding.powers)


_BEFORE = {"supplement": "θ for π − θ, at ", "brackets": "look at ", "wrong-operator": "look at "}
_QUOTED = {
    *("inner-sign", "inner-factor", "exponent", "argument-order", "wrong-function", "inner-term"),
    *("missing-inner-term", "wrong-variable-inside", "stray-letter", "inner-comparison", "inverse"),
    *("square-of-sum", "squares-of-terms", "inverse-of-sum", "root-of-sum", "typed-digits"),
    "angle-for-cos",
}


def _place_words(finding: Finding) -> str:
    if finding.line is not None:
        return f"line {finding.line}: {finding.place}"
    of_opposite = finding.kind == "supplement" and finding.place.startswith("pi - ")
    before = "π − θ for θ, at " if of_opposite else _BEFORE.get(finding.kind, "")
    plain = finding.place + of_power(finding.place if finding.kind == "raises" else "")
    quoted = plain if plain.startswith("the ") else f"'{plain}'"
    return f"{before}{quoted}" if before or finding.kind in _QUOTED else plain


def _relation(finding: Finding, base: str) -> str:
    """What something is to the base, after "it"."""
    factor = finding.factor
    if finding.parts:
        found = " and ".join(_part_of_line(part, base) for part in finding.parts)
        return found if factor is None else f"{found}; and the whole is {pretty(factor)} times it"
    if finding.kind == "another-quantity":
        return f"is another quantity, {finding.note}"
    if finding.powers or finding.is_factor or finding.kind == "sign":
        return f"is {_letters(finding) if finding.powers else pretty(factor or 0.0)} times {base}"
    if finding.kind in ("unknown", "one-place"):
        where = finding.place and f" in one place: {finding.place}"
        return f"differs from {base}{where}" + (finding.note and f": {finding.note}")
    said = say(finding, hints=False).rstrip(".?")
    return f"differs from {base}: {said[0].lower()}{said[1:]}"


def _part_of_line(part: PartOff, base: str) -> str:
    name = f"the part of the {part.name}" if part.name in NETWORK_PARTS else part.own
    letter = "the term with " * (len(part.name) == 1)
    name = name or (letter + part.name if _is_name(part.name) else "a term")
    if part.own not in ("", part.name):  # a reader's own term, as it stands there
        return f"has a term, '{part.own}', that {_is_so_large(part.size, 'the right one')}"
    if part.foreign:
        return f"has a term that {base} does not have, {name}".removesuffix(", a term")
    name = f"the term {name}" if name == part.own else name
    how = {2.0: " twice", -1.0: f" with another sign than {base}"}.get(part.size)
    how = how or f" {pretty(part.size)} times"
    return f"lacks {name}" if part.size == 0 else f"has {name}{how}"


def say_step(finding: Finding, before: Said, line: Said, first: bool, name: str = "") -> str:
    """The sentence on a line that breaks, from (number, text) of it and of the line before.

    `first`: all that follows is the quantity, so that the line before is the one that is off. The
    finding is of it, then. `name`: of the quantity, where the line goes on from it.

    >>> say_step(Finding("factor-2", factor=2.0), (1, "x"), (2, "2x"), False)
    'line 2 is where it breaks: it is 2 times line 1; in the step from  x  to  2x.'
    """
    off, base = (before, line) if first else (line, before)
    named = "what stands before it" if off[0] == base[0] and not first else f"line {base[0]}"
    it = "the lines after it are the quantity, and it is not. It" if first else "it"
    step = f"in the step from  {before[1]}  to  {line[1]}"
    said = re.sub(r"\bt\b", "θ" if "θ" in step else "t", _relation(finding, name or named))
    return f"line {off[0]} is where it breaks: {it} {said}; {step}."


def say_end(finding: Finding, name: str, count: int, several: bool = False) -> str:
    """The sentence where every line equals the next, but the last is not the quantity.

    `several`: the lines are more than one equation.
    """
    equal = "every line equals the next, but" if count > 1 else "this is not the quantity:"
    if several:
        equal = f"every equation holds, but the last line is not {name}:"
    elif finding.kind == "another-quantity":
        return f"{equal} the first is another quantity: {finding.note}, not {name}."
    return f"{equal} it {_relation(finding, name)}."
