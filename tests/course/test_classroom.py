"""A class of files: every student graded, nothing lost; exercises of one's own."""

import csv
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import minintk
from minintk.cli.autograder import autograder_zip
from minintk.course import (
    EXERCISES,
    ClassReport,
    Course,
    classroom,
    grade_class,
    grading,
    own_exercise,
    read_course,
)
from minintk.course.answers.trees import FUNCTIONS
from minintk.course.grading import Report, Result, grade_exercises
from tests.course.runner import SOLUTIONS, run_here

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]

TWO = Course({name: EXERCISES[name] for name in ("relu", "loss")}, seconds=0.5)
RIGHT = "import numpy as np\ndef relu(z):\n    return z * (z > 0)\n"
PAGE = Path(minintk.__file__).parents[1] / "tutorials" / "own_exercises.md"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class: one is right, one wrong, one hostile, one with a folder, one with a notebook.

    Its folder, the folder of its results, and the report.
    """
    place = tmp_path_factory.mktemp("graded") / "class"
    (place / "dora").mkdir(parents=True)
    (place / "ann.py").write_text(SOLUTIONS, "utf-8")
    (place / "bob.py").write_text(
        RIGHT + "def loss(f, y):\n    return np.mean((f-y)**2)\n", "utf-8"
    )
    (place / "carl.py").write_text("import os\nos._exit(1)\n", "utf-8")
    (place / "dora" / "work.py").write_text(RIGHT, "utf-8")
    cells = [
        {"cell_type": "markdown", "source": ["# mine"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!ls\n", RIGHT]},
    ]
    (place / "eve.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    results = place.with_name("json")
    return place, results, grade_class([place], TWO, json_dir=results)


@pytest.fixture
def folder(graded, tmp_path):
    """The folder of the class, to be changed; beside it its results, in `json`."""
    for place in graded[:2]:
        shutil.copytree(place, tmp_path / place.name)
    return tmp_path / "class"


# --- by hand --------------------------------------------------------------------------------------


def test_every_student_is_graded(graded):
    _, results, found = graded
    assert not found.failed
    scores = {name: report.score for name, report in found.reports.items()}
    assert scores == {"ann": 2, "bob": 1, "carl": 0, "dora": 1, "eve": 1}
    assert (1, "loss", "factor-2") in found.common()
    rows = found.as_csv().splitlines()
    assert rows[0] == "student,relu,loss,score,points,findings"
    assert rows[2] == "bob,1,0,1,2,loss:factor-2"
    assert rows[3] == "carl,0,0,0,2,file:crash"  # and not once for each exercise
    layout = json.loads((results / "bob.json").read_text("utf-8"))
    assert [test["score"] for test in layout["tests"]] == [1, 0]


def test_the_lecturers_file_alone_has_an_example_with_the_right_value(graded):
    layout = json.loads((graded[1] / "bob.json").read_text("utf-8"))
    right, wrong = (result["example"] for result in layout["minintk"]["results"])
    assert right == ""
    values = re.fullmatch(r"loss\(.*\): yours is (\S+), the right value is (\S+)", wrong)
    assert float(values[1]) == pytest.approx(2 * float(values[2]), rel=1e-4)
    for text in ((graded[1] / "bob.txt").read_text("utf-8"), json.dumps(layout["tests"])):
        assert "right value is" not in text


def test_a_long_name_stands_apart_from_its_score():
    report = Report("a.py", (Result("relu", 0.0, 1, "not-written", ""),), True)
    shown = str(ClassReport({"17_frozen_kernel_prediction": report, "ann": report}, {"bob": "why"}))
    assert [line.split() for line in shown.splitlines()] == [
        ["17_frozen_kernel_prediction", "0/1", "not", "written", "yet:", "relu"],
        ["ann", "0/1", "not", "written", "yet:", "relu"],
        ["bob", "not", "graded:", "why"],
    ]
    assert len({line.index(" 0/1") for line in shown.splitlines()[:2]}) == 1


def test_a_run_that_was_stopped_goes_on(graded, folder):
    results, first = folder.with_name("json"), graded[-1]
    kept = {path.name: path.stat().st_mtime_ns for path in results.glob("*.json")}
    (results / "ann.json").write_text("{half", "utf-8")
    (results / "carl.json").unlink()  # the text of an earlier run stays, and is known as such
    (folder / "bob.py").write_text(RIGHT, "utf-8")
    second = grade_class([folder], TWO, json_dir=results)
    now = {path.name: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert len(kept) == 5
    again = {name for name in now if now[name] != kept[name]}
    assert again == {"ann.json", "bob.json", "carl.json"}
    assert second.reports["carl"].results[0].message == first.reports["carl"].results[0].message
    assert second.reports["bob"].results[1].diagnosis == "missing-function"


def test_what_a_grade_depends_on_is_graded_again_and_said(tmp_path, monkeypatch):
    for name, text in blocks_of_the_page().items():
        (tmp_path / name).write_text(text, "utf-8")
    work = tmp_path / "swapped.py"
    work.write_text(
        "import numpy as np\ndef cooling(start, room, rate, time):\n"
        "    return start + (room - start) * np.exp(-rate * time)\n"
    )

    monkeypatch.setattr(grading, "run_functions", run_here)

    def graded(**changes):
        course = replace(read_course(tmp_path / "course.json"), seconds=1.0, **changes)
        found = grade_class([work], course, json_dir=tmp_path / "json")
        return found.reports["swapped"], found.notes

    first, notes = graded()
    assert (first.score, notes) == (0, ())
    same, notes = graded()
    assert (same.results[0].message, notes) == (first.results[0].message, ()), (
        "a second run takes it over, and says nothing"
    )
    own, note = tmp_path / "cooling.py", "the tea and the room have changed places"
    own.write_text(own.read_text("utf-8").replace(note, "the two are exchanged"), "utf-8")
    report, notes = graded()
    assert "the two are exchanged" in report.results[0].message.lower()
    assert notes == ("graded again: cooling has changed (students: 1)",)
    right = '"room + (start - room)*exp(-rate*time)"'
    assert own.read_text("utf-8").count(right) == 1
    wrong = '"start + (room - start)*exp(-rate*time)"'
    text = own.read_text("utf-8").replace(wrong, "lambda i: 0").replace(right, wrong)
    text = text.replace("    parts={", "    finer={")  # which need not add up
    own.write_text(text, "utf-8")
    assert graded()[0].score == 10, "the right value is another one now"
    stub = tmp_path / "cooling.txt"
    stub.write_text(stub.read_text("utf-8").replace("cup of tea", "cup"), "utf-8")
    assert graded()[1] == ("graded again: cooling has changed (students: 1)",)
    (again,) = graded(hidden=("cooling",))[1]
    assert again == "graded again: the hidden exercises have changed (students: 1)"
    shown = json.loads((tmp_path / "json" / "swapped.json").read_text("utf-8"))["tests"]
    assert shown[0]["visibility"] == "hidden"
    graded()
    monkeypatch.setattr(classroom, "_code", lambda _: "another minintk")
    work.write_text(work.read_text() + "\n")
    (again,) = graded()[1]
    assert again == "graded again: the student's file and minintk have changed (students: 1)"


def test_minintk_is_another_one_when_a_source_or_a_stub_is(tmp_path):
    (tmp_path / "inside").mkdir()
    seen = set()
    for name, text in (("a.py", "1"), ("a.py", "2"), ("inside/b.txt", "1"), ("inside/b.txt", "2")):
        (tmp_path / name).write_text(text, "utf-8")
        classroom._code.cache_clear()
        seen.add(classroom._code(tmp_path))
    assert len(seen) == 4


def test_who_hands_in_none_or_several_is_not_graded_and_the_others_are(folder, tmp_path):
    (folder / "ann.ipynb").write_text("{}", "utf-8")
    (folder / "dora" / "second.py").write_text("", "utf-8")
    (folder / "fred").mkdir()
    for name in ("karl.pdf", "dora/notes.txt", ".DS_Store", "dora/._work.py"):
        (folder / name).write_text("", "utf-8")
    found = grade_class([folder], TWO, json_dir=tmp_path / "new")
    assert list(found.reports) == ["bob", "carl", "eve"]
    assert found.failed == {
        "ann": "hand in one file, got ann.ipynb, ann.py",
        "dora": "hand in one file, got second.py, work.py",
        "fred": "hand in one file, got none",
    }
    assert found.notes == ("skipped: dora/notes.txt, karl.pdf",)
    shown, table = str(found), list(csv.reader(found.as_csv().splitlines()))
    for name, why in found.failed.items():
        assert f"{name:25} not graded: {why}" in shown
        assert [name, "", "", "", "", f"not graded: {why}"] in table
        layout = json.loads((tmp_path / "new" / f"{name}.json").read_text("utf-8"))
        assert layout == {"score": 0, "output": f"not graded: {why}", "tests": []}
    (folder / "ann.ipynb").unlink()
    assert grade_class([folder], TWO, json_dir=tmp_path / "new").reports["ann"].score == 2


@pytest.mark.parametrize("count", [12, 13])
def test_the_table_says_where_it_has_a_part_of_the_mistakes_alone(count):
    wrong = tuple(Result(f"e{j}", 0.0, 1, "sign", "") for j in range(count))
    shown = str(ClassReport({"ann": Report("a.py", wrong, True)}, {}))
    assert len(shown.splitlines()) == 1 + 1 + 12
    assert ("The 12 most common of 13 different mistakes:\n" in shown) == (count == 13)
    assert ("The most common mistakes:\n" in shown) == (count == 12)


def test_points_have_two_decimals_in_the_table():
    thirds = [Result(name, 5 / 3, 5, "sign", "") for name in ("backward", "jacobian")]
    found = ClassReport({"ann": Report("a.py", tuple(thirds), True)}, {})
    assert found.as_csv().splitlines()[1].startswith("ann,1.67,1.67,3.33,10,")
    assert " 3.33/10 " in str(found)


def test_a_course_file_sets_what_is_graded(tmp_path):
    keys = {
        "exercises": ["loss", "relu"],
        "weights": {"relu": 5},
        "hidden": ["relu"],
        "seconds": 1.5,
        "memory_mib": 512,
        "hints": False,
    }
    path = tmp_path / "course.json"
    path.write_text(json.dumps(keys), "utf-8")
    course = read_course(path)
    assert {name: e.points for name, e in course.exercises.items()} == {"loss": 1, "relu": 5}
    assert (course.hidden, course.seconds, course.memory) == (("relu",), 1.5, 512 * 2**20)
    assert not course.hints
    if sys.version_info >= (3, 11):
        toml = 'exercises = ["loss", "relu"]\nhidden = ["relu"]\nseconds = 1.5\nmemory_mib = 512\n'
        toml += "hints = false\n[weights]\nrelu = 5\n"
        (tmp_path / "course.toml").write_text(toml, "utf-8")
        assert read_course(tmp_path / "course.toml") == course


def blocks_of_the_page():
    """The files that the page on exercises of one's own shows, by name."""
    text = PAGE.read_text("utf-8")
    found = re.findall(r"^`([\w.]+)`:\n\n```\w*\n(.*?)^```", text, flags=re.M | re.S)
    assert len(found) == 6
    return dict(found)


