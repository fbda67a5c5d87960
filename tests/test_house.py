"""What no linter knows: who may import whom, that all is documented, that the README is true."""

import ast
import configparser
import functools
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minintk as mn
from minintk import cli, course
from minintk.claims import CLAIMS

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "minintk"
HALL = ("circle", "network", "jacobian", "ntk", "arccosine", "spectrum", "dynamics", "training")
# Who may import whom, besides the refusals at the door and the version: the hall reads as the
# derivation, theory and experiment meet only above, and no wing is needed to read the hall.
MAY_IMPORT = {
    "_require": (),
    "circle": (),
    "network": ("circle",),
    "jacobian": ("network", "circle"),
    "ntk": ("jacobian", "network", "circle"),  # not arccosine: the limit that it checks
    "arccosine": ("circle",),  # not network
    "spectrum": ("circle",),  # no kernel: it takes them as arrays or functions
    "dynamics": (),
    "training": ("circle", "network", "spectrum", "dynamics"),
    "__init__": HALL,
    "fast": ("circle", "network", "arccosine", "spectrum"),  # no plain twin
    "evolving": (*HALL, "fast"),
    "claims": (*HALL, "fast", "evolving"),
    "report": ("claims",),
    "course": HALL,
    "bench": (*HALL, "fast"),
    "cli": ("claims", "report", "bench", "course"),
    "__main__": ("cli",),
}
PACKAGES = {"numpy", "matplotlib"}
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "README.md",
    "minintk",
    "pyproject.toml",
    "setup.cfg",
    "tests",
    "tutorials",
}
PYTEST_MARKS = {"filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"}


@functools.cache
def modules():
    """Every module of the package by its dotted name below it, parsed."""
    found = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    assert len(found) > 25, "the package was not found"
    return found


def imports(name, tree):
    """What a module imports, also inside functions: dotted names from the top."""
    package = ["minintk", *name.split(".")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            start = [*above, *(node.module.split(".") if node.module else [])]
            yield from (".".join([*start, alias.name]) for alias in node.names)


def part(name):
    """The part that a dotted name belongs to; None for a name of the package itself."""
    below = name.split(".")[1:2]
    places = [SOURCE / f"{start}{end}" for start in below for end in (".py", "/__init__.py")]
    return below[0] if any(place.exists() for place in places) else None


def fresh_interpreter(code):
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=Path(mn.__file__).parents[1],
        check=True,
    )
    return result.stdout.split()


# --- imports ------------------------------------------------------------------------------------


