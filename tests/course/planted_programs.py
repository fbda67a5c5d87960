# ruff: noqa: E501
"""Wrong programs as students write them: the reference solution with one passage changed.

PLANTED          (mistake, exercise, what the solution has, what the student wrote)
SLIPS_PLANTED    the same, for slips that are found by their line
"""

_Z = "    z = x @ w.T + b\n"
_G = "g = (forward(w, b, a, angles) - targets) / len(targets) / np.sqrt(len(a))"
_K = "return 0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta))"
_FLOW = "np.exp(-rates * time)"
_MOVE = "w, b, a = w - learning_rate * gw, b - learning_rate * gb, a - learning_rate * ga"
_COEFFICIENTS = "rows += [np.sqrt(2) * np.cos(k * angles), np.sqrt(2) * np.sin(k * angles)]"
_END = "np.linalg.norm(after - before) / np.linalg.norm(before)"
_BACK = "return d.T @ x, d.sum(axis=0), relu(z).T @ g"
_LOSS = "return np.mean((output - targets) ** 2) / 2"
_HSTACK = "return np.hstack([first, d, relu(z)]) / np.sqrt(len(a))"
_CIRCULANT = "rolled = np.array([np.roll(matrix[i], -i) for i in range(n)])"
_TEST = "return bool(np.abs(rolled - rolled[0]).max() <= 1e-9 * np.abs(matrix).max())"
_LOGARITHMS = "np.log(remaining) / np.log1p(-learning_rate * eigenvalue)"
_WHERE = "return np.where(np.asarray(z) > 0, 1.0, 0.0)"

_CLOSED = "u, k = np.linspace(0, 2 * np.pi, 501), np.arange(k_max + 1)"
_CLOSED += "\n    waves = analytic_ntk(u)[0] * np.cos(np.outer(k, u))"

