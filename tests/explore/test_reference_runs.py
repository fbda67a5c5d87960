"""The numbers that the page checks itself against, by loops of their own."""

import json
import math

import numpy as np
import pytest

from minintk.explore import reference_runs

pytestmark = pytest.mark.project


@pytest.fixture(scope="module")
def runs():
    return reference_runs()


def descent(run, steps):
    """Plain loops over neurons and samples: parameters after so many steps."""
    m, n = len(run["a"]), len(run["angles"])
    w = [run["w"][2 * r : 2 * r + 2] for r in range(m)]
    b, a = list(run["b"]), list(run["a"])
    points = [(math.cos(t), math.sin(t)) for t in run["angles"]]
    for _ in range(steps):
        z = [[w[r][0] * x + w[r][1] * y + b[r] for r in range(m)] for x, y in points]
        residual = [
            math.fsum(a[r] * max(z[i][r], 0.0) for r in range(m)) / math.sqrt(m) - run["targets"][i]
            for i in range(n)
        ]
        for r in range(m):
            active = [i for i in range(n) if z[i][r] > 0]
            step = run["eta"] / (n * math.sqrt(m))
            gradient_a = math.fsum(residual[i] * z[i][r] for i in active)
            gradient_w = [math.fsum(residual[i] * points[i][c] for i in active) for c in (0, 1)]
            gradient_b = math.fsum(residual[i] for i in active)
            w[r] = [w[r][c] - step * a[r] * gradient_w[c] for c in (0, 1)]
            if run["bias"]:
                b[r] -= step * a[r] * gradient_b
            a[r] -= step * gradient_a
    return w, b, a


def residual_of(run, w, b, a):
    m = len(a)
    return [
        math.fsum(
            a[r] * max(w[r][0] * math.cos(t) + w[r][1] * math.sin(t) + b[r], 0.0) for r in range(m)
        )
        / math.sqrt(m)
        - y
        for t, y in zip(run["angles"], run["targets"], strict=True)
    ]


# By hand


def test_they_cover_bias_start_samples_and_grids(runs):
    assert {run["bias"] for run in runs} == {True, False}
    assert any(run["aliased"] is None for run in runs)
    assert any(len(run["angles"]) % 2 for run in runs if run["aliased"])
    outputs = [np.array(residual_of(run, *descent(run, 0))) + run["targets"] for run in runs]
    assert np.abs(outputs[0]).max() < 1e-15
    assert all(np.abs(output).max() > 0.01 for output in outputs[1:])


def test_they_are_plain_numbers_and_the_same_each_time(runs):
    assert json.loads(json.dumps(runs, allow_nan=False)) == runs
    assert reference_runs() == runs


# Reference


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_evolving_kernel_by_plain_loops(runs, which):
    run = runs[which]
    for moment in run["moments"][:4]:
        residual = residual_of(run, *descent(run, moment["step"]))
        n = len(residual)
        loss = math.fsum(r * r for r in residual) / (2 * n)
        assert moment["evolving"]["loss"] == pytest.approx(loss, rel=1e-11)
        modes = [math.fsum(residual) / n]
        for k in range(1, 5):
            for wave in (math.cos, math.sin):
                pairs = zip(run["angles"], residual, strict=True)
                modes.append(math.sqrt(2) * math.fsum(wave(k * t) * r for t, r in pairs) / n)
        assert np.allclose(moment["evolving"]["modes"], modes, rtol=0, atol=1e-12)


def fixed_kernels(run, rows):
    """K of the start from sums over neurons, and K_∞ by its angle: from these angles to samples."""
    w, b, a = descent(run, 0)
    m, angles = len(a), run["angles"]
    kernels = {name: np.zeros((len(rows), len(angles))) for name in ("frozen", "infinite")}
    for i, t in enumerate(rows):
        for j, s in enumerate(angles):
            total = 0.0
            for r in range(m):
                z = w[r][0] * math.cos(t) + w[r][1] * math.sin(t) + b[r]
                other = w[r][0] * math.cos(s) + w[r][1] * math.sin(s) + b[r]
                if z > 0 and other > 0:
                    total += z * other + a[r] ** 2 * (math.cos(t - s) + run["bias"])
            kernels["frozen"][i, j] = total / m
            theta = abs(math.remainder(t - s, 2 * math.pi))
            kernels["infinite"][i, j] = (
                (math.cos(theta) + run["bias"]) * (math.pi - theta)
                + math.sin(theta)
                + (math.pi - theta) * math.cos(theta)
            ) / (2 * math.pi)
    return kernels


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_fixed_kernels_by_repeated_steps(runs, which):
    """r ← r − (η/n) K r step by step, and the outputs elsewhere moved by the same residuals."""
    run = runs[which]
    n, elsewhere = len(run["angles"]), run["elsewhere"]["angles"]
    across = fixed_kernels(run, elsewhere)
    there = {**run, "angles": elsewhere, "targets": [0.0] * len(elsewhere)}
    for name, kernel in fixed_kernels(run, run["angles"]).items():
        residual = np.array(residual_of(run, *descent(run, 0)))
        output = np.array(residual_of(there, *descent(run, 0)))
        step = 0
        for moment in run["moments"]:
            while step < moment["step"]:
                output = output - run["eta"] / n * across[name] @ residual
                residual = residual - run["eta"] / n * kernel @ residual
                step += 1
            assert moment[name]["loss"] == pytest.approx(float(np.mean(residual**2)) / 2, rel=1e-10)
        assert np.allclose(run["elsewhere"][name], output, rtol=0, atol=1e-11)


# Theorem


def test_the_losses_fall(runs):
    for run in runs:
        for name in ("evolving", "frozen", "infinite"):
            losses = [moment[name]["loss"] for moment in run["moments"]]
            assert losses == sorted(losses, reverse=True)


def test_the_learning_rates_are_stable(runs):
    for run in runs:
        assert run["eta"] < 2 / run["largest"]