def test_every_part_has_a_row_in_the_table():
    assert {name.split(".")[0] for name in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", modules())
def test_the_import_table(name):
    own = name.split(".")[0]
    allowed = {own, "_require", *MAY_IMPORT[own]}
    for imported in imports(name, modules()[name]):
        if imported.split(".")[0] != "minintk":
            continue
        if part(imported) is None:  # from the package itself nothing but its version and its place
            assert imported in ("minintk", "minintk.__version__"), f"{name} imports {imported}"
        else:
            assert part(imported) in allowed, f"{name} must not import {imported}"
            private = imported.split(".")[-1].startswith("_") and "_require" not in imported
            assert not private or part(imported) == own, f"{name} imports the private {imported}"


def test_the_table_sees_imports_in_every_form():
    code = """
from . import circle
from .claim import Claim
def late():
    from ..ntk import empirical_ntk
    import minintk.spectrum as s
"""
    assert list(imports("claims.x", ast.parse(code))) == [
        "minintk.claims.circle",
        "minintk.claims.claim.Claim",
        "minintk.ntk.empirical_ntk",
        "minintk.spectrum",
    ]
    assert part("minintk.ntk.empirical_ntk") == "ntk"
    assert part("minintk.claims.claim.Claim") == "claims"
    assert part("minintk.forward") is None


def test_the_package_itself_is_imported_for_its_place_alone():
    users = 0
    for name, tree in modules().items():
        if "minintk" in imports(name, tree):
            users += 1
            names = {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "minintk"
            }
            assert names == {"__file__"}, f"{name} takes {names} from the package"
    assert users <= 1


def test_a_claim_imports_no_other_claim():
    found = 0
    for name, claim in CLAIMS.items():
        key = f"claims.beyond.{name}" if claim.beyond_study else f"claims.{name}"
        inside = {i.split(".")[2] for i in imports(key, modules()[key]) if part(i) == "claims"}
        assert {"claim"} <= inside <= {"claim", "targets"}, name
        found += 1
    assert found == len(CLAIMS) >= 8


def test_only_figures_imports_matplotlib():
    users = {
        name
        for name, tree in modules().items()
        if any(imported.split(".")[0] == "matplotlib" for imported in imports(name, tree))
    }
    assert users == {"report.figures"}


def test_only_numpy_matplotlib_and_the_standard_library():
    for name, tree in modules().items():
        others = {imported.split(".")[0] for imported in imports(name, tree)} - {"minintk"}
        foreign = others - PACKAGES - sys.stdlib_module_names
        assert not foreign, f"{name} imports {foreign}"


def test_no_star_imports():
    trees = {
        **modules(),
        **{path.name: ast.parse(path.read_text("utf-8")) for path in ROOT.glob("tests/**/*.py")},
    }
    for name, tree in trees.items():
        assert not any(i.endswith(".*") or i == "*" for i in imports(name, tree)), name


@pytest.mark.parametrize("module", ["minintk", "minintk.cli"])
def test_a_fresh_import_loads_the_hall_alone(module):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = set(fresh_interpreter(code))
    assert not {name for name in loaded if name.split(".")[0] in ("matplotlib", "multiprocessing")}
    ours = {name for name in loaded if name.startswith("minintk.")}
    expected = {f"minintk.{name}" for name in ("_require", *HALL)}
    assert ours - {module} == expected


# --- names and docstrings -----------------------------------------------------------------------


@pytest.mark.parametrize("name", HALL)
def test_a_module_of_the_hall_lists_and_documents_its_names(name):
    module = importlib.import_module(f"minintk.{name}")
    assert module.__doc__.strip()
    assert module.__all__ == sorted(module.__all__)
    defined = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    assert defined <= set(module.__all__), "every public name is listed"
    documented = 0
    for key in module.__all__:
        value = getattr(module, key)
        if inspect.isfunction(value) or inspect.isclass(value):
            assert value.__module__ == module.__name__, f"{key} is defined elsewhere"
            needs_example = not (inspect.isclass(value) and issubclass(value, Exception))
            has_example = ">>> " in (value.__doc__ or "")
            assert has_example or not needs_example, f"{name}.{key} has no example"
            documented += has_example
        else:
            assert key == "Objective", f"{key} is neither a function nor a class"
    assert documented >= 4


def test_the_package_gives_every_name_of_the_hall():
    names = [key for name in HALL for key in importlib.import_module(f"minintk.{name}").__all__]
    assert len(names) == len(set(names)) > 50
    assert mn.__all__ == sorted(names)
    for name in HALL:
        module = importlib.import_module(f"minintk.{name}")
        assert all(getattr(mn, key) is getattr(module, key) for key in module.__all__)


def test_a_module_and_a_public_function_never_share_a_name():
    stems = {name.split(".")[-1] for name in modules()} | {name.split(".")[0] for name in modules()}
    assert not stems & set(mn.__all__)
    for name in HALL:
        assert inspect.ismodule(getattr(mn, name))


def test_every_module_and_public_function_has_a_docstring():
    for name, tree in modules().items():
        assert ast.get_docstring(tree), f"{name} has no docstring"
        for node in tree.body:
            kinds = (ast.FunctionDef, ast.ClassDef)
            if isinstance(node, kinds) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


# --- tests --------------------------------------------------------------------------------------


@functools.cache
def files_of_tests():
    found = {
        path.relative_to(ROOT / "tests").as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(ROOT.glob("tests/**/*.py"))
    }
    assert len([name for name in found if "test_" in name]) >= 8
    return found


def marks_in(nodes):
    """Names of the marks in some syntax: the X of every pytest.mark.X."""
    return {
        node.attr
        for root in nodes
        for node in ast.walk(root)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    }


def configuration():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines_of(section, option):
    return configuration()[section][option].split("\n")[1:]


def listed_marks():
    return {line.split(":")[0] for line in lines_of("tool:pytest", "markers")}


def test_marks_are_listed_and_used():
    assert len(listed_marks()) >= 12
    assert marks_in(files_of_tests().values()) - PYTEST_MARKS == listed_marks()


@pytest.mark.parametrize("file", [name for name in files_of_tests() if "test_" in name])
def test_every_test_belongs_to_a_derivation(file):
    tree = files_of_tests()[file]
    of_file = marks_in(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    )
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert functions
    for function in functions:
        marks = marks_in(function.decorator_list) | of_file
        assert marks & listed_marks(), f"{file}: {function.name} has no mark"
    names = [function.name for function in functions]
    assert len(set(names)) == len(names), f"{file}: of two tests of one name only one runs"


def test_every_raises_has_a_match_and_one_statement():
    found = 0
    for file, tree in files_of_tests().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "raises"):
                found += 1
                keywords = {keyword.arg for keyword in node.keywords}
                assert "match" in keywords, f"{file}, line {node.lineno}: raises without match"
            if isinstance(node, ast.With) and "raises(" in ast.unparse(node.items[0]):
                assert len(node.body) == 1, f"{file}, line {node.lineno}: more than one statement"
    assert found > 5


