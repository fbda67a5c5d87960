"""The files of a run: claims.json, fingerprints, whole files, folders that are rejected."""

import dataclasses
import functools
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk.report import results
from minintk.report.arithmetic import arithmetic
from tests.reference import small_claims
from tests.reference.commands import (
    NAMES,
    PACKAGE,
    contents,
    read_claims,
    refuse,
    reproduce_here,
    study,
)

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm", "_units_here"),
]

CLAIMS_OF_THE_RUN = (small_claims.ROTATION, small_claims.OTHER)
HEAD = {"version", "size", "seed", "machine", "claims"}
ENTRY = {
    "name",
    "beyond_study",
    "statement",
    "formula",
    "source",
    "criterion",
    "size",
    "verdict",
    "reason",
    "findings",
    "explanation",
    "later",
    "control",
    "measured",
    "configuration",
    "seed",
    "version",
    "seconds",
    "arithmetic",
    "fingerprint",
    "files",
    "digest",
}
FINDING = {"part", "shown", "more_seeds", "judged"}
JUDGED = {"part", "of", "shown", "mean", "low", "high", "interval", "least", "most"}


# --- by hand --------------------------------------------------------------------------------------


def test_claims_json_has_the_documented_schema(finished):
    content, entries = read_claims(finished[0])
    assert set(content) == HEAD
    assert content["version"] == mn.__version__
    assert (content["size"], content["seed"]) == ("quick", 0)
    assert set(content["machine"]) == {"system", "architecture", "cores", "python", "numpy"}
    assert content["machine"]["numpy"] == np.__version__
    assert [entry["name"] for entry in content["claims"]] == NAMES
    for claim, (name, entry) in zip(CLAIMS_OF_THE_RUN, entries.items(), strict=True):
        assert set(entry) == ENTRY, name
        assert entry["beyond_study"] is claim.beyond_study, name
        for text in ("statement", "formula", "source"):
            assert entry[text] == getattr(claim, text), name
        assert entry["criterion"] == claim.criterion(claim.quick), name
        assert entry["verdict"] == "holds"
        assert all(set(finding) == FINDING for finding in entry["findings"])
        judged = [one for finding in entry["findings"] for one in finding["judged"]]
        assert len(judged) >= len(entry["findings"])
        assert all(set(one) == JUDGED for one in judged)
        assert entry["configuration"] == json.loads(json.dumps(dataclasses.asdict(claim.quick)))
        assert (entry["size"], entry["seed"]) == ("quick", 0)
        assert entry["seconds"] >= 0
        assert entry["arithmetic"] == [{**arithmetic(), "threads": "1"}]
        files = [f"data/{name}.npz", f"figures/{name}.png", f"figures/{name}.svg"]
        assert list(entry["files"]) == files
        assert results.what_is_wrong(finished[0], entry) == ""
    control, later = entries["rotation"]["control"], entries["another_one"]["later"]
    assert control["verdict"] == "fails"
    assert control["wrong"] == "weights that are not isotropic"
    assert (later["criterion"], later["verdict"]) == ("Below 0.1 & λ.", "fails")
    assert entries["rotation"]["later"] is entries["another_one"]["control"] is None


def test_the_schema_is_documented():
    readme = (Path(__file__).parents[2] / "tutorials" / "running.md").read_text(encoding="utf-8")
    for key in HEAD | ENTRY | FINDING | JUDGED:
        assert f"`{key}`" in readme, key
        assert re.search(rf"\b{key}\b", results.__doc__), key


# --- theorem --------------------------------------------------------------------------------------


def test_a_fingerprint_depends_on_all_that_a_result_depends_on(tmp_path, monkeypatch):
    def of(claim=small_claims.FINE, seed=0, **changes):
        sizes = dataclasses.replace(claim.quick, **changes)
        return results.fingerprint(claim, sizes, seed)

    one = of()
    assert of() == one
    others = [of(seed=1), of(seeds=65), of(cells=(0, 1)), of(small_claims.OTHER)]
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


