"""The two targets of the study's claim about the evolving kernel, which others reuse."""

from __future__ import annotations

from ..circle import target_coefficients

# Fourier coefficients of Σ cos(kt + 0.3k), and of the same with amplitude ½.
TARGETS = {
    "low": target_coefficients((1, 2, 3), amplitude=1.0),
    "high": target_coefficients((1, 2, 4, 8), amplitude=0.5),
}
