"""Write the notebooks from their scripts, and check that they are still those.

python tutorials/build.py            every notebook with its outputs, and the pages
python tutorials/build.py 08 09      those two notebooks
python tutorials/build.py --check    fail where a notebook or a page differs from its source
python tutorials/build.py --run      run every script, minintk's warnings as errors, and time it

Needs jupytext, nbconvert and ipykernel beside minintk (`.ci/run` pins them); --run needs none.
A notebook has no time, no machine and no random name in it: the same outputs give the same file.
"""

from __future__ import annotations

import argparse
import base64
import io
import subprocess
import sys
import time
from itertools import zip_longest
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
LARGEST_NOTEBOOK = 300_000
COLOURS = 256  # of a figure

RUNNER = """
import runpy, sys, warnings
import matplotlib
matplotlib.use("Agg")
warnings.filterwarnings("error", module=r"minintk(\\.|$)|__main__$")
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def scripts() -> list[Path]:
    """The tutorials, in their order."""
    return sorted(FOLDER.glob("[0-9][0-9]*_*.py"))


def number(script: Path) -> str:
    """What stands before a tutorial's title: 07."""
    return script.stem.partition("_")[0]


def source_cells(script: Path) -> Any:
    """The notebook that a script is, without outputs."""
    import jupytext

    notebook = jupytext.read(script, fmt="py:percent")
    for place, cell in enumerate(notebook.cells):
        cell.metadata = {}
        cell["id"] = f"cell-{place:02}"
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def executed(script: Path) -> Any:
    """The notebook of a script with its outputs, run from the repository's root."""
    from nbconvert.preprocessors import ExecutePreprocessor

    notebook = source_cells(script)
    runner = ExecutePreprocessor(timeout=120, kernel_name="python3", record_timing=False)
    runner.preprocess(notebook, {"metadata": {"path": str(FOLDER.parent)}})
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                small = few_colours(base64.b64decode(output["data"]["image/png"]))
                output["data"]["image/png"] = base64.b64encode(small).decode("ascii")
    return notebook


def joined(outputs: list[Any]) -> list[Any]:
    """Outputs with a text in one piece, that came in several where the machine was slow."""
    found: list[Any] = []
    for output in outputs:
        name, before = output.get("name"), found[-1] if found else {}
        if name and name == before.get("name"):
            before["text"] += output["text"]
        else:
            found.append(output)
    return found


def few_colours(figure: bytes) -> bytes:
    """A PNG file with fewer colours: a third of the size, and looks the same."""
    from PIL import Image

    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(figure)).convert("RGB")
    # Of the methods this one changes no pixel by more than a few of 255.
    small = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    small.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def build(script: Path) -> None:
    """Write a script's notebook."""
    import nbformat

    notebook = executed(script)
    text = nbformat.writes(notebook) + "\n"
    script.with_suffix(".ipynb").write_text(text, encoding="utf-8")
    print(f"{script.stem}: {len(text) / 1000:.0f} kB")


def differences(script: Path) -> list[str]:
    """Where a notebook is not its script, or too large, in words."""
    import nbformat

    path = script.with_suffix(".ipynb")
    if not path.exists():
        return [f"{path.name} is missing"]
    found = []
    if path.stat().st_size > LARGEST_NOTEBOOK:
        found.append(f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST_NOTEBOOK}")
    wanted = [(cell.cell_type, cell.source) for cell in source_cells(script).cells]
    notebook = nbformat.read(path, as_version=4)
    present = [(cell.cell_type, cell.source) for cell in notebook.cells]
    pairs = zip_longest(wanted, present)
    different = [str(place) for place, (a, b) in enumerate(pairs) if a != b]
    if different:
        found.append(f"{path.name} differs from {script.name} from cell {different[0]} on")
    if any(o.output_type == "error" for cell in notebook.cells for o in cell.get("outputs", [])):
        found.append(f"{path.name} has an error among its outputs")
    if not all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code"):
        found.append(f"{path.name} has a cell that was not run")
    return found


def check() -> list[str]:
    """Everything that differs from its source."""
    import formulas
    import pages

    found = [text for script in scripts() for text in differences(script)]
    if not scripts():
        found.append(f"no tutorial found in {FOLDER}")
    if formulas.SHEET.read_text(encoding="utf-8") != formulas.sheet():
        found.append("formulas.md differs from formulas.py")
    return found + pages.differences()


def run(chosen: list[Path]) -> list[str]:
    """Run scripts one after the other; return those that failed."""
    failed = []
    for script in chosen:
        start = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-c", RUNNER, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=FOLDER.parent,
        )
        print(f"{script.stem}: {time.perf_counter() - start:.1f} s", flush=True)
        if result.returncode:
            failed.append(f"{script.name} failed:\n{result.stdout}")
    return failed


def main() -> int:
    """Do what the arguments say; the exit status is 1 where something differs or fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="NN", help="only these tutorials")
    parser.add_argument("--check", action="store_true", help="compare notebooks with sources")
    parser.add_argument("--run", action="store_true", help="run the scripts, and time them")
    options = parser.parse_args()
    chosen = [s for s in scripts() if not options.numbers or number(s) in options.numbers]
    problems = []
    if options.check:
        problems += check()
    if options.run:
        problems += run(chosen)
    if not options.check and not options.run:
        for script in chosen:
            build(script)
        if not options.numbers:
            import formulas
            import pages

            formulas.write()
            pages.write()
    print("\n".join(problems) or f"{len(chosen)} tutorials: nothing to complain of")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