_POINTS = "x, y = circle_points(angles), circle_points(other_angles)"
_SUM = "s = np.add.outer(angles, other_angles)\n    "
PLANTED = [
    ("factor-2", "loss", _LOSS, "return np.mean((output - targets) ** 2)"),
    ("factor-1/2", "analytic_ntk", "0.5 *", "0.25 *"),
    ("factor-n", "loss", "np.mean((output - targets) ** 2)", "np.sum((output - targets) ** 2)"),
    ("factor-n", "fourier_coefficients", "@ values / len(angles)", "@ values"),
    ("factor-1/n", "fourier_coefficients", "/ len(angles)", "/ len(angles) ** 2"),
    ("factor-1/n", "analytic_ntk", _K, _K + " / len(angles)"),
    ("factor-m", "empirical_ntk", "return j @ j.T", "return j @ j.T * len(a)"),
    ("factor-1/m", "empirical_ntk", "return j @ j.T", "return j @ j.T / len(a)"),
    ("factor-sqrt-m", "forward", " @ a / np.sqrt(len(a))", " @ a"),
    ("factor-sqrt-m", "jacobian", _HSTACK, "return np.hstack([first, d, relu(z)])"),
    ("factor-1/sqrt-m", "forward", "/ np.sqrt(len(a))", "/ len(a)"),
    ("factor-1/sqrt-m", "jacobian", _HSTACK, "return np.hstack([first, d, relu(z)]) / len(a)"),
    ("factor-2pi", "fourier_coefficients", "/ len(angles)", "* 2 * np.pi / len(angles)"),
    ("factor-variable", "forward", "np.sqrt(len(a))", "np.sqrt(len(angles))"),
    ("factor-n", "backward", "/ len(targets) / np", "/ np"),
    ("factor-2", "growth_rate", "return 2 *", "return 4 *"),
    (
        "sign",
        "backward",
        _G,
        _G.replace("forward(w, b, a, angles) - targets", "targets - forward(w, b, a, angles)"),
    ),
    ("sign", "growth_rate", "(targets - output)", "(output - targets)"),
    ("missing-bias", "analytic_ntk", "(np.cos(theta) + 1)", "np.cos(theta)"),
    ("missing-bias", "forward", ".T + b)", ".T)"),
    ("doubled-bias", "analytic_ntk", "(np.cos(theta) + 1)", "(np.cos(theta) + 2)"),
    ("missing-second-layer", "analytic_ntk", " + kappa1(theta))", ")"),
    (
        "missing-first-layer",
        "gradient_descent",
        _MOVE,
        "b, a = b - learning_rate * gb, a - learning_rate * ga",
    ),
    ("sign-of-term", "balance", "- b**2", "+ b**2"),
    ("sign-of-term", "frozen_kernel_prediction", "targets + vectors", "targets - vectors"),
    (
        "kappa-swapped",
        "analytic_ntk",
        _K,
        "return 0.5 * ((np.cos(theta) + 1) * kappa1(theta) + kappa0(theta))",
    ),
    ("kappa-swapped", "kappa0", "return 1 - theta / np.pi", "return kappa1(theta)"),
    (
        "sin-cos-swapped",
        "circle_points",
        "[np.cos(angles), np.sin(angles)]",
        "[np.sin(angles), np.cos(angles)]",
    ),
    (
        "sin-cos-swapped",
        "fourier_coefficients",
        _COEFFICIENTS,
        "rows += [np.sqrt(2) * np.sin(k * angles), np.sqrt(2) * np.cos(k * angles)]",
    ),
    (
        "degrees",
        "circle_points",
        "[np.cos(angles), np.sin(angles)]",
        "[np.cos(np.radians(angles)), np.sin(np.radians(angles))]",
    ),
    (
        "arccos-above-one",
        "angle_between",
        "return np.arctan2(np.abs(cross), x @ y.T)",
        "return np.arccos(x @ y.T)",
    ),
    ("wrong-parity", "ntk_eigenvalues", "1 / (np.pi**2 * k**2)", "0.0"),
    (
        "wrong-parity",
        "ntk_eigenvalues",
        "(k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 2)",
        "2 / (np.pi**2 * (k**2 - 1) ** 2)",
    ),
    ("wrong-at-k0", "ntk_eigenvalues", "3 / np.pi**2 + 1 / 4", "6 / np.pi**2 + 1 / 2"),
    (
        "wrong-at-k1",
        "ntk_eigenvalues",
        "result[k] = 1 / 4 + 1 / np.pi**2",
        "result[k] = 1 / np.pi**2",
    ),
    ("standard-parametrisation", "jacobian", "relu(z)])", "relu(z) * np.sqrt(len(a))])"),
    (
        "standard-parametrisation",
        "empirical_ntk",
        "    return j @ j.T",
        "    j[:, 3 * len(a) :] *= np.sqrt(len(a))\n    return j @ j.T",
    ),
    ("loss-rate", "frozen_kernel_prediction", _FLOW, "np.exp(-2 * rates * time)"),
    ("descent-for-flow", "frozen_kernel_prediction", _FLOW, "(1 - rates * time / 100) ** 100"),
    ("growth-for-decay", "frozen_kernel_prediction", _FLOW, "np.exp(rates * time)"),
    ("rate-without-1/n", "frozen_kernel_prediction", "kernel / len(kernel)", "kernel"),
    (
        "half-rate",
        "frozen_kernel_prediction",
        "(kernel / len(kernel))",
        "(kernel / len(kernel) / 2)",
    ),
    ("half-rate", "frozen_kernel_prediction", "rates * time", "rates * time / 2"),
    ("sum-for-difference", "angle_between", _POINTS, f"{_SUM}return np.arccos(np.cos(s))"),
    (
        "sum-for-difference",
        "angle_between",
        _POINTS,
        f"{_SUM}s = s % (2 * np.pi)\n    return np.minimum(s, 2 * np.pi - s)",
    ),
    (
        "rate-without-1/n",
        "frozen_kernel_prediction",
        "kernel / len(kernel)",
        "kernel / len(kernel) ** 2",
    ),
    (
        "initial-output-ignored",
        "frozen_kernel_prediction",
        "(initial_output - targets)",
        "-targets",
    ),
    (
        "initial-output-ignored",
        "frozen_kernel_prediction",
        "(initial_output - targets)",
        "(-initial_output - targets)",
    ),
    (
        "residual-for-output",
        "frozen_kernel_prediction",
        "return targets + vectors",
        "return vectors",
    ),
    (
        "residual-for-output",
        "frozen_kernel_prediction",
        "return targets + vectors @ shrunk",
        "return targets - initial_output + vectors @ shrunk",
    ),
    (
        "elementwise-exponential",
        "frozen_kernel_prediction",
        "return targets + vectors @ shrunk",
        "return targets + np.exp(-kernel / len(kernel) * time) @ (initial_output - targets)",
    ),
    (
        "elementwise-exponential",
        "frozen_kernel_prediction",
        "return targets + vectors @ shrunk",
        "return targets + np.exp(-kernel * time) @ (initial_output - targets)",
    ),
    (
        "unlearned-modes",
        "frozen_kernel_prediction",
        "return targets + vectors @ shrunk",
        "return targets + np.linalg.inv(kernel) @ kernel @ vectors @ shrunk",
    ),
    (
        "unlearned-modes",
        "frozen_kernel_prediction",
        "return targets + vectors @ shrunk",
        "return targets + vectors @ (shrunk * rates / rates.clip(1e-20) * (rates > 1e-9))",
    ),
    ("kink", "relu_derivative", "> 0, 1.0, 0.0", ">= 0, 1.0, 0.0"),
    ("kink", "relu_derivative", _WHERE, "return 0.5 * (1 + np.sign(z))"),
    ("leaky", "relu", "np.maximum(z, 0)", "np.abs(z)"),
    ("other-activation", "relu", "np.maximum(z, 0)", "np.log1p(np.exp(z))"),
    ("leaky", "relu_derivative", _WHERE, "return np.sign(z)"),
    ("ignores-activation", "backward", "relu_derivative(z) * a", "np.ones_like(z) * a"),
    (
        "ignores-activation",
        "forward",
        "relu(circle_points(angles) @ w.T + b)",
        "(circle_points(angles) @ w.T + b)",
    ),
    ("uses-relu-for-derivative", "backward", "relu_derivative(z) * a", "relu(z) * a"),
    ("uses-relu-for-derivative", "jacobian", "d = relu_derivative(z) * a", "d = relu(z) * a"),
    ("wrong-variable", "backward", "relu_derivative(z) * a", "z * a"),
    ("wrong-variable", "backward", "relu_derivative(z) * a", "-z * a"),
    ("wrong-variable", "jacobian", "d = relu_derivative(z) * a", "d = z * a"),
    ("missing-output-weight", "backward", "relu_derivative(z) * a", "relu_derivative(z)"),
    ("missing-output-weight", "jacobian", "d = relu_derivative(z) * a", "d = relu_derivative(z)"),
    (
        "missing-square",
        "empirical_ntk",
        "return j @ j.T",
        "j2 = np.hstack([j[:, : 3 * len(a)] / np.concatenate([np.repeat(a, 2), a]), j[:, 3 * len(a) :]])\n    return j @ j2.T",
    ),
    (
        "missing-square",
        "empirical_ntk",
        "return j @ j.T",
        "s = np.sqrt(np.abs(a))\n    j[:, : 2 * len(a)] /= np.repeat(s * np.sign(a), 2)\n    k = j.copy()\n    j[:, 2 * len(a) : 3 * len(a)] /= a\n    k[:, : 2 * len(a)] *= np.repeat(np.sign(a), 2)\n    return j @ k.T",
    ),
    (
        "missing-residual",
        "backward",
        "(forward(w, b, a, angles) - targets)",
        "np.ones(len(targets))",
    ),
    (
        "missing-residual",
        "backward",
        _G,
        "g = np.full(len(targets), 1 / len(targets) / np.sqrt(len(a)))",
    ),
    (
        "residual-squared",
        "backward",
        "(forward(w, b, a, angles) - targets)",
        "(forward(w, b, a, angles) - targets) ** 2",
    ),
    (
        "missing-targets",
        "backward",
        "(forward(w, b, a, angles) - targets)",
        "forward(w, b, a, angles)",
    ),
    ("missing-targets", "backward", "(forward(w, b, a, angles) - targets)", "(0 - targets)"),
    (
        "relu-outside",
        "forward",
        "return relu(circle_points(angles) @ w.T + b) @ a",
        "return relu((circle_points(angles) @ w.T + b) @ a)",
    ),
    (
        "relu-outside",
        "forward",
        "return relu(circle_points(angles) @ w.T + b) @ a",
        "return relu(relu(circle_points(angles) @ w.T + b) @ a)",
    ),
    (
        "weight-inside",
        "forward",
        "return relu(circle_points(angles) @ w.T + b) @ a",
        "return relu((circle_points(angles) @ w.T + b) * a).sum(axis=1)",
    ),
    (
        "weight-inside",
        "forward",
        "return relu(circle_points(angles) @ w.T + b) @ a",
        "return 2 * relu(a * (circle_points(angles) @ w.T + b)).sum(axis=1)",
    ),
    (
        "bias-outside",
        "forward",
        "relu(circle_points(angles) @ w.T + b)",
        "(relu(circle_points(angles) @ w.T) + b)",
    ),
    (
        "bias-outside",
        "forward",
        "return relu(circle_points(angles) @ w.T + b) @ a",
        "h = relu(circle_points(angles) @ w.T)\n    return (h @ a + b @ a)",
    ),
    ("wrong-variable", "backward", "relu(z).T @ g", "relu(z).T @ g * a"),
    ("ascent", "gradient_descent", _MOVE, _MOVE.replace("- learning", "+ learning")),
    (
        "ascent",
        "gradient_descent",
        "targets)\n        w, b",
        "targets)\n        gw, gb, ga = -gw, -gb, -ga\n        w, b",
    ),
    ("inner-step", "gradient_descent", _MOVE, _MOVE.replace("learning_rate", "2 * learning_rate")),
    (
        "inner-step",
        "gradient_descent",
        _MOVE,
        _MOVE.replace("learning_rate", "len(angles) * learning_rate"),
    ),
    ("inner-step", "gradient_descent", _MOVE, _MOVE.replace("learning_rate * ", "")),
    ("number-of-steps", "gradient_descent", "range(steps)", "range(1, steps)"),
    ("number-of-steps", "gradient_descent", "range(steps)", "range(steps + 1)"),
    (
        "sequential-update",
        "gradient_descent",
        "gw, gb, ga = backward(w, b, a, angles, targets)\n        " + _MOVE,
        "w = w - learning_rate * backward(w, b, a, angles, targets)[0]\n        b = b - learning_rate * backward(w, b, a, angles, targets)[1]\n        a = a - learning_rate * backward(w, b, a, angles, targets)[2]",
    ),
    (
        "sequential-update",
        "gradient_descent",
        "gw, gb, ga = backward(w, b, a, angles, targets)\n        " + _MOVE,
        "a = a - learning_rate * backward(w, b, a, angles, targets)[2]\n        w = w - learning_rate * backward(w, b, a, angles, targets)[0]\n        b = b - learning_rate * backward(w, b, a, angles, targets)[1]",
    ),
    (
        "residual-not-updated",
        "gradient_descent",
        "    for _ in range(steps):\n        gw, gb, ga = backward(w, b, a, angles, targets)",
        "    gw, gb, ga = backward(w, b, a, angles, targets)\n    for _ in range(steps):",
    ),
    (
        "residual-not-updated",
        "gradient_descent",
        "    for _ in range(steps):\n        gw, gb, ga = backward(w, b, a, angles, targets)",
        "    w0, b0, a0 = w, b, a\n    for _ in range(steps):\n        gw, gb, ga = backward(w0, b0, a0, angles, targets)",
    ),
    (
        "wrong-norm",
        "kernel_change",
        _END,
        "np.linalg.norm(after - before, 2) / np.linalg.norm(before, 2)",
    ),
    ("wrong-norm", "kernel_change", _END, "np.linalg.norm(after - before)"),
    ("wrong-norm", "loss", _LOSS, "return np.sqrt(np.mean((output - targets) ** 2))"),
    (
        "product-of-means",
        "growth_rate",
        "np.mean((targets - output) * output)",
        "np.mean(targets - output) * np.mean(output)",
    ),
    (
        "product-of-means",
        "growth_rate",
        "np.mean((targets - output) * output)",
        "(targets.mean() - output.mean()) * output.mean()",
    ),
    ("sum-then-square", "loss", _LOSS, "return np.mean(output - targets) ** 2 / 2"),
    ("sum-then-square", "loss", _LOSS, "return (output.mean() - targets.mean()) ** 2"),
    (
        "another-property",
        "is_circulant",
        "rolled = np",
        "return bool(np.allclose(matrix, matrix.T, rtol=0))\n    rolled = np",
    ),
    (
        "another-property",
        "is_circulant",
        _CIRCULANT,
        "rolled = np.array([np.roll(matrix[i], i) for i in range(n)])",
    ),
    ("negated", "is_circulant", _TEST, _TEST.replace("<=", ">")),
    ("negated", "is_circulant", _TEST, _TEST.replace("bool(", "not (")),
    ("tolerance", "is_circulant", _TEST, "return bool((rolled == rolled[0]).all())"),
    ("tolerance", "is_circulant", _TEST, "return bool(np.abs(rolled - rolled[0]).max() <= 1e-10)"),
    (
        "basis-not-normalised",
        "fourier_coefficients",
        _COEFFICIENTS,
        _COEFFICIENTS.replace("np.sqrt(2) * ", ""),
    ),
    (
        "basis-not-normalised",
        "fourier_coefficients",
        _COEFFICIENTS,
        _COEFFICIENTS.replace("np.sqrt(2)", "2"),
    ),
    (
        "rounded-to-whole",
        "steps_to_learn",
        _LOGARITHMS,
        f"np.ceil({_LOGARITHMS})",
    ),
    (
        "rounded-to-whole",
        "steps_to_learn",
        _LOGARITHMS,
        f"int({_LOGARITHMS})",
    ),
    (
        "other-branch",
        "analytic_ntk",
        "angle_between(angles, angles)",
        "np.abs(angles[:, None] - angles)",
    ),
    ("transposed", "circle_points", "np.column_stack([", "np.array(["),
    ("transposed", "backward", "return d.T @ x,", "return x.T @ d,"),
    ("flat-order", "jacobian", "[first, d, relu(z)]", "[relu(z), first, d]"),
    (
        "flat-order",
        "jacobian",
        "x[:, None, :]).reshape(len(x), -1)",
        "x[:, None, :]).transpose(0, 2, 1).reshape(len(x), -1)",
    ),
    ("flat-order", "backward", _BACK, "return relu(z).T @ g, d.T @ x, d.sum(axis=0)"),
    ("shape", "loss", _LOSS, "return (output - targets) ** 2 / 2"),
    ("shape", "jacobian", "[first, d, relu(z)]", "[first, relu(z)]"),
    ("float32", "kappa1", "return (", "theta = np.asarray(theta, dtype=np.float32)\n    return ("),
    (
        "float32",
        "circle_points",
        "np.column_stack([np.cos(angles), np.sin(angles)])",
        "np.column_stack([np.cos(angles), np.sin(angles)]).astype('float32')",
    ),
    ("one-point-only", "relu", "np.maximum(z, 0)", "z if z > 0 else 0 * z"),
    ("not-moved", "gradient_descent", _MOVE, _MOVE.replace("w, b, a =", "moved =")),
    ("one-dimension-only", "relu", "np.maximum(z, 0)", "np.array([max(v, 0.0) for v in z])"),
    (
        "one-dimension-only",
        "relu",
        "np.maximum(z, 0)",
        "np.array([v if v > 0 else 0.0 for v in z])",
    ),
    ("few-rows", "is_circulant", _TEST, _TEST.replace("rolled -", "rolled[:2] -")),
    ("few-rows", "is_circulant", _TEST, "return np.allclose(rolled[1], rolled[0])"),
    ("not-moved", "gradient_descent", _MOVE, "pass"),
    ("one-point-only", "loss", _LOSS, "return (output[0] - targets[0]) ** 2 / 2"),
    (
        "ties",
        "angle_between",
        "return np.arctan2(np.abs(cross), x @ y.T)",
        "return np.where(np.abs(cross) < 1e-12, 1.0, np.arctan2(np.abs(cross), x @ y.T))",
    ),
    (
        "ties",
        "empirical_ntk",
        "    return j @ j.T",
        "    _, i = np.unique(angles, return_index=True)\n    k = np.zeros((len(j), len(j)))\n    k[np.ix_(i, i)] = j[i] @ j[i].T\n    return k",
    ),
    (
        "edge-case",
        "fourier_coefficients",
        "    rows = [np",
        "    if k_max == 0:\n        return np.zeros(1)\n    rows = [np",
    ),
    ("few-digits", "kappa0", "np.pi", "3.1416"),
    ("constant", "kappa0", "return 1 - theta / np.pi", "return 0 * theta + 0.5"),
    ("raises", "forward", "w.T + b", "w + b"),
    ("raises", "loss", "(output - targets)", "(outputs - targets)"),
    ("no-result", "loss", "return np.mean", "np.mean"),
    ("no-result", "forward", "return relu(circle", "f = relu(circle"),
    (
        "not-an-array",
        "backward",
        _BACK,
        "return {'w': d.T @ x, 'b': d.sum(axis=0), 'a': relu(z).T @ g}",
    ),
    ("not-an-array", "loss", _LOSS, "return 'zero'"),
    ("not-an-array", "loss", _LOSS, "return output, targets[:1], 0.0, 1.0"),
    ("changed-inputs", "relu", "return np.maximum(z, 0)", "z[z < 0] = 0\n    return z"),
    (
        "changed-inputs",
        "forward",
        "    return relu(circle_points(angles) @ w.T + b)",
        "    x = circle_points(angles)\n    angles %= 2 * np.pi\n    angles += 1\n    return relu(x @ w.T + b)",
    ),
    ("random", "loss", "/ 2", "/ 2 + 1e-3 * np.random.rand()"),
    ("random", "balance", "- b**2", "- b**2 * np.random.rand(len(b))"),
    (
        "off-by-one-in-k",
        "ntk_eigenvalues",
        "    return result",
        "    return np.append(result[1:], 1 / (np.pi * (k_max + 1)) ** 2 if k_max % 2 == 0 else ((k_max + 1) ** 2 + 3) / (np.pi * ((k_max + 1) ** 2 - 1)) ** 2)",
    ),
    (
        "off-by-one-in-k",
        "ntk_eigenvalues",
        "    return result",
        "    return np.append(result[1:2], result)[: k_max + 1] if k_max else result",
    ),
]