def test_the_exercise_of_the_page_works(tmp_path, monkeypatch):
    for name, text in blocks_of_the_page().items():
        (tmp_path / name).write_text(text, "utf-8")
    course = read_course(tmp_path / "course.json")
    assert list(course.exercises) == ["cooling"]
    report = grade_exercises(tmp_path / "student.py", Course(course.exercises, seconds=1.0))
    (result,) = report.results
    assert (result.score, result.diagnosis) == (0, "missing-term")
    monkeypatch.setattr(grading, "run_functions", run_here)
    swapped = "import numpy as np\ndef cooling(start, room, rate, time):\n"
    swapped += "    return start + (room - start) * np.exp(-rate * time)\n"
    (tmp_path / "swapped.py").write_text(swapped, "utf-8")
    report = grade_exercises(tmp_path / "swapped.py", Course(course.exercises, seconds=1.0))
    assert report.results[0].diagnosis == "room-for-start"  # a kind that is the page's own
    assert report.results[0].message.startswith("The tea and the room have changed places.")
    right = "import numpy as np\ndef cooling(start, room, rate, time):\n"
    right += "    return room + (start - room) * np.exp(-rate * time)\n"
    (tmp_path / "right.py").write_text(right, "utf-8")
    assert grade_exercises(tmp_path / "right.py", Course(course.exercises, seconds=1.0)).passed


