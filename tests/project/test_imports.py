"""Who may import whom."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import minintk as mn
from minintk.claims import CLAIMS
from tests.reference.lists import assert_same
from tests.reference.sources import CORE, PACKAGES, SOURCE, files_of_tests, modules, nodes

pytestmark = pytest.mark.project

# Who may import whom, besides the argument checks and the version: the core reads as a derivation,
# theory and simulation meet only above, and no subpackage is needed to read the core.
MAY_IMPORT = {
    "_require": (),
    "_stability": (),
    "circle": (),
    "law": (),
    "network": ("circle", "law", "_stability"),
    "jacobian": ("network", "circle"),
    "ntk": ("jacobian", "network", "law", "circle"),  # not arccosine: the limit that it checks
    "arccosine": ("circle", "law"),  # not network
    "spectrum": ("circle",),  # no kernel: it takes them as arrays or functions
    "alignment": ("circle", "spectrum"),
    "frozen": ("_stability",),
    "training": ("circle", "network", "spectrum", "frozen", "_stability"),
    "__init__": CORE,
    "fast": (
        "circle",
        "law",
        "network",
        "arccosine",
        "spectrum",
        "_stability",
    ),  # no plain function
    "evolving": (*CORE, "fast", "_stability"),
    "claims": (*CORE, "fast", "evolving"),
    "plotting": (*CORE, "fast"),
    "report": ("claims", "plotting"),
    "course": CORE,
    "explore": CORE,
    "bench": ("bench_methods",),
    "bench_methods": (*CORE, "fast"),
    "cli": ("claims", "report", "bench", "course", "plotting", "explore", *CORE, "fast"),
    "__main__": ("cli",),
}
# Public functions check their arguments; what they call is private and computes. So these parts may
# use the private functions of the core modules that their row allows; all others the public ones.
MAY_COMPUTE = (*CORE, "fast", "evolving", "course")


def imports(name, tree):
    """What a module imports, also inside functions: dotted names from the top."""
    package = ["minintk", *name.split(".")[:-1]]
    for node in nodes(tree):
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


@functools.cache
def fresh_interpreter(code):
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=Path(mn.__file__).parents[1],
        check=True,
    )
    return result.stdout.split()


def test_every_part_has_a_row_in_the_table():
    parts = {name.split(".")[0] for name in modules()}
    place = "tests/project/test_imports.py, MAY_IMPORT"
    rule = "a row there for each part of minintk, and in “Who may import whom” of CONTRIBUTING.md"
    assert_same(set(MAY_IMPORT), parts, place, rule)


@pytest.mark.parametrize("name", modules())
def test_the_import_table(name):
    own = name.split(".")[0]
    assert own in MAY_IMPORT, f"MAY_IMPORT of tests/project/test_imports.py has no row {own}"
    allowed = {own, "_require", *MAY_IMPORT[own]}
    for imported in imports(name, modules()[name]):
        if imported.split(".")[0] != "minintk":
            continue
        if part(imported) is None:  # from the package itself nothing but its version and its place
            assert imported in ("minintk", "minintk.__version__"), f"{name} imports {imported}"
        else:
            assert part(imported) in allowed, (
                f"{name} must not import {imported}: MAY_IMPORT of tests/project/test_imports.py, "
                "and “Who may import whom” of CONTRIBUTING.md, say what it may"
            )
            private = imported.split(".")[-1].startswith("_") and "_require" not in imported
            shared = own in MAY_COMPUTE and part(imported) in CORE
            assert not private or shared or part(imported) == own, (
                f"{name} may not import {imported}: what begins with _ is for its own part, "
                "and MAY_COMPUTE of tests/project/test_imports.py says who else computes with it"
            )


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
                for node in nodes(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "minintk"
            }
            assert names == {"__file__"}, f"{name} takes {names} from the package"
    assert users <= 1


# What several claims use: no claim itself.
SHARED_BY_CLAIMS = (
    "drawing",
    "fluctuations",
    "moving",
    "numbers",
    "residuals",
    "starts",
    "targets",
    "winners",
)


def test_a_claim_imports_no_other_claim():
    found = 0
    for name, claim in CLAIMS.items():
        folder = "beyond" if claim.beyond_study else "study"
        key = f"claims.{folder}.{name}"
        inside = {i.split(".")[2] for i in imports(key, modules()[key]) if part(i) == "claims"}
        always = {"claim", "statistics"}
        assert always <= inside, f"{key} must import claim and statistics"
        others = inside - always - {*SHARED_BY_CLAIMS}
        assert not others, f"{key} must not import {others}: what several use, SHARED_BY_CLAIMS has"
        found += 1
    assert found == len(CLAIMS) >= 8


def test_only_plotting_and_figures_import_matplotlib():
    users = {
        name
        for name, tree in modules().items()
        if any(imported.split(".")[0] == "matplotlib" for imported in imports(name, tree))
    }
    allowed = {"plotting.animation", "plotting.style", "report.figures"}
    assert_same(users, allowed, "modules that import matplotlib", "draw on Axes that are given")


def test_only_numpy_matplotlib_and_the_standard_library():
    for name, tree in modules().items():
        others = {imported.split(".")[0] for imported in imports(name, tree)} - {"minintk"}
        allowed = PACKAGES | ({"dask"} if name == "report.cluster" else set())  # where it is there
        foreign = others - allowed - sys.stdlib_module_names
        assert not foreign, f"{name} imports {foreign}"


def test_no_star_imports():
    for name, tree in {**modules(), **files_of_tests()}.items():
        assert not any(i.endswith(".*") or i == "*" for i in imports(name, tree)), name


@pytest.mark.parametrize("module", ["minintk", "minintk.cli"])
def test_a_fresh_import_loads_the_core_alone(module):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = set(fresh_interpreter(code))
    assert not {name for name in loaded if name.split(".")[0] in ("matplotlib", "multiprocessing")}
    numpy_alone = set(fresh_interpreter("import sys, numpy; print(*sys.modules)"))
    more = {n for n in loaded - numpy_alone if n.startswith("numpy.") and "typing" not in n}
    assert not more, "importing minintk is to cost little more than importing NumPy"
    ours = {name for name in loaded if name.startswith("minintk.")}
    checks = {name for name in modules() if name.startswith("_require.")} - {"_require.__init__"}
    expected = {f"minintk.{name}" for name in ("_require", *checks, "_stability", *CORE)}
    assert ours - {module} == expected
