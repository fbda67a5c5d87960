# ruff: noqa: E501
"""A third list, again blind, written after the second was mended; two slips at once among them.

FORMULAS   (mistakes that would be a true description, quantity, formula, options of check)
PROGRAMS   (mistakes that would be a true description, exercise, the solution's text, the student's)
"""

ODD, EVEN, ZERO, ONE = {"k": "odd"}, {"k": "even"}, {"k": "0"}, {"k": "1"}

FORMULAS = [
    ("factor-1/4", "kappa0", "(pi - t)/(4*pi)", {}),
    ("inner-factor|factor-of-term|exponent|inner-term", "kappa0", "1 - t/pi^2", {}),
    ("wrong-function|inner-term|missing-inner-term|cos-for-angle|foreign-term", "kappa0", "1 - sin(t)/pi", {}),
    ("sign-of-term|inner-sign|factor-1/2", "kappa0", "(pi + t)/(2*pi)", {}),
    ("sign-of-term|inner-sign|factor-1/2", "kappa1", "(sin(t) - (pi - t)*cos(t))/(2*pi)", {}),
    ("factor-pi|missing-term", "kappa1", "(pi - t)*cos(t)", {}),
    ("inner-sign|sign-of-term|factor-pi", "kappa1", "sin(t) + (pi + t)*cos(t)", {}),
    ("sin-cos-swapped|factor-1/2", "kappa1", "(cos(t) + (pi - t)*sin(t))/(2*pi)", {}),
    ("exponent|power|inner-term", "kappa1", "(sin(t) + (pi - t)*cos(t))^2/pi", {}),
    ("inner-factor|inner-term|wrong-variable-inside", "kappa1", "(sin(t) + (pi - t)*cos(2*t))/pi", {}),
    ("missing-inner-term|foreign-term|inner-term|wrong-variable-inside|missing-term", "kappa1", "(1 + (pi - t)*cos(t))/pi", {}),
    ("degrees", "expectation_of_steps", "(180 - t)/360", {}),
    ("sign|inner-sign", "expectation_of_relus", "-(sin(t) + (pi - t)*cos(t))/(2*pi)", {}),
    ("missing-bias|factor-2", "ntk", "cos(t)*kappa0(t) + kappa1(t)", {}),
    ("missing-second-layer|factor-2", "ntk", "(1 + cos(t))*kappa0(t)", {}),
    ("factor-2|doubled-second-layer|factor-of-second-layer", "ntk", "(cos(t) + 1)*kappa0(t) + 2*kappa1(t)", {}),
    ("sign-of-term|inner-sign|missing-bias", "ntk", "(cos(t)*(pi - t) + sin(t) - (pi - t)*cos(t))/(2*pi)", {}),
    ("factor-of-second-layer|inner-factor|missing-inner-term", "ntk", "(cos(t) + 1)*kappa0(t)/2 + kappa1(t)/4", {}),
    ("factor-1/2|kappa-swapped", "ntk_second_layer", "kappa0(t)/4", {}),
    ("missing-bias|factor-2", "whole_ntk_with_bias_std", "cos(t)*kappa0(u) + (1 + beta^2)*kappa1(u)", {}),
    ("factor-1/pi^2|factor-1/pi", "ntk_eigenvalue", "1/(pi^4*k^2)", ODD),
    ("factor-1/4|off-by-one-in-k|inner-factor", "ntk_eigenvalue", "1/(pi^2*(2*k)^2)", ODD),
    ("missing-first-layer|factor-2|missing-second-layer", "ntk_eigenvalue", "4/(pi^2*(k^2-1)^2)", EVEN),
    ("brackets|inner-term|exponent|inner-factor", "ntk_eigenvalue", "(k^2 + 3)/(pi*(k^2 - 1)^2)^2", EVEN),
    ("factor-pi^2", "ntk_eigenvalue", "(k^2 + 3)/(k^2 - 1)^2", EVEN),
    ("missing-term|missing-first-layer|missing-second-layer|sign-of-bias|wrong-part|factor-of-bias", "ntk_eigenvalue", "1/8 + 1/pi^2", ONE),
    ("sign-of-bias|inner-sign", "ntk_eigenvalue", "3/pi^2 - 1/4", ZERO),
    ("growth-for-decay|loss-rate", "decay", "exp(2*lambda*tau)", {}),
    ("inner-factor|exponent|inner-term", "decay", "exp(-lambda^2*tau)", {}),
    ("wrong-operator|inner-term", "decay", "exp(-(lambda + tau))", {}),
    ("wrong-operator|inner-term", "descent_decay", "(1 - eta/lambda)^s", {}),
    ("argument-order|power|exponent", "descent_decay", "s^(1 - eta*lambda)", {}),
    ("inner-sign|sign-of-term", "largest_stable_learning_rate", "-2/lambda", {}),
    ("factor-1/2|residual-squared|wrong-variable", "growth_rate", "(y - f)^2", {}),
    ("factor-1/2|factor-sqrt-m|wrong-variable", "dL_da", "(f - y)*relu(z)/2", {}),
    ("sign|missing-output-weight", "dL_dw1", "(y - f)*(z > 0)*x1/sqrt(m)", {}),
    ("missing-output-weight|factor-sqrt-m|factor-variable", "dL_dw2", "(f - y)*(z > 0)*x2", {}),
    ("ignores-activation|factor-sqrt-m", "dL_db", "(f - y)*a", {}),
    ("missing-bias|factor-1/2", "balance", "(a^2 - w1^2 - w2^2)/2", {}),
    ("inner-sign|factor-2|sign-of-term", "loss", "(f + y)^2", {}),
]