def test_the_exercise_on_arrays_of_the_page_works(tmp_path, monkeypatch):
    for name, text in blocks_of_the_page().items():
        (tmp_path / name).write_text(text, "utf-8")
    exercise = own_exercise(tmp_path / "fit_line.py")
    monkeypatch.setattr(grading, "run_functions", run_here)
    for returns, said in (
        ("np.polyfit(t, y, 1)", "Right."),
        ("(t @ y / (t @ t), np.polyfit(t, y, 1)[1])", "In slope: yours goes through the origin."),
        (
            "np.polyfit(t, y, 1) * [1, 0] + [0, y.mean()]",
            "he term slope is missing",
        ),
    ):
        source = f"import numpy as np\ndef fit_line(t, y):\n    return {returns}\n"
        (tmp_path / "answer.py").write_text(source, "utf-8")
        (result,) = grade_exercises(
            tmp_path / "answer.py", Course({"fit_line": exercise}, seconds=1.0)
        ).results
        assert said in result.message


def test_the_page_lists_what_a_text_may_call():
    (listed,) = re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
    assert listed.split() == sorted(FUNCTIONS)


CLASS_IN_THREADS = """
import sys
from pathlib import Path
from minintk.course import EXERCISES, Course, classroom

class Pool(classroom.ThreadPoolExecutor):
    def __init__(self, count):
        print("numpy.ma" in sys.modules)
        super().__init__(count)

classroom.ThreadPoolExecutor = Pool
course = Course({"loss": EXERCISES["loss"]}, seconds=0.5)
print(dict(classroom.grade_class([Path(sys.argv[1])], course, workers=2).failed))
"""


