"""What both processes of tests need is made once: by the first that asks, and kept in a file."""

import atexit
import functools
import hashlib
import os
import pickle
import shutil
import tempfile
from pathlib import Path


def own_folder():
    """A folder that this process removes at its end; a fork of it does not."""
    folder, owner = Path(tempfile.mkdtemp()), os.getpid()

    @atexit.register
    def remove():
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    return folder


# Made before the second process is forked, so that both know it.
FOLDER = own_folder()


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
