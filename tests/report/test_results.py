"""The files of a run: claims.json, fingerprints, whole files, folders that are refused."""

import dataclasses
import io
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk.claims import CLAIMS
from minintk.report import results
from tests.reference.commands import NAMES, PACKAGE, contents, read_claims, refuse

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm"),
]

HEAD = {"version", "seed", "machine", "claims"}
ENTRY = {
    "name",
    "beyond_study",
    "statement",
    "formula",
    "source",
    "criterion",
    "verdict",
    "reason",
    "measured",
    "configuration",
    "seed",
    "version",
    "seconds",
    "fingerprint",
}


# --- by hand --------------------------------------------------------------------------------------


def test_claims_json_has_the_documented_schema(finished):
    content, entries = read_claims(finished[0])
    assert set(content) == HEAD
    assert content["version"] == mn.__version__
    assert content["seed"] == 0
    assert set(content["machine"]) == {"system", "architecture", "cores", "python", "numpy"}
    assert content["machine"]["numpy"] == np.__version__
    assert [entry["name"] for entry in content["claims"]] == NAMES
    for name, entry in entries.items():
        claim = CLAIMS[name]
        assert set(entry) == ENTRY, name
        assert entry["beyond_study"] is claim.beyond_study, name
        for text in ("statement", "formula", "source", "criterion"):
            assert entry[text] == getattr(claim, text), name
        assert entry["verdict"] in ("holds", "holds in part", "fails")
        assert entry["configuration"] == json.loads(json.dumps(dataclasses.asdict(claim.quick)))
        assert entry["seed"] == 0
        assert entry["seconds"] > 0


def test_the_schema_is_documented():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for key in HEAD | ENTRY:
        assert f"`{key}`" in readme, key
        assert re.search(rf"\b{key}\b", results.__doc__), key


def test_write_whole_replaces_a_file_and_makes_its_folder(tmp_path):
    path = tmp_path / "new" / "file"
    results.write_whole(path, b"old")
    results.write_whole(path, b"\x00new")
    assert contents(tmp_path) == {"new/file": b"\x00new"}
    if os.name == "posix":
        plain = tmp_path / "plain"
        plain.write_bytes(b"")
        assert path.stat().st_mode == plain.stat().st_mode, "the same rights as any other file"


# --- theorem --------------------------------------------------------------------------------------


def test_a_fingerprint_depends_on_all_that_a_result_depends_on(tmp_path, monkeypatch):
    def of(name="rotation", seed=0, **changes):
        configuration = dataclasses.replace(CLAIMS[name].quick, **changes)
        return results.fingerprint(CLAIMS[name], configuration, seed)

    one = of()
    assert of() == one
    others = [of(seed=1), of(seeds=65), of(widths=(64, 512)), of(name="eigenfunctions")]
    for module, name in ((results, "__version__"), (np, "__version__")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, "99")
            others.append(of())
    code = shutil.copytree(PACKAGE, tmp_path / "minintk", ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(mn, "__file__", str(code / "__init__.py"))
    assert of() == one, "only the code itself, not its place"
    with (code / "arccosine.py").open("a") as file:
        file.write("# edited\n")
    others.append(of())
    assert len({one, *others}) == 1 + len(others)


# --- refusal --------------------------------------------------------------------------------------


VALID = {"version": "0", "seed": 0, "machine": {}, "claims": []}
FOREIGN = {
    "another file": {"notes.txt": "mine"},
    "a folder": {"notes/here.txt": "mine"},
    "a hidden file": {".git/config": "mine"},
    "broken JSON": {"claims.json": "{"},
    "no JSON": {"claims.json": b"\xff\xfe\x00"},
    "an empty file": {"claims.json": ""},
    "a list": {"claims.json": "[]"},
    "a number": {"claims.json": "1"},
    "other keys": {"claims.json": '{"claims": []}'},
    "claims that are none": {"claims.json": json.dumps({**VALID, "claims": [1]})},
    "claims that are a number": {"claims.json": json.dumps({**VALID, "claims": 1})},
    "claims that are an object": {"claims.json": json.dumps({**VALID, "claims": {"a": 1}})},
    "a folder of that name": {"claims.json/notes.txt": "mine"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_folder_that_holds_something_else_is_refused_and_left_alone(case, tmp_path, capsys):
    for name, text in FOREIGN[case].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    before = contents(tmp_path)
    line = refuse(capsys, "reproduce", "--quick", "--claims", "rotation", "--out", tmp_path)
    assert "--out must be" in line
    assert str(tmp_path) in line
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked").chmod(0o500)
    folders = [tmp_path / "file", tmp_path / "file" / "below"]
    if not os.access(tmp_path / "locked", os.W_OK):  # the superuser can write there all the same
        folders += [tmp_path / "locked", tmp_path / "locked" / "below"]
    for folder in folders:
        line = refuse(capsys, "reproduce", "--claims", "rotation", "--out", folder)
        assert "--out must be a folder that can be written" in line
        assert str(folder) in line
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("where", ["while writing", "while renaming"])
def test_write_whole_leaves_the_old_file_if_it_fails(where, tmp_path, monkeypatch):
    path = tmp_path / "file"
    results.write_whole(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    class FullDisk(io.BytesIO):
        write = full

    if where == "while writing":
        monkeypatch.setattr(results.os, "fdopen", lambda descriptor, _: FullDisk())
    else:
        monkeypatch.setattr(results.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        results.write_whole(path, b"new")
    monkeypatch.undo()
    assert contents(tmp_path) == {"file": b"old"}


def test_write_whole_leaves_nothing_behind_on_ctrl_c(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(results.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        results.write_whole(tmp_path / "file", b"new")
    assert contents(tmp_path) == {}
