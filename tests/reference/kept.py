"""What both processes of tests need is made once: by the first that asks, and kept in a file."""

import atexit
import functools
import hashlib
import os
import pickle
import shutil
import tempfile
from pathlib import Path

# Made before the second process is forked, so that both know it.
FOLDER = Path(tempfile.mkdtemp())
OWNER = os.getpid()


@atexit.register
def _remove():
    if os.getpid() == OWNER:
        shutil.rmtree(FOLDER, ignore_errors=True)


def kept(function):
    """The same function, whose results stay, for the other process too."""

    @functools.cache
    def looked_up(*arguments):
        key = hashlib.sha256(pickle.dumps((function.__qualname__, arguments))).hexdigest()
        file = FOLDER / key
        if file.exists():
            return pickle.loads(file.read_bytes())
        result = function(*arguments)
        unfinished = file.with_name(f"{key}.{os.getpid()}")
        unfinished.write_bytes(pickle.dumps(result))
        os.replace(unfinished, file)
        return result

    return looked_up
