"""Run the three lists once through the command, and keep every answer as it came.

python tests/course/blind-4/first_run.py      writes first_run.json beside the lists
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def command(*arguments):
    """Exit status, output and error output of one `minintk` command."""
    done = subprocess.run(
        [sys.executable, "-m", "minintk", *arguments], capture_output=True, text=True, check=False
    )
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def read(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def main():
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for entry in read("formulas.json"):
            options = [*entry["options"], "--json"]
            answers[entry["id"]] = command(
                "check", *options, "--", entry["quantity"], entry["text"]
            )
        for entry in read("derivations.json"):
            steps = Path(folder, entry["id"] + ".txt")
            steps.write_text(entry["text"], encoding="utf-8")
            options = [*entry["options"], "--steps", str(steps), "--json"]
            answers[entry["id"]] = command("check", entry["quantity"], *options)
        for entry in read("programs.json"):
            program, result = Path(folder, entry["id"] + ".py"), Path(folder, entry["id"] + ".json")
            program.write_text(entry["text"], encoding="utf-8")
            options = ["--exercise", entry["exercise"], "--json", str(result)]
            answers[entry["id"]] = command("grade", str(program), *options)
            if result.exists():
                answers[entry["id"]]["json"] = json.loads(result.read_text(encoding="utf-8"))
    text = json.dumps(answers, ensure_ascii=False, indent=1)
    (HERE / "first_run.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