_GROWTH = "return 2 * np.mean((targets - output) * output)"
PLANTED += [
    ("wrong-block", "jacobian", "[first, d, relu(z)]", "[first, -d, relu(z)]"),
    (
        "wrong-block",
        "fourier_coefficients",
        _COEFFICIENTS,
        "rows += [np.sqrt(2) * np.cos(k * angles), np.sqrt(2) * np.sin(angles) ** k]",
    ),
]
PLANTED += [
    (
        "whole-numbers",
        "kappa0",
        "return 1 - theta / np.pi",
        "return (1 - theta / np.pi).astype(int)",
    ),
    (
        "whole-numbers",
        "circle_points",
        "np.column_stack([np.cos(angles), np.sin(angles)])",
        "np.column_stack([np.cos(angles), np.sin(angles)]).astype(int)",
    ),
    (
        "edge-case",
        "kappa0",
        "return 1 - theta / np.pi",
        "return (1 - theta / np.pi).astype(np.asarray(theta).dtype)",
    ),
    ("rounded", "kappa0", "return 1 - theta / np.pi", "return np.round(1 - theta / np.pi, 3)"),
    ("rounded", "loss", _LOSS, "return round(np.mean((output - targets) ** 2) / 2, 4)"),
    (
        "grid-only",
        "fourier_coefficients",
        "    rows = [np",
        "    angles = angles[0] + 2 * np.pi * np.arange(len(angles)) / len(angles)\n    rows = [np",
    ),
    (
        "grid-only",
        "fourier_coefficients",
        _COEFFICIENTS,
        "t = angles[0] + np.linspace(0, 2 * np.pi, len(angles), endpoint=False); "
        + _COEFFICIENTS.replace("k * angles", "k * t"),
    ),
    *(
        ("closed-grid", "ntk_eigenvalues", "return result", f"{_CLOSED}\n    return {mean}")
        for mean in ("np.mean(waves, axis=1)", "np.sum(waves, axis=1) * u[1] / (2 * np.pi)")
    ),
    (
        "single-samples",
        "gradient_descent",
        "    for _ in range(steps):\n        gw, gb, ga = backward(w, b, a, angles, targets)",
        "    for j in list(range(len(angles))) * steps:\n        gw, gb, ga = backward(w, b, a, angles[[j]], targets[[j]])",
    ),
    (
        "single-samples",
        "gradient_descent",
        "    for _ in range(steps):\n        gw, gb, ga = backward(w, b, a, angles, targets)",
        "    for s in range(steps):\n        j = [s % len(angles)]\n        gw, gb, ga = backward(w, b, a, angles[j], targets[j])",
    ),
    (
        "eigenvalues-twice",
        "ntk_eigenvalues",
        "return result",
        "return np.repeat(result, 2)[1 : k_max + 2]",
    ),
    (
        "eigenvalues-twice",
        "ntk_eigenvalues",
        "    return result",
        "    t = 2 * np.pi * np.arange(400) / 400\n    return np.linalg.eigvalsh(analytic_ntk(t) / 400)[::-1][: k_max + 1]",
    ),
    (
        "missing-bias",
        "empirical_ntk",
        "return j @ j.T",
        "j = np.hstack([j[:, : 2 * len(a)], j[:, 3 * len(a) :]]) * np.sqrt(len(a))\n    return j @ j.T",
    ),
    ("missing-bias", "backward", _Z, "    z = x @ w.T\n    b = 0 * b\n"),
    (
        "factor-sqrt-m",
        "gradient_descent",
        "gw, gb, ga = backward(w, b, a, angles, targets)",
        "gw, gb, ga = (len(a)**0.5 * g for g in backward(w, b, a * len(a)**0.5, angles, targets)); gw, gb = gw / len(a)**0.5, gb / len(a)**0.5",
    ),
]
_FFT = """    u = 2 * np.pi * np.arange({n}) / {n}
    t = np.minimum(u, 2 * np.pi - u)
    return np.fft.rfft(0.5 * ((np.cos(t) + 1) * kappa0(t) + kappa1(t))).real[: k_max + 1]"""
