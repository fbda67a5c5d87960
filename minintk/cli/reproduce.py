"""`minintk reproduce`: every claim of the study, and one page with figures."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.reproduce import Run

LONGEST = 110  # characters of a reason on the terminal; the page has all of it
EXPLORE = "explore.html"  # beside the report, whose cards link into it


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    parser = commands.add_parser(
        "reproduce",
        help="measure every claim of the study, and write one page with figures",
        description="Measure every claim, of the study and beyond it, and write one page with "
        "the verdicts and figures. This takes one to two minutes on two cores. A run that was "
        "stopped continues with the same command. Exit status: 0 done, whatever the verdicts; 1 a "
        "claim crashed; 2 the call cannot be carried out; 130 stopped by Ctrl-C.",
    )
    _add_what(parser)
    _add_how(parser)
    parser.set_defaults(command=run, refuse=parser.error)


def _add_what(parser: Any) -> None:
    """Options that say what is run."""
    parser.add_argument(
        "--list", action="store_true", help="show every claim with its sizes, and stop"
    )
    parser.add_argument(
        "--claims",
        metavar="NAME,...",
        help="run only these claims (study, beyond: all of the group); other results stay",
    ).words = _all_claims
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="small sizes: a first look at everything"
    )
    size.add_argument("--full", action="store_true", help="large sizes: up to an hour on 2 cores")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="CLAIM.FIELD=VALUE",
        help="a size of your own, such as decay.width=512; may be given several times",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0),
        default=0,
        metavar="S",
        help="the seed of every random draw (default: %(default)s)",
    )


def _add_how(parser: Any) -> None:
    """Options that say where and how."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("minintk-results"),
        metavar="DIR",
        help="the folder for the results: a new one, an empty one, or that of an earlier run "
        "(default: %(default)s)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="how many processes, 1 to 8; the results are the same for any number "
        "(default: one for each core, at most 8)",
    )
    where.add_argument(
        "--dask", metavar="ADDRESS", help="run on a Dask cluster: the address of its scheduler"
    )
    parser.add_argument(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="run one of N shares of the work, on any machine that sees DIR; afterwards a run "
        "without this option judges all of it",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="also run again what is already finished"
    )
    parser.add_argument("--open", action="store_true", help="show the page in a browser at the end")


def _all_claims() -> list[str]:
    from ..claims import CLAIMS

    return [*_groups(), *CLAIMS]


def _groups() -> dict[str, list[str]]:
    """The claims of the study, and those beyond it: each group by its name."""
    from ..claims import CLAIMS

    claims = CLAIMS.values()
    return {
        "study": [claim.name for claim in claims if not claim.beyond_study],
        "beyond": [claim.name for claim in claims if claim.beyond_study],
    }


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    for name in ("SIGTERM", "SIGHUP"):  # so that what finished is kept, and no child is left behind
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print(
            f"interrupted: what finished is kept in {options.out}, the same command continues",
            file=sys.stderr,
        )
        return 130


def _run(options: argparse.Namespace) -> int:
    from ..claims import CLAIMS
    from ..report.cluster import ClusterError
    from ..report.files import FolderError, NotWrittenError
    from ..report.sizes import SizeError, listing

    names = _claim_names(options, list(CLAIMS))
    if options.shard is not None and options.fresh:
        options.refuse("--shard keeps what is there: --fresh is for the run without it")
    if options.list:
        print(listing([CLAIMS[name] for name in names]))
        return 0
    try:
        return _carried_out(options, names)
    except (FolderError, ClusterError) as error:
        options.refuse(str(error))
    except SizeError as error:
        options.refuse(f"--set: {error}")
    except NotWrittenError as error:
        print(
            f"minintk reproduce: could not write {error.filename}: {error.strerror}; what was "
            f"saved before is kept in {options.out}, the same command continues",
            file=sys.stderr,
        )
    return 1


def _carried_out(options: argparse.Namespace, names: list[str]) -> int:
    from .. import report
    from ..report.cluster import dask_executor

    how: dict[str, Any] = {
        "size": "quick" if options.quick else "full" if options.full else "default",
        "changes": options.set,
        "seed": options.seed,
        "workers": options.workers,
        "stream": sys.stderr,
    }
    with contextlib.ExitStack() as stack:
        if options.dask is not None:
            how["executor"] = stack.enter_context(dask_executor(options.dask))
        if options.shard is not None:
            return _shard_is_done(
                options, report.run_shard(options.out, names, **how, shard=options.shard)
            )
        outcome = report.run(options.out, names, **how, fresh=options.fresh, links=_links())
    _write_explore(outcome.page.parent)
    _print_verdicts(outcome)
    if options.open:
        import webbrowser

        webbrowser.open(outcome.page.resolve().as_uri())
    if outcome.rejected and not outcome.tracebacks:
        options.refuse(f"--set: {'; '.join(outcome.rejected.values())}")
    return 1 if outcome.tracebacks else 0


