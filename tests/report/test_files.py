"""Files that are whole or not there."""

import io
import os

import pytest

from minintk.report import files
from tests.reference.commands import contents

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_write_whole_replaces_a_file_and_makes_its_folder(tmp_path):
    path = tmp_path / "new" / "file"
    files.write_whole(path, b"old")
    files.write_whole(path, b"\x00new")
    assert contents(tmp_path) == {"new/file": b"\x00new"}
    if os.name == "posix":
        plain = tmp_path / "plain"
        plain.write_bytes(b"")
        assert path.stat().st_mode == plain.stat().st_mode, "the same rights as any other file"


def test_the_half_files_of_a_killed_run_are_swept(tmp_path, monkeypatch):
    files.write_whole(tmp_path / "data" / "kept", b"")
    monkeypatch.setattr(files.Path, "unlink", lambda *_, **__: None)  # as if it were killed
    monkeypatch.setattr(files.os, "replace", lambda *_: 1 / 0)
    for name in ("claims.json", "data/array.npz"):
        with pytest.raises(ZeroDivisionError, match="division"):
            files.write_whole(tmp_path / name, b"new")
    monkeypatch.undo()
    (tmp_path / ".of the reader").touch()
    assert len(contents(tmp_path)) == 4
    files.sweep(tmp_path)
    assert sorted(contents(tmp_path)) == [".of the reader", "data/kept"]


def test_a_digest_is_the_sha256():
    assert files.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# --- theorem --------------------------------------------------------------------------------------


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    order = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(files.os, "fsync", lambda d: (order.append("sync"), sync(d)))
    monkeypatch.setattr(files.os, "replace", lambda a, b: (order.append("rename"), replace(a, b)))
    files.write_whole(tmp_path / "file", b"new")
    assert order[:2] == ["sync", "rename"]
    assert set(order[2:]) <= {"sync"}, "the folder"


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["while writing", "while renaming"])
def test_write_whole_leaves_the_old_file_if_it_fails(where, tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write_whole(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    class FullDisk(io.BytesIO):
        write = full

    if where == "while writing":
        monkeypatch.setattr(files.os, "fdopen", lambda descriptor, _: FullDisk())
    else:
        monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(files.NotWrittenError, match="No space left"):
        files.write_whole(path, b"new")
    monkeypatch.undo()
    assert contents(tmp_path) == {"file": b"old"}


def test_write_whole_leaves_nothing_behind_on_ctrl_c(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        files.write_whole(tmp_path / "file", b"new")
    assert contents(tmp_path) == {}
