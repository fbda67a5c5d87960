"""The plugin that runs many tests in two processes: one report, whatever the second one does."""

import os
import re

import pytest

from tests.reference.commands import ended, started

pytestmark = [
    pytest.mark.project,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the second process is forked"),
]

# Each file waits for the other one to have begun, so that both processes have a part. A process
# takes its next file before the last test of the one at hand: hence a last test.
BOTH = """
import os, pathlib, time
import pytest

def test_the_other_process_runs_beside_this_one(request):
    here = pathlib.Path(__file__)
    here.with_suffix(".begun").write_text(str(os.getpid()))
    other = here.parent / {"test_a.py": "test_b.begun", "test_b.py": "test_a.begun"}[here.name]
    for _ in range(2000):
        if other.exists() and other.read_text():
            break
        time.sleep(0.01)
    assert other.read_text() != str(os.getpid())

def test_last(): pass
"""
KINDS = """
@pytest.fixture(scope="module")
def place(tmp_path_factory):
    yield tmp_path_factory.mktemp("place")
    with pathlib.Path(__file__).with_suffix(".ended").open("a") as file:
        file.write("once")

@pytest.fixture
def broken():
    raise KeyError("no such thing")

def test_one(place): pass
def test_two(place, capfd):
    print("said to a test")
    assert capfd.readouterr().out == "said to a test\\n"
def test_skipped(): pytest.skip("not here")
def test_error(broken): pass
def test_wrong():
    print("said before", __name__)
    assert 1 + 1 == 3
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def ran(folder, *options):
    arguments = ["-p", "tests.reference.two_processes", "-p", "no:cacheprovider", *options]
    return ended(process(folder, *arguments))


def process(folder, *arguments):
    return started("-m", "pytest", "-q", str(folder), f"--rootdir={folder}", *arguments)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.command
def test_what_both_find_is_one_report(folder):
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(BOTH + KINDS)
    run = ran(folder, "--processes=2", f"--junitxml={folder}/report.xml")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "2 failed, 8 passed, 2 skipped, 2 errors in " in run.stdout
    assert "[100%]" in run.stdout
    assert run.stdout.count("E       KeyError: 'no such thing'") == 2
    for module in ("test_a", "test_b"):
        assert run.stdout.count(f"said before {module}") == 1
        assert re.search(rf"^ERROR .*{module}\.py::test_error", run.stdout, re.MULTILINE)
        assert (folder / f"{module}.ended").read_text() == "once"
        assert f'classname="{module}" name="test_two"' in (folder / "report.xml").read_text()


@pytest.mark.command
def test_tests_that_look_at_the_one_run_stay_in_the_first_process(folder):
    (folder / "conftest.py").write_text(
        "import os, pytest\nfirst = os.getpid()\n"
        "@pytest.fixture\ndef finished():\n    assert os.getpid() == first\n"
    )
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(BOTH)
    for number in range(4):
        (folder / f"test_{number}.py").write_text("def test_it(finished): pass\n")
    run = ran(folder, "--processes=2")
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    assert "8 passed in " in run.stdout


@pytest.mark.command
def test_few_tests_run_in_one_process(folder):
    (folder / "test_a.py").write_text(
        "import os\npid = []\ndef test_one(): pid.append(os.getpid())\n"
    )
    (folder / "test_b.py").write_text(
        "import os, sys\ndef test_it():\n"
        "    [first] = [m for n, m in sys.modules.items() if n.split('.')[-1] == 'test_a']\n"
        "    assert first.pid == [os.getpid()]\n"
    )
    for options in ([], ["--processes=1"]):
        run = ran(folder, *options)
        assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.command
def test_a_process_that_dies_is_not_a_run_that_passed(folder):
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(BOTH)
    first = "import os\nfirst = os.getpid()\n"
    (folder / "conftest.py").write_text(first)
    with (folder / "test_a.py").open("a") as a, (folder / "test_b.py").open("a") as b:
        for file in (a, b):
            file.write("\ndef test_dies(pytestconfig):\n")
            file.write("    import sys\n    if not pytestconfig.pluginmanager.getplugin(\n")
            file.write("            'terminalreporter'):\n        os._exit(7)\n")
    run = ran(folder, "--processes=2")
    assert run.returncode != pytest.ExitCode.OK
    assert "the second process of tests ended with 7 before its tests were done" in run.stdout


@pytest.mark.command
def test_the_first_failure_may_end_both(folder):
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(
            BOTH + "\ndef test_wrong(): assert False\ndef test_end(): pass\n"
        )
    for number in range(50):
        (folder / f"test_c_{number:02}.py").write_text(
            "import pathlib, time\n"
            "def test_slow():\n    pathlib.Path(__file__).with_suffix('.begun').touch()\n"
            "    time.sleep(0.2)\n"
        )
    run = ran(folder, "--processes=2", "-x")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert re.search(r"stopping after [12] failures", run.stdout)
    assert not (folder / "test_c_49.begun").exists()


@pytest.mark.command
def test_another_number_of_processes_is_an_error(folder):
    run = ran(folder, "--processes=3")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "argument --processes: invalid choice: 3" in run.stderr