PLANTED += [
    ("not-divided", "ntk_eigenvalues", "    return result", _FFT.format(n=2000)),
    ("not-divided", "ntk_eigenvalues", "    return result", _FFT.format(n=4096)),
    (
        "grid-only",
        "fourier_coefficients",
        "    rows = [np",
        "    c = np.fft.rfft(values)[: k_max + 1]\n    if k_max < len(values) / 2:\n        return np.array([c[0].real, *np.ravel([[v.real, -v.imag] for v in c[1:]])])\n    rows = [np",
    ),
]
SLIPS_PLANTED = [
    (
        "overwritten",
        "backward",
        "return d.T @ x",
        "y = x; y *= 2; y /= 2; h = z; h[h > 0] = 1; return d.T @ x",
    ),
    (
        "overwritten",
        "jacobian",
        _HSTACK,
        "h = z; h[h > 0] = 1; h[h < 0] = 0\n    return np.hstack([first, h * a, relu(z)]) / np.sqrt(len(a))",
    ),
    ("inner-comparison", "relu_derivative", "> 0, 1.0", "< 0, 1.0"),
    ("square-of-sum", "balance", "(w**2).sum(axis=1)", "w.sum(axis=1) ** 2"),
    (
        "squares-of-terms",
        "loss",
        "np.mean((output - targets) ** 2)",
        "np.mean(output**2 - targets**2)",
    ),
    ("integer-division", "loss", "/ 2", "// 2"),
    ("integer-division", "forward", "/ np.sqrt(len(a))", "// np.sqrt(len(a))"),
    ("inner-comparison", "is_circulant", "<= 1e-9", ">= 1e-9"),
    ("inner-transposed", "frozen_kernel_prediction", "vectors.T @", "vectors @"),
    ("inner-transposed", "backward", "relu(z).T @ g", "g @ relu(z).T"),
    ("matrix-product", "frozen_kernel_prediction", "vectors @ shrunk", "vectors * shrunk"),
    ("matrix-product", "jacobian", "relu_derivative(z) * a", "relu_derivative(z) @ a"),
    ("wrong-axis", "balance", ".sum(axis=1)", ".sum()"),
    ("wrong-axis", "backward", "d.sum(axis=0)", "d.sum()"),
    ("off-by-one", "ntk_eigenvalues", "range(k_max + 1)", "range(k_max)"),
    ("off-by-one", "fourier_coefficients", "range(1, k_max + 1)", "range(k_max)"),
    ("return-in-loop", "gradient_descent", "    return w, b, a", "        return w, b, a"),
    (
        "statement-order",
        "growth_rate",
        _GROWTH,
        "output = 2 * output; residual = targets - output\n    return np.mean(residual * output)",
    ),
    (
        "missing-activation",
        "forward",
        "relu(circle_points(angles) @ w.T + b)",
        "(circle_points(angles) @ w.T + b)",
    ),
    ("missing-activation", "jacobian", "relu(z)]", "z]"),
    ("return-in-loop", "ntk_eigenvalues", "    return result", "        return result"),
    ("entry-order", "jacobian", "[first, d, relu(z)]", "[first, relu(z), d]"),
    ("entry-order", "circle_points", "[np.cos(angles), np.sin", "[np.sin(angles), np.cos"),
    (
        "statement-order",
        "loss",
        _LOSS,
        "targets = 2 * targets; residual = output - targets\n    return np.mean(residual * (output - targets / 2)) / 2",
    ),
    ("inverse", "kappa0", "1 - theta / np.pi", "np.pi / (np.pi - theta)"),
    ("inverse", "kappa0", "1 - theta / np.pi", "1 - np.pi / theta"),
    ("inverse", "kappa0", "1 - theta / np.pi", "1 / (1 - theta / np.pi)"),
    ("inverse", "steps_to_learn", _LOGARITHMS, " / ".join(_LOGARITHMS.split(" / ")[::-1])),
    ("wrong-operator", "kappa0", "theta / np.pi", "theta * np.pi"),
]
_OF_RELU = """out = np.zeros(z.shape)
    for j in range(z.size):
        if z.flat[j] < 0:
            break
        out.flat[j] = z.flat[j]
    return out"""
