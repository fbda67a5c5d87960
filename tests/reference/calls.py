"""Calls of every public function with good arguments, taken from the docstrings' examples."""

import ast
import contextlib
import copy
import doctest
import functools
import importlib
import inspect
import io
from pathlib import Path

import numpy as np

import minintk as mn
from minintk import course

CORE = (
    *("circle", "law", "network", "jacobian", "ntk", "arccosine", "spectrum", "alignment"),
    *("frozen", "training"),
)
PARTS = ("fast", "evolving", "course")
# Classes that users construct; the others are results.
CONSTRUCTED = {"Params", "Law", "Trace"}
# Functions on files: they are called with wrong arguments alone.
ON_FILES = {
    *("course.grade", "course.write_exercises", "course.grade_class", "course.own_exercise"),
    "course.read_course",
}
# The table's calls replace those of the examples: on files, too large for a hundred calls, or with
# a result that is nothing but rounding where it should be 0.
INSTEAD = {
    *ON_FILES,
    "monte_carlo_ntk",
    "kernel_operator",
    "evolving.flow_velocity",
    "evolving.mean_field_descent",
    "evolving.frozen_loss",
    "evolving.mean_loss_excess",
    "evolving.sampling_limit",
    "evolving.width_limit",
}


@functools.cache
def public_functions():
    """Every public function and constructed class by its name, as fast.forward."""
    found = {}
    for part in (*CORE, *PARTS):
        module = importlib.import_module(f"minintk.{part}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) or name in CONSTRUCTED:
                found[f"{part}.{name}" if part in PARTS else name] = value
    assert len(found) > 90
    return found


class _Recorded(ast.NodeTransformer):
    """Every call f(x) becomes __called__(f, x)."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return ast.Call(
            func=ast.Name("__called__", ast.Load()),
            args=[node.func, *node.args],
            keywords=node.keywords,
        )


def _example_calls(function, names):
    """(name, arguments) of the calls of public functions in one docstring, in their order."""
    found = []

    def called(callee, /, *args, **kwargs):
        name = names.get(id(callee))
        if name is None:
            return callee(*args, **kwargs)
        given = copy.deepcopy(_signature(name).bind(*args, **kwargs).arguments)
        result = callee(*args, **kwargs)  # where it raises, the call was no good one
        found.append((name, dict(given)))
        return result

    module = inspect.getmodule(function)
    namespace = {"np": np, "mn": mn, **vars(module), "__called__": called}
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(function) or ""):
        tree = ast.fix_missing_locations(_Recorded().visit(ast.parse(example.source)))
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(tree, "<example>", "exec"), namespace)
    return found


@functools.cache
def good_calls():
    """Name → a few calls, each a dict of arguments; copy before use."""
    functions = public_functions()
    names = {id(function): name for name, function in functions.items()}
    calls = {name: [dict(call) for call in EXTRA_CALLS.get(name, ())] for name in functions}
    for function in functions.values():
        for name, arguments in _example_calls(function, names):
            if len(calls[name]) < 3 and functions[name] is function and name not in INSTEAD:
                calls[name].append(arguments)
    return calls


@functools.cache
def _signature(name):
    return inspect.signature(public_functions()[name])


@functools.cache
def parameters_of(name):
    """Parameter → its annotation as text."""
    parameters = _signature(name).parameters
    return {key: str(parameter.annotation) for key, parameter in parameters.items()}


def completed(name, arguments, parameter):
    """The call with this parameter given too: by its default, or by the table; None if neither,
    or where the call needs it to be None.
    """
    default = _signature(name).parameters[parameter].default
    if parameter not in arguments:
        short = name.split(".")[-1]
        table = {**ALSO, **ALSO_OF.get(short, {})}
        if parameter in table:
            arguments = {**arguments, parameter: table[parameter]}
        elif default not in (None, inspect.Parameter.empty):
            arguments = {**arguments, parameter: default}
        else:
            return None
    return None if arguments[parameter] is None else arguments


T = np.array([0.3, 1.9, 4.2, 5.0, 2.6])
KERNEL = mn.infinite_ntk(T)
NETWORK = mn.initialise(6, np.random.default_rng(1), mn.Law(bias_std=0.5, output_law="normal"))
OTHER = mn.initialise(6, np.random.default_rng(2), mn.Law(bias_std=0.5, output_law="normal"))
VALUES = np.array([0.5, -1.0, 0.25, 2.0, 0.7])

# Calls that no example shows: parameters that go together, or a generic value where the example's
# is a special one.
EXTRA_CALLS = {
    **{
        name: [{"kernel": KERNEL * np.outer(VALUES, VALUES), "other": KERNEL}]
        for name in ("kernel_alignment", "centred_kernel_alignment", "kernel_distance")
    },
    "target_alignment": [{"kernel": KERNEL, "targets": VALUES, "centred": True}],
    "circulant_deviation": [{"kernel": KERNEL}],
    "effective_rank": [{"kernel": KERNEL}],
    "off_diagonal_share": [{"block": KERNEL}],
    "require_stable": [{"learning_rate": 0.5, "largest_eigenvalue": 0.5, "fix": "lower it"}],
    "monte_carlo_ntk": [{"angles": T[:2], "neurons": 50, "rng": np.random.default_rng(0)}],
    "kernel_operator": [
        {"kernel_of_angle": np.cos, "function": np.sin, "angles": T[:2], "nodes": 20}
    ],
    "growth_rate": [{"output": VALUES, "targets": VALUES[::-1].copy()}],
    "frozen_flow": [
        {
            "kernel": KERNEL,
            "initial_output": VALUES,
            "targets": np.cos(T),
            "times": [0.5, 2.0],
            "test_kernel": KERNEL[:2],
            "test_initial_output": VALUES[:2],
        }
    ],
    "frozen_descent": [
        {
            "kernel": KERNEL,
            "initial_output": VALUES,
            "targets": np.cos(T),
            "learning_rate": 0.5,
            "steps": [0, 7],
            "test_kernel": KERNEL[:2],
            "test_initial_output": VALUES[:2],
        }
    ],
    "forward": [{"params": NETWORK, "angles": T}],
    "loss_and_gradient": [{"params": NETWORK, "angles": T, "targets": VALUES}],
    "empirical_ntk": [{"params": NETWORK, "angles": T, "other_angles": T[:2]}],
    "factorised_ntk": [{"params": NETWORK, "angles": T, "other_angles": T[:2]}],
}
TOGETHER = {"networks": [NETWORK, OTHER], "learning_rate": 0.1, "steps": 3}
RECORDED = {"record": lambda step, networks: None, "at_steps": [0]}
EXTRA_CALLS["fast.train_together"] = [
    {**TOGETHER, **RECORDED, "angles": T, "targets": VALUES, "method": "plain"},
    {**TOGETHER, **RECORDED, "angles": T, "targets": VALUES, "method": "arcs"},
    {**TOGETHER, "angles": None, "targets": VALUES},  # coefficients on the whole circle
]
EXTRA_CALLS["evolving.flow_velocity"] = [
    {"params": NETWORK, "coefficients": [0.3, 1.0, 0.2], "k_max": 2}
]
EXTRA_CALLS["evolving.mean_field_descent"] = [
    {
        "start": mn.evolving.mean_field_start(4, 4),
        "objective_of": mn.fast.population_objective,
        "targets": [0.0, 1.0, 0.0],
        "width": 64,
        "learning_rate": 0.5,
        "steps": 5,
    }
]
EXTRA_CALLS["evolving.frozen_loss"] = [
    {"frequency": 3, "amplitude": 1.0, "width": 1024, "times": [0.0, 50.0], "k_max": 16}
]
EXTRA_CALLS["evolving.mean_loss_excess"] = [
    {
        "coefficients": [0.0, 1.0, 0.0],
        "width": 64,
        "learning_rate": 0.5,
        "at_steps": [0, 4],
        "neurons": 128,
        "points": 8,
        "radii": 2,
        "directions": 9,
        "components": 8,
    }
]
for _limit in ("evolving.sampling_limit", "evolving.width_limit"):
    EXTRA_CALLS[_limit] = [{"k_max": 1, "draws": 40, "rng": np.random.default_rng(0)}]
EXTRA_CALLS["fast.frozen_flow"] = EXTRA_CALLS["frozen_flow"]
ONE = {"relu": course.EXERCISES["relu"]}
# These work on files: what is rejected is rejected before the file is looked at.
EXTRA_CALLS["course.grade"] = [{"file": Path(__file__), "exercises": ["relu"]}]
EXTRA_CALLS["course.grade_class"] = [
    {"files": [Path(__file__)], "json_dir": Path(__file__), "course": course.Course(ONE)}
]
EXTRA_CALLS["course.own_exercise"] = [{"file": Path(__file__)}]
EXTRA_CALLS["course.read_course"] = [{"file": Path(__file__)}]
EXTRA_CALLS["course.write_exercises"] = [{"folder": Path(__file__), "names": ["relu"]}]

# Arguments for parameters that are left out in the examples.
ALSO = {
    "other_angles": [0.4, 2.0],
    "nodes": 60,
    "largest_eigenvalue": 0.1,
    "record": lambda step, params: None,
    "trained": ("w", "a"),
    "learning_rate": 0.5,
}
ALSO_OF = {
    "Trace": {"kernel": mn.factorised_ntk},
    "mean_field_start": {"angles": [0.0, 2.0, 4.0]},
    "compare_kernels": {"angles": mn.uniform_angles(7), "width": 50, "trained": ("w", "b")},
    "check": {"k": "odd", "convention": "basri2019"},
    "quantity_table": {"quantity": "kappa0"},
}