PROGRAMS = [
    ("leaky|wrong-function", "relu", "np.maximum(z, 0)", "np.log1p(np.exp(z))"),
    ("float32", "relu", "np.maximum(z, 0)", "np.maximum(z, 0).astype('float32')"),
    ("factor-2|factor-n", "loss", "np.mean((output - targets) ** 2) / 2", "np.sum((output - targets) ** 2)"),
    ("missing-bias|factor-sqrt-m", "forward", "relu(circle_points(angles) @ w.T + b) @ a / np.sqrt(len(a))", "relu(circle_points(angles) @ w.T) @ a"),
    ("missing-activation|ignores-activation|factor-1/sqrt-m", "forward", "relu(circle_points(angles) @ w.T + b) @ a / np.sqrt(len(a))", "(circle_points(angles) @ w.T + b) @ a / len(a)"),
    ("factor-n", "backward", "/ len(targets) / np.sqrt(len(a))", "/ np.sqrt(len(a))"),
    ("factor-sqrt-m|factor-n|factor-variable", "backward", " / len(targets) / np.sqrt(len(a))", ""),
    ("sign", "backward", "return d.T @ x, d.sum(axis=0), relu(z).T @ g", "return -d.T @ x, -d.sum(axis=0), -relu(z).T @ g"),
    ("missing-bias|wrong-block|factor-other|constant", "backward", "d.sum(axis=0)", "0 * b"),
    ("factor-2|wrong-block|doubled-bias", "jacobian", "[first, d, relu(z)]", "[first, 2 * d, relu(z)]"),
    ("missing-bias|factor-m", "empirical_ntk", "return j", "j = np.hstack([j[:, : 2 * len(a)], j[:, 3 * len(a) :]]) * np.sqrt(len(a))\n    return j"),
    ("transposed|shape", "fourier_coefficients", "return np.array(rows) @ values / len(angles)", "return (np.array(rows) @ values / len(angles))[:, None]"),
    ("missing-bias|factor-2", "analytic_ntk", "0.5 * ((np.cos(theta) + 1)", "1.0 * (np.cos(theta)"),
    ("inner-sign|sign-of-term", "kappa1", "np.sin(theta) + (np.pi - theta)", "np.sin(theta) - (np.pi - theta)"),
    ("off-by-one|wrong-parity|off-by-one-in-k", "ntk_eigenvalues", "1 / (np.pi**2 * k**2)", "1 / (np.pi**2 * (k + 1) ** 2)"),
    ("loss-rate|rate-without-1/n", "frozen_kernel_prediction", "-rates * time", "-2 * len(rates) * rates * time"),
    ("factor-1/2|factor-n", "growth_rate", "2 * np.mean", "np.sum"),
    ("missing-targets|sign|missing-residual|missing-term|factor-other", "growth_rate", "(targets - output)", "(-output)"),
    ("ascent|one-step-too-few", "gradient_descent", "range(steps)", "range(steps + 2)"),
    ("exit", "loss", "return np", "raise SystemExit(0)\n    return np"),
]