_OF_NEURONS = """x, f = circle_points(angles), np.zeros(len(angles))
    for j in range(len(angles)):
        for r in range(len(a)):
            z = w[r] @ x[j] + b[r]
            if z <= 0:
                break
            f[j] += a[r] * z
    return f / np.sqrt(len(a))"""
_OF_EACH = """x, f = circle_points(angles), 0
    for r in range(len(a)):
        a = a / np.sqrt(len(a))
        f = f + a[r] * relu(x @ w[r] + b[r])
    return f"""
_OF_LOSS = """total = 0
    for f, y in zip(output, targets):
        {body}
    return total"""
_OF_KERNEL = """n = len(angles)
    K = np.zeros((n, n))
    for i in range(n):
        for j in range({first}, n):
            u = np.arccos(np.cos(angles[i] - angles[j]))
            {entry} = 0.5 * ((np.cos(u) + 1) * kappa0(u) + kappa1(u))
    return K"""
_OF_MODES = """c = np.zeros(2 * k_max + 1)
    for k in range(k_max + 1):
        if k == 0:
            c[0] = np.mean(values)
        c[2 * k - 1] = np.sqrt(2) * np.mean(values * np.cos(k * angles))
        c[2 * k] = np.sqrt(2) * np.mean(values * np.sin(k * angles))
    return c"""
