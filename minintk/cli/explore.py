"""`minintk explore`: write the page to play with."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    explore = commands.add_parser(
        "explore",
        help="write a page that trains a network in your browser",
        description="Write one HTML file that trains a network in your browser. It needs no "
        "network and no server. Exit status: 0 written, 2 not carried out.",
    )
    explore.add_argument(
        "--out",
        type=Path,
        default=Path("explore.html"),
        metavar="FILE",
        help="the file to write (default: explore.html)",
    )
    explore.add_argument(
        "--state",
        default="",
        metavar="STATE",
        help='where the page starts, as in its address after #: "m=64&bias=off"; an answer to '
        "experiment=N plays that experiment's own settings, but for speed=S",
    )
    explore.add_argument("--open", action="store_true", help="open the page in your browser")
    explore.set_defaults(command=run, refuse=explore.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..explore import explore_page
    from ..report.files import NotWrittenError, write_whole

    page = explore_page(options.state, tutorials_from(options.out.absolute().parent))
    try:
        write_whole(options.out, page.encode())
    except NotWrittenError as error:
        options.refuse(f"FILE could not be written: {error.strerror}: {options.out}")
    print(options.out)
    if options.open and not webbrowser.open(options.out.absolute().as_uri()):
        print(
            "minintk explore: no browser could be opened; open the file yourself", file=sys.stderr
        )
    return 0


def tutorials_from(folder: Path) -> str | None:
    """Where the tutorials are as seen from a folder of the checkout; None elsewhere."""
    for parent in (folder, *folder.parents):
        if (parent / "tutorials" / "01_a_relu_network_by_hand.ipynb").is_file():
            return Path(os.path.relpath(parent / "tutorials", folder)).as_posix()
    return None
