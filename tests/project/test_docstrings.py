"""Every public name is listed and documented, with examples."""

import ast
import functools
import importlib
import inspect
import re
import types

import pytest

import minintk as mn
from tests.reference.lists import assert_same
from tests.reference.sources import CORE, ROOT, modules, nodes, parsed

pytestmark = pytest.mark.project


# Public names that are neither functions nor classes.
CONSTANTS = {"DEFAULT_LAW", "MEASURES", "Objective"}


@pytest.mark.parametrize("name", CORE)
def test_a_module_of_the_core_lists_and_documents_its_names(name):
    module = importlib.import_module(f"minintk.{name}")
    assert module.__doc__.strip()
    place = f"minintk/{name}.py, __all__"
    assert_same(module.__all__, sorted(module.__all__), place, "its names in their order")
    defined = {
        key
        for key, value in vars(module).items()
        if not key.startswith(("_", "require_"))
        and getattr(value, "__module__", None) == module.__name__
    }
    listed = defined & set(module.__all__)
    assert_same(listed, defined, place, "every public name is listed, another one begins with _")
    documented = 0
    for key in module.__all__:
        value = getattr(module, key)
        of_types = isinstance(value, types.GenericAlias)  # in Python 3.10 a class, too
        if inspect.isfunction(value) or (inspect.isclass(value) and not of_types):
            homes = (module.__name__, "minintk._stability")  # there are the errors of training
            assert value.__module__ in homes, f"{key} is defined elsewhere"
            needs_example = not (inspect.isclass(value) and issubclass(value, Exception))
            has_example = ">>> " in (value.__doc__ or "")
            assert has_example or not needs_example, f"{name}.{key} has no example"
            documented += has_example
            named = re.search(rf"\b{key}\b", module.__doc__) or not inspect.isfunction(value)
            assert named, f"the docstring of minintk/{name}.py must have a line for {key}"
        else:
            assert key in CONSTANTS, f"{key} is neither a function nor a class"
    assert documented >= 1


def test_the_package_gives_every_name_of_the_core():
    lists = [importlib.import_module(f"minintk.{name}").__all__ for name in CORE]
    names = [key for names in lists for key in names]
    assert len(names) == len(set(names)) > 50
    asked, place = sorted([*names, "course", "evolving", "fast", "plotting"]), "minintk/__init__.py"
    assert_same(sorted(mn.__all__), asked, f"{place}, __all__", "list it there, and import it")
    for name in CORE:
        module = importlib.import_module(f"minintk.{name}")
        for key in module.__all__:
            rule = f"{place} must have `from .{name} import {key}`"
            assert getattr(mn, key, None) is getattr(module, key), rule


def test_a_module_and_a_public_function_never_share_a_name():
    stems = {name.split(".")[-1] for name in modules()} | {name.split(".")[0] for name in modules()}
    both = stems & (set(mn.__all__) - {"course", "evolving", "fast", "plotting"})
    assert not both, f"a module and a public function are both called {both}: rename one"
    for name in CORE:
        assert inspect.ismodule(getattr(mn, name))


def test_every_module_and_public_function_has_a_docstring():
    for name, tree in modules().items():
        assert ast.get_docstring(tree), f"{name} has no docstring"
        for node in tree.body:
            kinds = (ast.FunctionDef, ast.ClassDef)
            if isinstance(node, kinds) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


# Use: a public name that nothing but its tests reads is not public for long.


def names_used(node):
    """Names and attributes that code reads; imports do not count."""
    inside = nodes(node)
    found = {inner.id for inner in inside if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in inside if isinstance(inner, ast.Attribute)}


@functools.cache
def names_used_by_definitions():
    """(name or None, names used) of every statement at the top of every module."""
    return [
        (getattr(node, "name", None), names_used(node))
        for tree in modules().values()
        for node in tree.body
    ]


@functools.cache
def used_by_readers():
    """Names in the code of tutorials and of the README."""
    used = set()
    tutorials = sorted(ROOT.glob("tutorials/*.py"))
    assert len(tutorials) > 9
    for path in tutorials:
        tree = parsed(path)
        used |= names_used(tree) | set(re.findall(r"\w+", " ".join(strings(tree))))
    return used | set(re.findall(r"\w+", (ROOT / "README.md").read_text("utf-8")))