_SCALED = """c = [np.mean(values)]
    for k in range(1, k_max + 1):
        values = values * np.sqrt(2)
        c += [np.mean(values * np.cos(k * angles)), np.mean(values * np.sin(k * angles))]
    return np.array(c)"""
_MODES = "return np.array(rows) @ values / len(angles)"
_BOTH_LAYERS = "0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta))"
_NEURONS = "return relu(circle_points(angles) @ w.T + b) @ a / np.sqrt(len(a))"
_BREAK, _GO_ON = "            if z <= 0:\n                break", "            z = z * (z > 0)"
_OF_KERNEL_OF_NETWORK = """j, n = jacobian(w, b, a, angles), len(angles)
    K = np.zeros((n, n))
    for s in range(n):
        for t in range(s + 1):
            K[s, t] = j[s] @ j[t]
    return K"""
_ONE_SIDE = "theta = angle_between(angles, angles)\n    return " + _BOTH_LAYERS
SLIPS_PLANTED += [
    ("break-for-continue", "relu", "return np.maximum(z, 0)", _OF_RELU),
    (
        "belongs-after-loop",
        "loss",
        _LOSS,
        _OF_LOSS.format(body="total += (f - y) ** 2\n        total /= 2 * len(output)"),
    ),
    (
        "belongs-in-loop",
        "loss",
        _LOSS,
        _OF_LOSS.format(body="r = f - y\n    total += r**2 / 2 / len(output)"),
    ),
    ("not-added-up", "loss", _LOSS, _OF_LOSS.format(body="total = (f - y) ** 2 / 2 / len(output)")),
    ("belongs-before-loop", "fourier_coefficients", _MODES, _SCALED),
    (
        "line-too-many",
        "fourier_coefficients",
        _MODES,
        f"values = values - np.mean(values)\n    {_MODES}",
    ),
    ("missing-else", "fourier_coefficients", _MODES, _OF_MODES),
    ("break-for-continue", "forward", _NEURONS, _OF_NEURONS),
    (
        "return-for-continue",
        "forward",
        _NEURONS,
        _OF_NEURONS.replace("                break", "                return f"),
    ),
    (
        "return-for-continue",
        "relu",
        "return np.maximum(z, 0)",
        _OF_RELU.replace("break", "return out"),
    ),
    (
        "belongs-after-loop",
        "growth_rate",
        _GROWTH,
        _OF_LOSS.format(body="total += 2 * (y - f) * f\n        total /= len(output)"),
    ),
    (
        "not-added-up",
        "forward",
        _NEURONS,
        _OF_NEURONS.replace(_BREAK, _GO_ON).replace("+= a[r]", "= a[r]"),
    ),
    ("belongs-before-loop", "forward", _NEURONS, _OF_EACH),
    (
        "belongs-in-loop",
        "gradient_descent",
        "    for _ in range(steps):\n        gw, gb, ga = backward(w, b, a, angles, targets)\n",
        "    v = backward(w, b, a, angles, targets)\n    for _ in range(steps):\n        gw, gb, ga = v\n",
    ),
    ("line-too-many", "kappa1", "    return", "    theta = theta - np.sin(theta)\n    return"),
    ("missing-else", "ntk_eigenvalues", "elif k == 1", "if k == 1"),
    (
        "half-filled",
        "empirical_ntk",
        "j = jacobian(w, b, a, angles)\n    return j @ j.T",
        _OF_KERNEL_OF_NETWORK,
    ),
    ("half-filled", "analytic_ntk", _ONE_SIDE, _OF_KERNEL.format(first="i", entry="K[i, j]")),
    (
        "off-by-one",
        "analytic_ntk",
        _ONE_SIDE,
        _OF_KERNEL.format(first="i + 1", entry="K[i, j] = K[j, i]"),
    ),
]
