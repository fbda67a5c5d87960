"""Variants of a network: other arrays, or turned around the circle."""

import math

import numpy as np

import minintk as mn


def with_arrays(params, **arrays):
    kept = {name: getattr(params, name) for name in ("w", "b", "a", "trained")}
    return mn.Params(**{**kept, **arrays})


def rotated(params, turn):
    c, s = math.cos(turn), math.sin(turn)
    return with_arrays(params, w=params.w @ np.array([[c, s], [-s, c]]))