def _links() -> dict[str, Any]:
    """Where the page to play with, beside the report, shows a claim of the study."""
    from ..explore import STATES
    from ..report.page import Link

    return {name: Link(f"{EXPLORE}#{state.address}", state.words) for name, state in STATES.items()}


def _write_explore(folder: Path) -> None:
    from ..explore import explore_page
    from ..report.files import write_whole
    from .explore import tutorials_from

    page = explore_page(tutorials=tutorials_from(folder.absolute()))
    write_whole(folder / EXPLORE, page.encode())


def _shard_is_done(options: argparse.Namespace, failed: list[str]) -> int:
    """Say what a shard left, and what comes next."""
    for text in failed:
        print(text, file=sys.stderr)
    number, count = options.shard
    print(
        f"shard {number} of {count}: its units are in {options.out / 'units'}"
        + f" but for {len(failed)} that crashed" * bool(failed)
        + "; when all shards are done, the same command without --shard merges and judges"
    )
    return 1 if failed else 0


def _claim_names(options: argparse.Namespace, known: list[str]) -> list[str]:
    """The claims asked for, in the order of the study."""
    if options.claims is None:
        return known
    from .._require import did_you_mean

    groups = _groups()
    asked = [name for word in options.claims.split(",") for name in groups.get(word, [word])]
    unknown = [name for name in asked if name not in known]
    if unknown:
        near, some = did_you_mean(unknown[0], [*groups, *known]), ", ".join([*groups, *known])
        options.refuse(f"--claims must name some of {some}; got {unknown[0]!r}{near}")
    return [name for name in known if name in asked]


def _print_verdicts(outcome: Run) -> None:
    """The size, the table of verdicts in words; the last line says where the page is."""
    from ..report.readable import readable
    from ..report.sizes import size_in_words

    columns = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    print(textwrap.fill(f"size: {size_in_words(outcome.entries, outcome.size)}", columns))
    beyond = False
    names = [entry["name"] for entry in outcome.entries]
    names += [*outcome.crashed, *outcome.rejected]
    longest = max(map(len, names), default=0)
    for entry in outcome.entries:
        if entry["beyond_study"] and not beyond:
            print("beyond the study:")
            beyond = True
        start = f"{entry['name']:{longest + 2}}{entry['verdict']:15}"
        print(_filled(start, readable(entry["explanation"]), columns))
        if entry["verdict"] != "holds":
            print(_filled(" " * len(start), readable(_short(entry["reason"])), columns))
        if entry["later"] is not None:
            later = f"By a criterion that came after a first run: {entry['later']['verdict']}."
            print(_filled(" " * len(start), later, columns))
    failed = ("crashed", outcome.crashed), ("not run", outcome.rejected)
    for word, claims in failed:
        for name, reason in claims.items():
            said = f"--set: {reason}" if word == "not run" else reason
            print(_filled(f"{name:{longest + 2}}{word:15}", said, columns))
    for name in outcome.undrawn:
        print(f"{name}: its figure could not be drawn")
    if any(entry["size"] == "quick" for entry in outcome.entries):
        print(textwrap.fill("quick sizes judge no claim: the default ones do", columns))
    last = f"page: {outcome.page}"
    if outcome.tracebacks:
        last += f"; tracebacks: {outcome.tracebacks}"
    print(last)


def _short(reason: str) -> str:
    """What is refuted or not decided, where the reason ends in that; and not more than LONGEST."""
    places = [at for at in map(reason.find, (" Refuted: ", " Not decided at these")) if at >= 0]
    whole = " ".join(reason[min(places, default=0) :].split())
    cut = textwrap.shorten(whole, LONGEST, placeholder=" …")
    return cut if cut == whole else f"{_without_half_bracket(cut.removesuffix(' …'))} …"


def _without_half_bracket(text: str) -> str:
    """The text up to the first bracket that does not close in it."""
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign in "([":
            opened.append(place)
        elif sign in ")]" and opened:
            opened.pop()
    return text[: opened[0]].rstrip() if opened else text


def _filled(start: str, text: str, columns: int) -> str:
    text = text[:1].upper() + text[1:]
    indent = " " * len(start)
    return textwrap.fill(text, columns, initial_indent=start, subsequent_indent=indent)


def _workers(text: str) -> int:
    from ..report.reproduce import MOST_WORKERS

    count = whole_number(1)(text)
    if count > MOST_WORKERS:
        raise argparse.ArgumentTypeError(
            f"must be at most {MOST_WORKERS}, got {text!r}, which keeps a run within 1 GiB "
            "of memory; for more, use --dask or --shard"
        )
    return count


def _shard(text: str) -> tuple[int, int]:
    number, slash, count = text.partition("/")
    if not slash:
        raise argparse.ArgumentTypeError(f"must be I/N, such as 1/4, got {text!r}")
    share = whole_number(1)(number), whole_number(1)(count)
    if share[0] > share[1]:
        raise argparse.ArgumentTypeError(f"must be I/N with I from 1 to N, got {text!r}")
    return share


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an option that is a whole number of at least `least`."""

    def number_of(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, got {text!r}")
        return int(text)

    return number_of


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
