"""Reference solutions of the exercises, vectorised."""

import numpy as np


def relu(z):
    return np.maximum(z, 0)


def relu_derivative(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def circle_points(angles):
    return np.column_stack([np.cos(angles), np.sin(angles)])


def forward(w, b, a, angles):
    return relu(circle_points(angles) @ w.T + b) @ a / np.sqrt(len(a))


def loss(output, targets):
    return np.mean((output - targets) ** 2) / 2


def backward(w, b, a, angles, targets):
    x = circle_points(angles)
    z = x @ w.T + b
    g = (forward(w, b, a, angles) - targets) / len(targets) / np.sqrt(len(a))
    d = g[:, None] * relu_derivative(z) * a
    return d.T @ x, d.sum(axis=0), relu(z).T @ g


def gradient_descent(w, b, a, angles, targets, learning_rate, steps):
    for _ in range(steps):
        gw, gb, ga = backward(w, b, a, angles, targets)
        w, b, a = w - learning_rate * gw, b - learning_rate * gb, a - learning_rate * ga
    return w, b, a


def jacobian(w, b, a, angles):
    x = circle_points(angles)
    z = x @ w.T + b
    d = relu_derivative(z) * a
    first = (d[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return np.hstack([first, d, relu(z)]) / np.sqrt(len(a))


def empirical_ntk(w, b, a, angles):
    j = jacobian(w, b, a, angles)
    return j @ j.T


def angle_between(angles, other_angles):
    x, y = circle_points(angles), circle_points(other_angles)
    cross = np.outer(x[:, 0], y[:, 1]) - np.outer(x[:, 1], y[:, 0])
    return np.arctan2(np.abs(cross), x @ y.T)


def kappa0(theta):
    return 1 - theta / np.pi


def kappa1(theta):
    return (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi


def analytic_ntk(angles):
    theta = angle_between(angles, angles)
    return 0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta))


def is_circulant(matrix):
    n = len(matrix)
    rolled = np.array([np.roll(matrix[i], -i) for i in range(n)])
    return bool(np.abs(rolled - rolled[0]).max() <= 1e-9 * np.abs(matrix).max())


def fourier_coefficients(angles, values, k_max):
    rows = [np.ones(len(angles))]
    for k in range(1, k_max + 1):
        rows += [np.sqrt(2) * np.cos(k * angles), np.sqrt(2) * np.sin(k * angles)]
    return np.array(rows) @ values / len(angles)


def ntk_eigenvalues(k_max):
    result = np.empty(k_max + 1)
    for k in range(k_max + 1):
        if k == 0:
            result[k] = 3 / np.pi**2 + 1 / 4
        elif k == 1:
            result[k] = 1 / 4 + 1 / np.pi**2
        elif k % 2 == 0:
            result[k] = (k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 2)
        else:
            result[k] = 1 / (np.pi**2 * k**2)
    return result


def frozen_kernel_prediction(kernel, initial_output, targets, time):
    rates, vectors = np.linalg.eigh(kernel / len(kernel))
    shrunk = np.exp(-rates * time) * (vectors.T @ (initial_output - targets))
    return targets + vectors @ shrunk


def steps_to_learn(eigenvalue, learning_rate, remaining):
    return np.log(remaining) / np.log1p(-learning_rate * eigenvalue)


def balance(w, b, a):
    return a**2 - (w**2).sum(axis=1) - b**2


def growth_rate(output, targets):
    return 2 * np.mean((targets - output) * output)


def kernel_change(w, b, a, angles, targets, learning_rate, steps):
    before = empirical_ntk(w, b, a, angles)
    after = empirical_ntk(*gradient_descent(w, b, a, angles, targets, learning_rate, steps), angles)
    return np.linalg.norm(after - before) / np.linalg.norm(before)
