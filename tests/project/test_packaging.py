"""The files of the project: the top level, setup.cfg, pyproject.toml, and what no file may name."""

import fnmatch
import re
import subprocess

import pytest

import minintk as mn
from minintk import cli
from tests.reference.lists import assert_same
from tests.reference.sources import CORE, PACKAGES, ROOT, configuration, lines_of

pytestmark = pytest.mark.project

TOP_LEVEL = {
    ".ci",
    ".github",
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "MANIFEST.in",
    "README.md",
    "minintk",
    "pyproject.toml",
    "setup.cfg",
    "tests",
    "tutorials",
}


# What building, installing and testing leave where a source archive was unpacked.
LEFT_BEHIND = {"PKG-INFO", "build", ".pytest_cache", ".hypothesis", "__pycache__"}
# What the commands of the pages write there, in the words of .gitignore; a name may end in *.
OUTPUTS = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()}


def left_behind(names):
    """Whether a file, the parts of its path, is left by a tool or a command."""
    first = any(fnmatch.fnmatchcase(names[0], pattern) for pattern in OUTPUTS)
    return first or bool(LEFT_BEHIND & set(names))


def files():
    """Every file that git tracks, or that a source archive has."""
    if not (ROOT / ".git").exists():
        parts = {path: path.relative_to(ROOT).parts for path in ROOT.rglob("*") if path.is_file()}
        return [path for path, names in parts.items() if not left_behind(names)]
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        capture_output=True,
        cwd=ROOT,
        check=True,
        encoding="utf-8",
    ).stdout.split("\0")
    found = [ROOT / name for name in listed if name and (ROOT / name).exists()]
    assert len(found) > 40
    return found


def test_only_the_agreed_names_at_top_level():
    found = {path.relative_to(ROOT).parts[0] for path in files()}
    rule = "nothing else stands there; what a command writes is named in .gitignore"
    assert_same(found, TOP_LEVEL, "the top level of the project", rule)


def test_what_the_commands_write_is_no_file_of_the_project():
    for name in ("explore.html", "handout", "minintk-animation.gif", "minintk-bench.png",
                 "minintk-results", "run", "full", "results.json", ".venv"):  # fmt: skip
        assert left_behind((name, "a")), name
    for name in TOP_LEVEL:
        assert not left_behind((name, "a")), name


# Letters in brackets, so that this file does not speak of them.
FOREIGN = re.compile(
    r"\.\./s[h]ared|d[e]sign\.md|DEV[E]LOPERS|(?<![\w.])/(w[o]rk|r[o]ot|h[o]me|U[s]ers|t[m]p)/"
    r"|p[y]pi\.org|p[y]thonhosted"
)


def test_no_file_needs_what_readers_do_not_have():
    read = 0
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        read += 1
        found = FOREIGN.search(text)
        assert not found, f"{path.relative_to(ROOT)} speaks of {found.group()!r}"
    assert read > 40
    for text in ("../sha" + "red/x", "desi" + "gn.md", "(/ro" + "ot/x)", '"/tm' + 'p/x"'):
        assert FOREIGN.search(text), text
    assert not FOREIGN.search("$work/root/tmp")


def test_the_type_checker_is_strict_on_the_core():
    (section,) = [name for name in configuration().sections() if name.startswith("mypy-")]
    assert section.removeprefix("mypy-").split(",") == [f"minintk.{name}" for name in CORE]
    strict = configuration()[section]
    assert strict["warn_return_any"] == strict["disallow_any_generics"] == "True"


def test_setup_cfg_says_what_the_project_is():
    setup = configuration()
    assert setup["metadata"]["name"] == "minintk"
    assert setup["metadata"]["version"] == "attr: minintk.__version__"
    assert re.fullmatch(r"\d+\.\d+\.\d+", mn.__version__)
    assert setup["options"]["python_requires"] == ">=3.10"
    needs = [line.split(">=") for line in lines_of("options", "install_requires")]
    assert {name for name, _ in needs} == PACKAGES
    extra = [line.split(">=") for line in lines_of("options.extras_require", "test")]
    assert {name for name, _ in extra} == {"pytest", "hypothesis"}
    assert all(re.fullmatch(r"\d+(\.\d+)*", version) for _, version in needs + extra)
    scripts = lines_of("options.entry_points", "console_scripts")
    assert scripts == ["minintk = minintk.cli:main"]
    assert callable(cli.main)


def test_pyproject_holds_the_build_system_and_the_linter_alone():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    tables = re.findall(r"^\[(.+)\]$", text, flags=re.MULTILINE)
    assert {table.split(".ruff")[0] for table in tables} == {"build-system", "tool"}