def strings(tree):
    """Strings in a script, such as the expressions of the formula sheet."""
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


# Names that wait for their use, with the reason.
WAITING = {
    "centred_kernel_alignment": "the claims take it with all other measures of its table at once",
}


@pytest.mark.parametrize(
    "package",
    ["minintk", "minintk.fast", "minintk.evolving", "minintk.course", "minintk.plotting"],
)
def test_every_public_name_is_used_by_more_than_tests(package):
    listed = importlib.import_module(package).__all__
    assert len(listed) > 5
    unused = [
        name
        for name in listed
        if name not in used_by_readers() | set(WAITING)
        and not any(name in used for own, used in names_used_by_definitions() if own != name)
    ]
    assert not unused, (
        f"used by nothing but tests: {', '.join(unused)}; use it in minintk outside its own "
        "definition, in a script of tutorials/ or in the README, or leave it out"
    )


# Sources: where a formula comes from. A definition, a plain computation and elementary algebra
# have no source; every other public function with a displayed formula names one.
ELEMENTARY = """
    angle_between augmented_points circle_points uniform_angles sample_angles fourier_basis
    fourier_coefficients fourier_sum mean_by_frequency target_coefficients
    relu relu_derivative forward forward_with_cache loss loss_and_gradient gradient_descent
    output_jacobian central_differences empirical_ntk_parts factorised_ntk monte_carlo_ntk
    infinite_ntk infinite_ntk_parts
    kernel_operator low_frequency_block orthonormal_basis circulant_deviation is_circulant
    spectral_error subspace_overlap effective_rank off_diagonal_correlation off_diagonal_share
    grid_eigenvalues infinite_low_frequency_block empirical_low_frequency_block kernels_together
    population_output train_together flow_velocity replayed
    plot_arcs plot_modes record_training
"""
SIGNS = re.compile("[=≈≤Σ‖⟺~/]")  # one of them stands in every formula
OF_TUTORIAL = re.compile(r'tutorial (\d+),\s+(?:section\s+(\d+)|"([^"]+)")')


def with_a_formula():
    """Public functions whose docstring goes on with a formula: a paragraph that is no sentence.

    A fast version has the source of the function of the core that has its name.
    """
    for package in ("minintk", "minintk.fast", "minintk.evolving", "minintk.plotting"):
        module = importlib.import_module(package)
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) and not (package == "minintk.fast" and name in mn.__all__):
                text = inspect.getdoc(value)
                first = f"{text}\n\n".split(">>>")[0].split("\n\n")[1]
                if SIGNS.search(first) and not first.endswith((".", ":")):
                    yield package, name, text


def test_every_formula_that_is_not_elementary_names_its_source():
    found = list(with_a_formula())
    assert len(found) > 75
    elementary = ELEMENTARY.split()
    for package, name, text in found:
        said = re.search(r"Source: .+", text, flags=re.DOTALL)
        if said is None:
            rule = "a line such as “Source: derived in tutorial 4, section 4.”, or its name"
            assert name in elementary, f"{package}.{name} must have {rule} in ELEMENTARY"
        else:
            line = said[0].split(">>>")[0]
            assert re.search(r"\(\d{4}\)|derived in (the module|tutorial \d)", line), name
    known = {name for _, name, _ in found}
    assert not set(elementary) - known, "no such function with a formula"


def test_the_sections_of_tutorials_that_docstrings_name_are_there():
    headings, seen = {}, 0
    for path in ROOT.glob("tutorials/[0-9][0-9]_*.py"):
        lines = re.findall(r"^# ## (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
        headings[int(path.name[:2])] = lines
    for package, name, text in with_a_formula():
        for number, section, title in OF_TUTORIAL.findall(text):
            start = f"{section}. " if section else title
            there = [line for line in headings[int(number)] if line.startswith(start)]
            assert there, f"{package}.{name}: tutorial {number} has no section {section or title}"
            seen += 1
    assert seen > 15