# --- argument checks ------------------------------------------------------------------------------


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
def test_a_folder_that_holds_something_else_is_rejected_and_left_alone(case, tmp_path, capsys):
    for name, text in FOREIGN[case].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    before = contents(tmp_path)
    line = refuse(capsys, "reproduce", "--quick", "--claims", "rotation", "--out", tmp_path)
    assert "--out must be" in line
    assert str(tmp_path) in line
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_rejected(tmp_path, capsys):
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


def lines_of_run(folder, monkeypatch, **changes):
    """The lines of a run after the first, which says the size."""
    study(monkeypatch, *CLAIMS_OF_THE_RUN)
    return reproduce_here(folder, *NAMES, size="quick", **changes)[1].splitlines()[1:]


def tampered(folder, change):
    """Change the entry of `another_one` in claims.json."""
    content, entries = read_claims(folder)
    change(entries["another_one"])
    (folder / "claims.json").write_text(json.dumps(content), encoding="utf-8")


def deep(entry):
    entry["measured"] = functools.reduce(lambda inner, _: [inner], range(400), 1)


CHANGES = {
    "a verdict": lambda entry: entry.update(verdict="x"),
    "seconds": lambda entry: entry.update(seconds="x"),
    "a number": lambda entry: entry["measured"]["mean"].update(mean=0.5),
    "the seed": lambda entry: entry.update(seed="<script>"),
    "the size": lambda entry: entry.update(size="full"),
    "a key more": lambda entry: entry.update(more=1),
    "a key less": lambda entry: entry.pop("reason"),
    "no digest": lambda entry: entry.pop("digest"),
    "no files": lambda entry: entry.update(files=None),
    "half a letter": lambda entry: entry.update(reason="\ud800"),
    "not a number": lambda entry: entry.update(seconds=float("nan")),
    "many brackets": deep,
}


@pytest.mark.parametrize("case", CHANGES)
def test_an_entry_that_was_changed_runs_again_and_is_said(case, folder, monkeypatch):
    _, before = read_claims(folder)
    tampered(folder, CHANGES[case])
    assert lines_of_run(folder, monkeypatch) == [
        "rotation: kept from an earlier run",
        "another_one: its entry in claims.json was changed since it was written; it runs again",
        "another_one: holds",
    ]
    _, after = read_claims(folder)
    for entry in (before["another_one"], after["another_one"]):
        del entry["seconds"], entry["digest"]
    assert after == before


@pytest.mark.parametrize("file", ["data/another_one.npz", "figures/another_one.svg"])
@pytest.mark.parametrize("how", ["emptied", "cut", "edited", "removed"])
def test_a_file_that_was_changed_is_made_again_and_is_said(how, file, folder, monkeypatch):
    path = folder / file
    before = path.read_bytes()
    if how == "removed":
        path.unlink()
    else:
        edited = before[:-1] + bytes([before[-1] ^ 1])
        path.write_bytes({"emptied": b"", "cut": before[:99], "edited": edited}[how])
    what = "is missing" if how == "removed" else "was changed since it was written"
    assert lines_of_run(folder, monkeypatch)[1:] == [
        f"another_one: {file} {what}; it runs again",
        "another_one: holds",
    ]
    assert path.read_bytes() == before


def test_a_changed_file_of_another_claim_leaves_its_entry_out(folder, monkeypatch):
    (folder / "data" / "rotation.npz").write_bytes(b"edited")
    study(monkeypatch, *CLAIMS_OF_THE_RUN)
    _, text = reproduce_here(folder, "another_one", size="quick")
    assert text.splitlines()[1:] == [
        "rotation: data/rotation.npz was changed since it was written; it is left out",
        "another_one: kept from an earlier run",
    ]
    assert list(read_claims(folder)[1]) == ["another_one"]
    assert (folder / "data" / "rotation.npz").read_bytes() == b"edited"


def test_claims_json_of_many_brackets_is_one_line(tmp_path, capsys):
    (tmp_path / "claims.json").write_text("[" * 100_000)
    line = refuse(capsys, "reproduce", "--quick", "--claims", "rotation", "--out", tmp_path)
    assert "or a damaged one" in line
