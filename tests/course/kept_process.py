"""A process that carries out one job after another: `python -I kept_process.py CHILD NUMPY_FOLDER`.

The command starts a process for each job, which costs more than the job. Here `child` is loaded
once. Each function of a student's still runs in a fork of its own, with all limits.
"""

import importlib
import importlib.util
import json
import os
import sys


def main(path, numpy_folder):
    sys.path.append(numpy_folder)
    spec = importlib.util.spec_from_file_location("child", path)
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    importlib.import_module(f"{child._FOLDER.__name__}.one_change")  # which most jobs search with
    child.guard.follow_the_parent(keep_orphans=True)

    def tell(**line):
        print(json.dumps(line), flush=True)

    for line in sys.stdin:
        asked = json.loads(line)
        os.chdir(asked["folder"])
        child._carry_out(asked["job"], tell)
        os.chdir("/")
        print(flush=True)  # the end of what this job told


if __name__ == "__main__":
    main(*sys.argv[1:])
