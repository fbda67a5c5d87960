"""Every tutorial notices a library that is wrong: `python tests/project/tutorials_tampered.py`.

Each tutorial runs with one function of minintk changed by a factor, wherever the package holds it,
and must end in an AssertionError. A public function checks its arguments, a private one of the same
name computes, often for several public ones: either may be changed. The last tutorial runs once
more with the factor 1 and must stay clean, so that it is the change that was noticed. The tutorials
know nothing of it.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "tutorials"
# Tutorial → functions that it is about, and the factor on all that they return.
TAMPERED = {
    "00": [
        ("network.forward", -1.0),
        ("ntk.empirical_ntk", 0.5),
        ("ntk.factorised_ntk", 0.5),
        ("spectrum.low_frequency_block", 2.0),
        ("arccosine.aliased_eigenvalues", 2.0),
    ],
    "01": [("network.backward", 0.5), ("network._backward", 0.5), ("network.forward", -1.0)],
    "02": [
        ("ntk.empirical_ntk", 0.5),
        ("jacobian.output_jacobian", 2**0.5),
        ("jacobian._output_jacobian", 2**0.5),
    ],
    "03": [("arccosine.kappa1", 2.0), ("arccosine.kappa0", 0.5)],
    "04": [("arccosine.fourier_eigenvalues", 0.5), ("arccosine.ntk_of_angle", 2.0)],
    "05": [("arccosine.fourier_eigenvalues", 2.0), ("frozen.frozen_flow", 1.1)],
    "06": [
        ("fast.population.population_low_frequency_block", 1.1),
        ("arccosine.fourier_eigenvalues", 1.1),
    ],
    "07": [
        ("frozen.lazy_growth", 0.5),
        ("training.balance", 0.0),
        ("ntk.factorised_ntk", 0.5),
        ("alignment.off_diagonal_correlation", 0.0),
    ],
    "08": [
        ("ntk.factorised_ntk", 1.1),
        ("arccosine.aliased_eigenvalues", 0.5),
        ("evolving.mean_field.mean_field_descent", 1.1),
        ("fast.population.population_low_frequency_block", -1.0),
    ],
    "09": [
        ("network.loss_and_gradient", 0.5),
        ("fast.samples.forward", -1.0),
        ("fast.population.population_loss_and_gradient", 0.5),
        ("fast.population.population_low_frequency_block", 2**0.5),
    ],
    "10": [
        ("arccosine.fourier_eigenvalues", 0.5),
        ("arccosine.infinite_ntk", 2.0),
        ("frozen.time_to_learn", 0.5),
    ],
}

RUNNER = """
import importlib, pkgutil, runpy, sys
import matplotlib
matplotlib.use("Agg")
import numpy as np
import minintk

path, name, factor = sys.argv[1], sys.argv[2], float(sys.argv[3])
for module in pkgutil.walk_packages(minintk.__path__, "minintk."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
place, _, function = name.rpartition(".")
true = getattr(sys.modules["minintk." + place], function)


def scaled(value):
    if isinstance(value, minintk.Params):
        parts = {part: factor * getattr(value, part) for part in ("w", "b", "a")}
        return minintk.Params(**parts, trained=value.trained)
    if isinstance(value, dict):
        return {key: scaled(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [scaled(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if callable(value):
        return lambda *args: scaled(value(*args))
    return factor * value if isinstance(value, (float, np.floating, np.ndarray)) else value


def tampered(*args, **options):
    return scaled(true(*args, **options))


for module in [m for n, m in sys.modules.items() if n.split(".")[0] == "minintk"]:
    for key, value in list(vars(module).items()):
        if value is true:
            setattr(module, key, tampered)
try:
    runpy.run_path(path, run_name="__main__")
except AssertionError:
    sys.exit(3)
"""
NOTICED = 3


def run(script, name, factor):
    """The exit status of a tutorial with a function changed: 0 is clean, NOTICED an assertion."""
    command = [sys.executable, "-c", RUNNER, str(script), name, str(factor)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=FOLDER.parent)
    if result.returncode not in (0, NOTICED):
        print(result.stderr[-1500:], file=sys.stderr)
    return result.returncode


def main():
    """Run all, two at a time; the exit status is 1 where a change was not noticed."""
    scripts = {
        path.stem.partition("_")[0]: path for path in sorted(FOLDER.glob("[0-9][0-9]*_*.py"))
    }
    chosen = sys.argv[1:] or sorted({*scripts, *TAMPERED})
    for names, rule in (
        (scripts, "is the number of no script in tutorials/"),
        (TAMPERED, "must have a row in TAMPERED of tests/project/tutorials_tampered.py"),
    ):
        if wrong := [number for number in chosen if number not in names]:
            sys.exit(f"{', '.join(wrong)} {rule}")
    jobs = [(number, *change, NOTICED) for number in chosen for change in TAMPERED[number]]
    jobs.append((chosen[-1], TAMPERED[chosen[-1]][0][0], 1.0, 0))
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda job: run(scripts[job[0]], *job[1:3]), jobs))
    wrong = 0
    for (number, name, factor, wanted), status in zip(jobs, statuses, strict=True):
        good = status == wanted
        wrong += not good
        said = {NOTICED: "noticed", 0: "clean"}.get(status, f"exit status {status}")
        print(f"{'ok ' if good else 'BAD'} {number}: {name} × {factor:.3g}: {said}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
