"""Is a derivation right, line by line, and if not, which line breaks?

check_steps        the lines of a derivation of a named quantity: a `StepsAnswer`
describe_steps     the answer for people

Every line is compared with the one before at random values of the letters, the last one with the
quantity. `answers.steps` reads the lines, `answers.calculus` computes them, `_line_by_line`
compares them, and `diagnosis.lines` finds what a line is to another.
"""

from __future__ import annotations

import re

from .._require import require_flag, require_instance, require_text
from ._line_by_line import Comparison, StepsAnswer
from .answers.steps import StepsError, read_derivation
from .answers.trees import SPECIAL
from .checking import find_question
from .questions import QUESTIONS, names_of

_STEPS = frozenset({"relu_derivative", "step", "heaviside"})


def check_steps(
    quantity: str, steps: str, *, bias: bool = True, k: str | None = None
) -> StepsAnswer:
    """Check a derivation of one of the quantities of `check`, line by line.

    `steps` is the text of the file: a formula a line, each equal to the one before, the last the
    quantity. Besides the functions of `check` there are integral(f, u, a, b) and sum(f, j, a, b),
    where b may be inf, diff(f, x) and mean(f). dL/dw1 is diff((f - y)^2/2, w1), and d/dx is of the
    product that follows. In diff the output f, the residual r and z change with what they depend
    on, such as the neuron's weights; elsewhere letters are numbers. The mean is over w ~ N(0, I):
    of w1, w2, z = w·x and z' = w·x', x and x' at the angle t. Integrals hold 12 digits of ∫|f|; two
    values are equal to 1e-9.
    At most 10 000 lines, of 250 000 characters in all. What needs more than some ten seconds of
    computing is rejected with the line that it stopped at. In an equation to be solved the unknown,
    s of steps_to_learn or eta of largest_stable_learning_rate, has the value that is asked for.
    Raises StepsError, a ValueError, with the number of a line that cannot be used.

    >>> check_steps("kappa0", "mean(2 step(z) step(z'))\\n= (pi - t)/pi").verdict
    'right'
    >>> check_steps("ntk_eigenvalue_bias", "1/π² 1/k² = (πk)^-2", k="odd").verdict
    'right'
    >>> answer = check_steps("kappa0", "integral(1/pi, u, 0, pi - t)\\n= 2 - 2t/pi\\n= 1 - t/pi")
    >>> answer.line, answer.finding.factor
    (2, 2.0)
    """
    asked = find_question(quantity, require_flag("bias", bias), k)
    text = require_text("steps", steps)
    spelling = {v.name: v.name for v in asked.letters} | {n: n for n in asked.shorthands}
    spelling |= {alias: v.name for v in asked.letters for alias in v.aliases}
    itself = _STEPS if asked.name in _STEPS else {asked.name}
    own, functions = [asked.name, *names_of(asked.name, k)], (asked.functions | SPECIAL) - itself
    try:
        derivation = read_derivation(text, spelling, functions, own, asked.unknown)
    except StepsError as error:
        unknown = re.match(r"unknown name '(\w+)'", error.reason)
        if unknown is None or unknown[1] not in asked.strays:
            raise
        why = f"{unknown[1]} is not known here: {asked.strays[unknown[1]]}"
        raise StepsError(error.line, why) from None
    letters = [v.name for v in asked.letters]
    others = [QUESTIONS[name](bias, k if name.startswith("ntk_e") else None) for name in QUESTIONS]
    alike = [q for q in others if [v.name for v in q.letters] == letters and q.name != asked.name]
    return Comparison(asked, alike, derivation).answer()


def describe_steps(answer: StepsAnswer) -> str:
    """An answer for people, a few lines.

    >>> print(describe_steps(check_steps("kappa0", "(pi - t)/pi\\n= 1 - t/pi")))
    right: kappa0, every line equals the next
    """
    require_instance("answer", answer, StepsAnswer, "check_steps(quantity, steps)")
    notes = [f"  (line {number} {note})" for number, note in answer.notes]
    if answer.verdict == "right":
        return "\n".join([f"right: {answer.quantity}, {answer.message}", *notes])
    kind = answer.finding.kind if answer.finding else ""
    lines = [f"wrong: {answer.quantity} [{kind}]", *notes, f"  {answer.message}"]
    if more := [n for n in answer.more if f" Line {n} is " not in answer.message]:
        numbers = ", ".join(map(str, more[:10])) + f" and {len(more) - 10} more" * (len(more) > 10)
        lines.append(f"  Lines that differ from the one before, too: {numbers}.")
    return "\n".join(lines)