def test_what_numpy_loads_late_is_there_before_the_threads(tmp_path):
    """Of a lazy numpy.ma the second thread saw half, and its student was not graded."""
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.py").write_text("def loss(f, y):\n    return ((f - y) ** 2).mean()\n")
    done = subprocess.run(
        [sys.executable, "-c", CLASS_IN_THREADS, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["True", "{}"], done.stderr


@pytest.mark.command
def test_the_autograder_runs_as_the_platform_runs_it(tmp_path):
    target = tmp_path / "autograder.zip"
    (tmp_path / "course.json").write_text('{"exercises": ["relu"], "hidden": ["relu"]}', "utf-8")
    autograder_zip(target, tmp_path / "course.json")
    assert target.stat().st_size < 2**20
    root = tmp_path / "autograder"
    with zipfile.ZipFile(target) as archive:
        for info in archive.infolist():
            archive.extract(info, root / "source")
            if info.external_attr >> 16 & stat.S_IXUSR:
                os.chmod(root / "source" / info.filename, 0o755)
    (root / "submission").mkdir()
    (root / "submission" / "my work.py").write_text(RIGHT, "utf-8")
    environment = {key: v for key, v in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"AUTOGRADER_ROOT": str(root)}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    python = tmp_path / "python3"  # not a link, from which a virtual environment is not found
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    run = subprocess.run(
        [root / "source" / "run_autograder"], env=environment, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr
    layout = json.loads((root / "results" / "results.json").read_text("utf-8"))
    assert layout["score"] == 1
    assert layout["tests"][0]["visibility"] == "hidden"


# --- argument checks ------------------------------------------------------------------------------


def test_a_file_does_not_import_anothers_but_a_package_of_its_own_folder(tmp_path):
    """In processes, hence its time: an import is what they isolate."""
    (tmp_path / "fred" / "mine").mkdir(parents=True)
    (tmp_path / "ann.py").write_text(RIGHT, "utf-8")
    (tmp_path / "fred" / "mine" / "__init__.py").write_text(RIGHT, "utf-8")
    (tmp_path / "bob.py").write_text("from ann import relu\n", "utf-8")
    (tmp_path / "fred" / "work.py").write_text("from mine import relu\n", "utf-8")
    found = grade_class([tmp_path], replace(TWO, exercises={"relu": EXERCISES["relu"]})).reports
    assert {name: report.score for name, report in found.items()} == {"ann": 1, "bob": 0, "fred": 1}
    assert "No module named 'ann'" in found["bob"].results[0].message
    assert found["bob"].file == str(tmp_path / "bob.py")


def test_two_students_of_one_name_are_rejected_first(folder, tmp_path):
    other = tmp_path / "second class"
    other.mkdir()
    (other / "ann.py").write_text("", "utf-8")
    with pytest.raises(ValueError, match="two students have the name ann"):
        grade_class([folder, other], TWO, json_dir=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_text_of_someone_else_is_not_written_over(folder, tmp_path):
    (tmp_path / "ann.txt").write_text("mine", "utf-8")
    with pytest.raises(
        ValueError,
        match=r"grade did not write, got '.*ann\.txt': move or delete it\. Nothing was graded",
    ):
        grade_class([folder], TWO, json_dir=tmp_path)
    assert (tmp_path / "ann.txt").read_text("utf-8") == "mine"


def test_a_class_without_students_is_rejected(tmp_path):
    with pytest.raises(ValueError, match="files must have a student's file or folder, got none"):
        grade_class([tmp_path])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('{"exercise": ["relu"]}', "a key of course.json must be one of 'exercises'"),
        ('{"exercises": ["softmax"]}', "an exercise of course.json must be one of 'relu'"),
        ('{"exercises": ["relu", "relu"]}', "names, each once"),
        ('{"weights": {"relu": -1}}', "the weight of relu must be a finite number of at least 0"),
        ('{"exercises": ["relu"], "weights": {"relu": 0}}', "a sum above 0"),
        ('{"exercises"', "TOML or JSON that reads"),
        ("[1]", "object of keys"),
        ('{"own": ["none.py"]}', "two files, none.py and none.txt"),
        ('{"seconds": 0}', "seconds must be a finite number above 0"),
    ],
)
def test_course_files_are_rejected_in_one_line(tmp_path, keys, message):
    path = tmp_path / "course.json"
    path.write_text(keys, "utf-8")
    with pytest.raises(ValueError, match=message) as error:
        read_course(path)
    assert "\n" not in str(error.value)


def test_an_exercise_of_ones_own_needs_a_stub_and_trials(tmp_path):
    path = tmp_path / "double.py"
    path.write_text("", "utf-8")
    path.with_suffix(".txt").write_text("def double(z):\n    '''Twice z. (2 points)'''\n", "utf-8")
    with pytest.raises(ValueError, match="must set TRIALS"):
        own_exercise(path)
    path.write_text("from minintk.course import EXERCISES\nTRIALS = EXERCISES['relu'].trials\n")
    assert own_exercise(path).points == 2
    path.with_suffix(".txt").write_text("def double(x):\n    '''Twice x.'''\n", "utf-8")
    with pytest.raises(ValueError, match=r"ends in \(N points\)"):
        own_exercise(path)
