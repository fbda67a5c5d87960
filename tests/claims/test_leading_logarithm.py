"""The claim on the leading logarithm: its slopes between widths, and the lines of its figure."""

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims.beyond import leading_logarithm
from tests.reference.canvas import Canvas
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- reference ------------------------------------------------------------------------------------


def logarithm_record():
    size = leading_logarithm.Configuration(
        frequencies=(2, 3), several=(1, 3), widths=(2**10, 2**12, 2**18), k_max=3, steps=40
    )
    rng = np.random.default_rng(2)
    change = rng.normal(size=(3, 3, 7, 7))
    for row, k in enumerate(size.frequencies):  # its own two entries are the largest
        for mode in (2 * k - 1, 2 * k):
            change[row, 2, mode, mode] = 100.0
    parts = [
        {"change": change[(2, 3, 0).index(unit.key[0]), size.widths.index(unit.key[1])]}
        for unit in leading_logarithm.units(size)
    ]
    return change, leading_logarithm.collect(size, parts)


def test_the_slopes_of_the_logarithm_are_those_between_the_last_two_widths():
    change, record = logarithm_record()
    slopes = (change[:, 2] - change[:, 1]) / (0.5 * np.log(2.0**6))
    rates, misses, others = mn.fourier_eigenvalues(3), [], []
    for row, k in enumerate((2, 3)):
        own, shifted = evolving.relative_split(k, 1.0, 20.0, learning_rate=0.5)
        relative = slopes[row].diagonal() / rates[k]
        expected = relative[[2 * k - 1, 2 * k]] / [own, shifted]
        assert_close(record.slope_over_theory[row], expected, 1e-12)
        assert_close(record.split[row], [own, shifted], 1e-14)
        misses += list(np.abs(expected - 1))
        others += [abs(relative[i]) / shifted for i in range(7) if i not in (2 * k - 1, 2 * k)]
    assert abs(record.largest_miss / max(misses) - 1) < 1e-12
    assert abs(record.largest_without_logarithm / max(others) - 1) < 1e-12
    target = mn.target_coefficients((1, 3), amplitude=0.5)
    theory = evolving.leading_logarithm(target, 20.0, 3, learning_rate=0.5)
    miss = np.abs(slopes[2] - theory).max() / np.abs(theory).max()
    assert abs(record.miss_of_several / miss - 1) < 1e-12
    assert (record.change_of_several == change[2]).all()


def test_the_lines_of_the_logarithm_go_through_the_last_width():
    change, record = logarithm_record()
    axis = Canvas()
    leading_logarithm._draw_slopes(record, axis)
    drawn, rates = axis.of("plot"), mn.fourier_eigenvalues(3)
    assert len(drawn) == 8
    cells = [(row, k, phase) for row, k in enumerate((2, 3)) for phase in (0, 1)]
    for (row, k, phase), (points, _), (line, _) in zip(cells, drawn[::2], drawn[1::2], strict=True):
        mode = 2 * k - 1 + phase
        values = change[row, :, mode, mode] / rates[k]
        assert_close(points[1], values, 1e-14)
        assert abs(line[1][-1] - values[-1]) < 1e-12 * abs(values[-1])
        slope = (line[1][-1] - line[1][0]) / (0.5 * np.log(2.0**8))
        assert abs(slope / record.split[row, phase] - 1) < 1e-12
