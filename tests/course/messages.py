"""What `check` and `grade` say of the first mistake planted for each kind, and what was read.

python -m tests.course.messages            what differs from messages.txt
python -m tests.course.messages --store    the same, and write it there: after it was read
"""

import argparse
import difflib
import warnings
from pathlib import Path

from minintk.course import check
from minintk.course.diagnosis.words import say
from tests.course.planted_formulas import PLANTED
from tests.course.planted_programs import PLANTED as PLANTED_PROGRAMS
from tests.course.runner import changed_solution, verdict_of

READ = Path(__file__).with_name("messages.txt")


def messages():
    """One line a kind: what was asked, and what is said of the first mistake planted for it."""
    told = {}
    for kind, quantity, formula, options in PLANTED:
        if kind not in told:
            message = check(quantity, formula, hints=False, **options).message
            told[kind] = f"{kind} | {quantity}: {formula} | {message}"
    for kind, exercise, old, new in PLANTED_PROGRAMS:
        if kind not in told:
            verdict = verdict_of(changed_solution(exercise, old, new), exercise)
            message = say(verdict.finding, hints=False)
            told[kind] = f"{kind} | {exercise}: {new!r:.60} | {message}"
    return sorted(told.values())


def differences(said):
    """Lines of messages.txt that are no longer said, with a -, and what is said now, with a +."""
    read = READ.read_text("utf-8").splitlines()
    lines = list(difflib.unified_diff(read, said, n=0, lineterm=""))
    return [line for line in lines[2:] if not line.startswith("@@")]  # without the names of files


def main():
    """Print what differs, and store it where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help="write what is said to messages.txt")
    store = parser.parse_args().store
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a wrong formula may overflow
        said = messages()
    print("\n".join(differences(said)) or "all messages are those that were read")
    if store:
        READ.write_text("\n".join([*said, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
