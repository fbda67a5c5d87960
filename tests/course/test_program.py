"""The student's process is told nothing and tells nothing but results."""

import numpy as np
import pytest

from minintk.course.answers.program import Task, run_functions

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- theorem --------------------------------------------------------------------------------------


def test_the_process_is_told_nothing_and_tells_nothing_else(tmp_path, capfd):
    path = tmp_path / "loud.py"
    path.write_text(
        "import os, sys\n"
        "def relu(z):\n"
        "    print('out'); print('err', file=sys.stderr); os.write(1, b'raw')\n"
        "    return [float(os.environ.get('PYTHONPATH') is None)]\n",
        encoding="utf-8",
    )
    (run,) = run_functions(path, [Task("relu", ["z"], [(np.zeros(1),)])])
    assert run.problem is None
    assert run.calls[0].outputs[0].tolist() == [1.0]
    assert capfd.readouterr() == ("", "")
