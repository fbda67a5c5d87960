"""`minintk explore`: the file, where it starts, and what is rejected."""

import webbrowser

import pytest

from minintk.cli import main
from minintk.cli.explore import tutorials_from
from minintk.explore import explore_page

pytestmark = pytest.mark.command


def test_it_writes_the_page_and_says_where(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["explore", "--state", "m=64"]) == 0
    assert capsys.readouterr().out == "explore.html\n"
    assert (tmp_path / "explore.html").read_text("utf-8") == explore_page("m=64")
    assert [path.name for path in tmp_path.iterdir()] == ["explore.html"]


def test_it_writes_into_a_new_folder(tmp_path, capsys):
    path = tmp_path / "new" / "page.html"
    assert main(["explore", "--out", str(path)]) == 0
    assert path.is_file()


def test_open_hands_the_file_to_the_browser(tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    path = tmp_path / "a page.html"
    assert main(["explore", "--out", str(path), "--open"]) == 0
    assert opened == [path.as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert main(["explore", "--out", str(path), "--open"]) == 0
    assert "no browser could be opened" in capsys.readouterr().err


def test_tutorials_are_linked_from_inside_a_checkout(tmp_path):
    (tmp_path / "tutorials").mkdir()
    (tmp_path / "tutorials" / "01_a_relu_network_by_hand.ipynb").touch()
    assert tutorials_from(tmp_path) == "tutorials"
    assert tutorials_from(tmp_path / "results" / "new") == "../../tutorials"
    assert tutorials_from(tmp_path.parent) is None


# Argument checks


@pytest.mark.parametrize("name", ["a folder", "file/page.html"])
def test_a_file_that_cannot_be_written_is_rejected_in_one_line(tmp_path, capsys, name):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="2"):
        main(["explore", "--out", str(tmp_path / name)])
    error = capsys.readouterr().err
    assert error.startswith("minintk explore: FILE could not be written: ")
    assert error.count("\n") == 1