# --- the project --------------------------------------------------------------------------------


def files():
    """Every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        cwd=ROOT,
        check=True,
        encoding="utf-8",
    ).stdout.split("\0")
    found = [ROOT / name for name in listed if name and (ROOT / name).exists()]
    assert len(found) > 40
    return found


def test_only_the_agreed_names_at_top_level():
    assert {path.relative_to(ROOT).parts[0] for path in files()} == TOP_LEVEL


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


# --- README -------------------------------------------------------------------------------------


def readme():
    return (ROOT / "README.md").read_text("utf-8")


def tables():
    """Every table of the README: its header and its rows, as lists of cells."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", readme(), flags=re.MULTILINE):
        lines = block.replace(r"\|", "¦").strip().split("\n")
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        assert all(len(row) == len(cells[0]) for row in cells), cells[0]
        found.append((cells[0], cells[2:]))
    assert len(found) >= 3
    return found


def table(word):
    (found,) = [table for table in tables() if any(word in cell.lower() for cell in table[0])]
    return found


def test_the_readme_has_every_claim_with_its_verdict():
    rows = table("claim")[1] + table("beyond")[1]
    named = [name for row in rows for name in CLAIMS if re.search(rf"(?<!\w){name}(?!\w)", row[0])]
    assert named == list(CLAIMS)
    for row in rows:
        assert re.search(r"\b(holds|fails)\b", " ".join(row[1:]).lower()), row[0]
    stops = readme().split("stops holding\n")[1].split("\n## ")[0]
    for name in CLAIMS:
        assert f"**{name}**" in stops, f"where {name} stops holding"


def test_the_readme_names_functions_that_exist():
    text = readme()
    header, rows = table("function")
    column = [cell.lower() for cell in header].index("function")
    in_map = [name for row in rows for name in re.findall(r"`(\w+)`", row[column])]
    assert len(in_map) > 20
    assert all(re.findall(r"`(\w+)`", row[column]) for row in rows)
    qualified = re.findall(r"\b(?:minintk|mn)\.([A-Za-z_]\w*)", text)
    assert len(qualified) > 5
    for name in in_map + qualified:
        assert hasattr(mn, name), f"minintk.{name}"
    called = re.findall(r"`([a-z_]\w*)\(", text)
    for name in called:
        assert name in mn.__all__ + course.__all__, f"{name}(…)"


def test_the_readme_reads_the_hall_in_its_order():
    walk = ", ".join(f"`{name}`" for name in HALL)
    assert walk in re.sub(r"\s+", " ", readme())


def test_the_pictures_of_the_readme_exist():
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*src=\"([^\"]+)\"", readme())
    paths = [first or second for first, second in pictures]
    assert paths
    for path in paths:
        assert path.startswith("tutorials/figures/"), path
        assert (ROOT / path).is_file(), path
    texts = re.findall(r"!\[([^\]]*)\]", readme())
    assert all(texts), "a picture without words for those who cannot see it"


def test_the_readme_has_two_commands_of_one_line():
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme(), flags=re.MULTILINE | re.DOTALL)
    commands = [block for block in blocks if block.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all(command.count("\n") == 1 for command in commands)
    run, test = commands
    assert run.rstrip().endswith("minintk reproduce")
    assert "[test]" in test
    assert test.rstrip().endswith("pytest")
    assert len(re.findall(r"^python3 -m venv", readme(), flags=re.MULTILINE)) == 2


def test_the_readme_shows_the_version_and_every_option(capsys):
    assert f"version {mn.__version__}" in readme()
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["reproduce", "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    assert len(options) >= 7
    for option in options:
        assert option in readme(), option


def test_the_readme_names_the_marks_of_every_derivation():
    for mark in listed_marks() - {"claims", "command", "house"}:
        assert mark in re.sub(r"\s+", " ", readme()).split("tests alone: `pytest -m")[1][:300], mark
