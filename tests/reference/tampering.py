"""What is put in the place of a right function: kernels, formulas and descents that are wrong."""

import numpy as np


def bent(kernel):
    """A kernel of the points themselves instead of the angle between them."""
    return lambda angles, *others, **law: (
        kernel(angles, *others, **law) * (1 + 1e-6 * np.cos(angles)[:, None])
    )


def scaled(function, factor):
    return lambda *arguments, **options: factor * function(*arguments, **options)


def raised(kernel):
    return lambda angle, **law: kernel(angle, **law) + 1e-9 * angle


def without_ends(velocity):
    def changed(*arguments):
        result = velocity(*arguments)
        return result._replace(ends={part: 0 * block for part, block in result.ends.items()})

    return changed


def of_width(formula, factor):
    """The formula of another width: right where the draw adds nothing."""
    return lambda k, amplitude, width, times, **options: formula(
        k, amplitude, factor * width, times, **options
    )


def with_losses(descent, factor):
    def changed(*arguments, **options):
        trained, losses, *rest = descent(*arguments, **options)
        return trained, factor * losses, *rest

    return changed


def at_another_width(descent, factor):
    def changed(start, objective_of, targets, width, *arguments, **options):
        return descent(start, objective_of, targets, factor * width, *arguments, **options)

    return changed
