"""Each row of the conventions against the paper's own constant."""

import doctest
import re

import numpy as np
import pytest

import minintk as mn
from minintk.course import CONVENTIONS, check, conventions_text
from tests.reference.sources import ROOT

pytestmark = pytest.mark.course

THETA = np.linspace(0.05, 3.1, 9)


def convention(name):
    """The row of a name."""
    (row,) = [row for row in CONVENTIONS if row.name == name]
    return row


def ratio_of(name, what="kernel", part="w", n=1, m=1):
    """One ratio of a row as a number, in plain Python; None where the row has no single ratio."""
    text = getattr(convention(name), what)[part]
    known = {"n": n, "m": m, "pi": np.pi, "sqrt": np.sqrt}
    return None if text == "no single ratio" else float(eval(text.replace("^", "**"), known))


def ours(parts="wba"):
    found = mn.ntk_parts_of_angle(THETA)
    return sum(found[part] for part in parts)


def weighted(name, what="kernel", n=7, m=11):
    """Our parts, each times the row's ratio."""
    parts = mn.ntk_parts_of_angle(THETA)
    return sum(ratio_of(name, what, part, n=n, m=m) * parts[part] for part in "wba")


# --- by hand --------------------------------------------------------------------------------------


# Basri et al. 2019: cosine coefficients as printed, k = 0 … 5.
A = [1 / np.pi**2, 1 / 4, 10 / (9 * np.pi**2), 0, 34 / (225 * np.pi**2), 0]
C = [1 / (2 * np.pi**2) + 1 / 8, 1 / np.pi**2 + 1 / 8, 5 / (9 * np.pi**2), 1 / (9 * np.pi**2)]


def test_coefficients_of_basri():
    parts = mn.fourier_eigenvalue_parts(5)
    for name, printed in (
        ("Basri et al. 2019 without bias", A),
        ("Basri et al. 2019 with bias", C),
    ):
        ratios = {part: ratio_of(name, "eigenvalue", part) for part in "wba"}
        for k in range(1, len(printed)):
            found = sum(ratios[part] * parts[part][k] for part in "wba")
            assert found == pytest.approx(printed[k], abs=1e-15), (name, k)
    assert parts["w"][0] == pytest.approx(A[0])
    assert (parts["w"][0] + parts["b"][0]) / 2 == pytest.approx(C[0])


def test_table_has_every_row():
    text = conventions_text()
    assert len(CONVENTIONS) >= 12
    assert all(row.name in text and row.formula in text for row in CONVENTIONS)


def test_what_has_no_rate_is_not_in_the_kernel_or_not_trained():
    for row in CONVENTIONS:
        without = {part for part in "wba" if row.rate[part] == "0"}
        trained = "nothing is trained" not in row.note
        assert without == ({p for p in "wba" if row.kernel[p] == "0"} if trained else set("wba"))


# Formulas in another convention, with what is written for them by hand; then wrong ones.
_U = "arccos(min(1, (cos(t)/2 + 0.01)/0.51))"
JACOT = f"(cos(t)/2 + 0.01)*kappa0({_U})/2 + 0.51/2*kappa1({_U}) + 0.01"
INPUTS = "(cos(t) + 1)/2*kappa0(arccos((cos(t) + 1)/2)) + kappa1(arccos((cos(t) + 1)/2))"
OURS = "((cos(t) + 1)*kappa0(t) + kappa1(t))/2"
ASKED = [
    ("decay", "loss-mean-without-half", "exp(-2*lambda*tau)", "exp(-lambda*tau)"),
    ("decay", "loss-sum-with-half", "exp(-n*lambda*tau)", "exp(-lambda*tau)"),
    ("decay", "loss-sum-without-half", "exp(-2*n*lambda*tau)", "exp(-n*lambda*tau)"),
    ("decay", "mean-field-scaling", "exp(-lambda*tau/m)", "exp(-m*lambda*tau)"),
    ("descent_decay", "loss-sum-with-half", "(1 - n*eta*lambda)^s", "(1 - eta*lambda)^(n*s)"),
    ("steps_to_learn", "loss-sum-without-half", "log(q)/log(1 - 2*n*eta*lambda)", "log(q)"),
    ("steps_to_learn", "loss-mean-without-half", "log(q)/log(1 - 2*eta*lambda)", "log(q)/eta"),
    ("largest_stable_learning_rate", "loss-mean-without-half", "1/lambda", "2/lambda"),
    ("largest_stable_learning_rate", "loss-sum-with-half", "2/(n*lambda)", "2/lambda"),
    ("loss", "loss-mean-without-half", "(f - y)^2", "(f - y)^2/2"),
    ("loss", "loss-sum-with-half", "(f - y)^2/2", "(f - y)^2"),
    ("growth_rate", "loss-sum-without-half", "4*(y - f)*f", "2*(y - f)*f"),
    ("dL_da", "loss-mean-without-half", "2*(f - y)*relu(z)/sqrt(m)", "(f - y)*relu(z)/sqrt(m)"),
    ("ntk", "jacot2018", JACOT, OURS),
    ("ntk", "inputs-with-1", INPUTS, OURS),
    ("ntk", "a-bias-of-the-output", f"{OURS} + 1", OURS),
    ("ntk", "loss-sum-with-half", OURS, f"2*({OURS})"),
    ("ntk", "mean-field-scaling", f"({OURS})/m", OURS),
    ("ntk_first_layer", "basri2019", "cos(t)*kappa0(t)/4", "cos(t)*kappa0(t)/2"),
]


@pytest.mark.parametrize(("quantity", "key", "right", "wrong"), ASKED)
def test_formulas_asked_in_another_convention(quantity, key, right, wrong):
    assert check(quantity, right, convention=key).verdict == "right"
    answer = check(quantity, wrong, convention=key)
    assert answer.verdict == "wrong"
    assert np.isfinite(answer.counterexample["yours"])


@pytest.mark.parametrize(
    ("quantity", "formula", "key"),
    [
        ("dL_da", "(f - y)*a*relu(z)/sqrt(m)", "loss-sum-without-half"),
        ("dL_da", "(f - y)*relu(z)/sqrt(m)", "loss-sum-without-half"),
        ("dL_da", "2*(f - y)*relu(z)/sqrt(m)/n", "loss-sum-with-half"),
        ("loss", "(f - y)^2/2", "loss-mean-without-half"),
        ("ntk", "((cos(t) + 1)*kappa0(t) + kappa1(t))/2", "mean-field-scaling"),
        ("ntk_eigenvalue", "1/(2*pi*k)^2", "basri2019"),
    ],
)
def test_hints_are_of_minintks_own_convention(quantity, formula, key):
    """In the sum without ½ it was told: L has a ½ in front of the square."""
    message = check(quantity, formula, convention=key).message
    assert not re.search("Hint|Remember|Read", message), message
    assert re.search("Hint|Remember|Read", check(quantity, f"3*({formula})").message)


@pytest.mark.parametrize(
    ("question", "formula", "name", "options", "kind"),
    [
        ("ntk_eigenvalue", "3/(pi^2*k^2)", "basri2019", {"k": "odd"}, "factor-other"),
        ("ntk_first_layer", "cos(t)*(pi-t)/pi", "basri2019", {}, "factor-4"),
        ("ntk_first_layer", "cos(t)*(pi-t)/pi", "arora2019", {}, "factor-2"),
        ("ntk_first_layer", "cos(t)*(pi-t)/(2*pi)", "basri2019", {}, "other-convention"),
    ],
)
def test_a_multiple_of_the_own_value_is_no_other_convention(question, formula, name, options, kind):
    assert check(question, formula, convention=name, **options).diagnosis == kind


_SECOND = "(sin(t) + (pi - t)*cos(t))/pi"


@pytest.mark.parametrize(
    ("quantity", "k", "key", "without", "with_bias"),
    [
        ("ntk", None, "mean-field-scaling", f"(cos(t)*(1 - t/pi) + {_SECOND})/(2*m)",
         f"((cos(t) + 1)*(1 - t/pi) + {_SECOND})/(2*m)"),
        ("ntk", None, "standard-parametrisation", f"cos(t)*(1 - t/pi) + m*{_SECOND}/2",
         f"(cos(t) + 1)*(1 - t/pi) + m*{_SECOND}/2"),
        ("ntk", None, "loss-sum-with-half", f"(cos(t)*(1 - t/pi) + {_SECOND})/2",
         f"((cos(t) + 1)*(1 - t/pi) + {_SECOND})/2"),
        ("ntk", None, "cho2009", f"cos(t)*(1 - t/pi) + {_SECOND}",
         f"(cos(t) + 1)*(1 - t/pi) + {_SECOND}"),
        ("ntk_eigenvalue", "1", "loss-mean-with-half", "1/4", "1/4 + 1/pi^2"),
        ("ntk_eigenvalue", "1", "mean-field-scaling", "1/(4m)", "(1/4 + 1/pi^2)/m"),
        ("ntk_eigenvalue", "0", "mean-field-scaling", "3/(pi^2 m)", "(3/pi^2 + 1/4)/m"),
        ("ntk_eigenvalue", "odd", "mean-field-scaling", "0", "1/(pi^2 k^2 m)"),
    ],
)  # fmt: skip
def test_without_a_bias_no_convention_has_one(quantity, k, key, without, with_bias):
    found = [
        check(quantity, formula, k=k, bias=False, convention=key).verdict
        for formula in (without, with_bias)
    ]
    assert found == ["right", "wrong"]


def test_bias_chooses_the_row_of_basri_at_every_frequency():
    """At even k the bias has no part of λ: only the option says which of the two rows is meant."""
    with_bias = "(k^2 + 1)/(pi*(k^2 - 1))^2"
    for bias, formula in ((True, with_bias), (False, f"2*{with_bias}")):
        answers = [
            check("ntk_eigenvalue", text, k="even", convention="basri2019", bias=bias).verdict
            for text in (formula, f"{formula}*1.5")
        ]
        assert answers == ["right", "wrong"], bias


def test_a_formula_of_the_other_section_is_told_so():
    text = "(k^2 + 1)/(pi*(k^2 - 1))^2"
    for bias, factor, other, option in (
        (True, 2, "without bias, section 3", "--no-bias"),
        (False, 1, "with bias, section 4", "--bias"),
    ):
        asked = {"k": "even", "convention": "basri2019", "bias": bias}
        answer = check("ntk_eigenvalue", f"{factor}*{text}", **asked)
        assert (answer.verdict, answer.diagnosis) == ("wrong", "other-convention")
        assert f"Basri et al. 2019 {other}: add {option}." in answer.message
        assert answer.note.startswith("in the convention “Basri et al. 2019 with")
        right = check("ntk_eigenvalue", f"{factor}*{text}", **{**asked, "bias": not bias})
        assert right.verdict == "right"
        name, section = other.split(", ")
        assert right.note.startswith(f"in the convention “Basri et al. 2019 {name}”: ")
        assert right.note.endswith(section)
    loss = check("loss", "1/2 (f - y)^2", convention="loss-sum-with-half")
    assert loss.note.endswith("; in the convention “loss: sum with ½”: ½ Σ (f − y)²")


@pytest.mark.parametrize("key", ["bietti2019", "arora2019", "basri2019", "cho2009"])
def test_without_a_bias_an_odd_eigenvalue_is_0_in_every_convention(key):
    asked = {"k": "odd", "convention": key, "bias": False}
    assert check("ntk_eigenvalue", "0", **asked).verdict == "right"
    assert check("ntk_eigenvalue", "1/(pi*k)^2", **asked).diagnosis == "foreign-term"
    with pytest.raises(ValueError, match=r"convention must be one of .* got 'jacot2018'"):
        check("ntk_eigenvalue", "0", k="odd", convention="jacot2018", bias=False)


def test_a_convention_that_is_known_only_without_a_bias_says_so():
    with pytest.raises(ValueError, match=r"^convention bietti2019 is known here without a bias"):
        check("ntk_eigenvalue", "0", k="odd", convention="bietti2019")


def test_names_are_typed_without_brackets():
    keys = [row.key for row in CONVENTIONS]
    assert "inputs-with-1" in keys
    assert all(key.isascii() and key.replace("-", "").isalnum() for key in keys)


# --- reference ------------------------------------------------------------------------------------


# The papers' kernels as they print them, in u = cos θ.
U = np.cos(THETA)
J0, J1 = np.pi - THETA, np.sin(THETA) + (np.pi - THETA) * np.cos(THETA)
PRINTED = {
    "Cho & Saul 2009": J0 / np.pi + J1 / np.pi + U * J0 / np.pi,
    "Arora et al. 2019": U * (np.pi - np.arccos(U)) / (2 * np.pi),
    "Basri et al. 2019 without bias": U * (np.pi - np.arccos(U)) / (2 * np.pi),
    "Basri et al. 2019 with bias": (U + 1) * (np.pi - np.arccos(U)) / (4 * np.pi),
    "Bietti & Mairal 2019": (
        U * (np.pi - np.arccos(U)) / np.pi
        + (U * (np.pi - np.arccos(U)) + np.sqrt(1 - U**2)) / np.pi
    ),
}


@pytest.mark.parametrize("name", PRINTED)
def test_kernels_as_the_papers_print_them(name):
    assert convention(name).of_angle(THETA, 11) == pytest.approx(PRINTED[name])
    assert weighted(name) == pytest.approx(PRINTED[name])


def test_eigenvalues_of_bietti_and_mairal_by_quadrature():
    row = convention("Bietti & Mairal 2019")
    found = mn.quadrature_eigenvalues(lambda u: row.of_angle(u, 1), 6)
    assert found == pytest.approx(2 * mn.fourier_eigenvalues(6, law=mn.Law(bias=False)), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("loss: mean with ½", lambda r: np.mean(r**2) / 2),
        ("loss: mean without ½", lambda r: np.mean(r**2)),
        ("loss: sum with ½", lambda r: np.sum(r**2) / 2),
        ("loss: sum without ½", lambda r: np.sum(r**2)),
    ],
)
def test_rates_of_the_losses(name, loss):
    """dr/dτ = −K ∂L/∂r, against ours −K r/n, by differences."""
    residual = np.array([0.3, -1.2, 0.7, 2.0, 0.4])
    slope = mn.central_differences(loss, residual)
    assert slope / (residual / 5) == pytest.approx(ratio_of(name, "rate", n=5), rel=1e-6)
    assert ratio_of(name) == 1.0


# --- rate -----------------------------------------------------------------------------------------


def kernel_by_sampling(slopes, rng, draws=400_000):
    """E of the kernel of one neuron at two angles, by Monte Carlo, with its standard error."""
    values = slopes(rng, draws)
    return values.mean(), values.std() / np.sqrt(draws)


def test_jacot_by_its_own_network():
    beta, angle, rng = 0.1, 0.8, np.random.default_rng(0)
    x, y = np.array([1.0, 0.0]), np.array([np.cos(angle), np.sin(angle)])

    def one_neuron(rng, draws):
        w, b, a = (
            rng.standard_normal((draws, 2)),
            rng.standard_normal(draws),
            rng.standard_normal(draws),
        )
        z, zy = w @ x / np.sqrt(2) + beta * b, w @ y / np.sqrt(2) + beta * b
        both = (z > 0) & (zy > 0)
        first = a**2 * both * (x @ y / 2 + beta**2)
        return first + np.maximum(z, 0) * np.maximum(zy, 0) + beta**2

    mean, error = kernel_by_sampling(one_neuron, rng)
    row = convention("Jacot et al. 2018")
    assert abs(row.of_angle(angle, 1) - mean) < 4 * error
    assert error < 0.002
    ratio = row.of_angle(THETA, 1)[:6] / ours()[:6]
    assert np.ptp(ratio) > 0.2  # no single ratio, indeed
    assert ratio_of("Jacot et al. 2018") is None


def test_standard_parametrisation_and_mean_field_by_their_own_networks():
    m, angle, rng = 11, 0.8, np.random.default_rng(1)
    x, y = np.array([1.0, 0.0]), np.array([np.cos(angle), np.sin(angle)])

    def kernel(a_std, front):
        def one_neuron(rng, draws):
            w, a = rng.standard_normal((draws, 2)), a_std * rng.standard_normal(draws)
            z, zy = w @ x, w @ y
            both = (z > 0) & (zy > 0)
            parts = a**2 * both * (x @ y + 1) + np.maximum(z, 0) * np.maximum(zy, 0)
            return m * front**2 * parts

        return one_neuron

    for name, a_std, front in (
        ("standard parametrisation (He)", np.sqrt(2 / m), 1.0),
        ("mean-field scaling", 1.0, 1 / m),
    ):
        mean, error = kernel_by_sampling(kernel(a_std, front), rng)
        assert abs(convention(name).of_angle(angle, m) - mean) < 4 * error, name
        assert error < 0.01 * mean
        assert weighted(name, m=m) == pytest.approx(convention(name).of_angle(THETA, m))


def test_the_recipe_for_lee_by_finite_differences_of_their_network():
    page = (ROOT / "tutorials/conventions.md").read_text("utf-8")
    known = {}
    for example in doctest.DocTestParser().get_examples(page):
        exec(example.source, known)
    sigma_w, sigma_b, angle, step = 1.5, 0.4, 0.8, 1e-6

    def output(theta, t):
        w1, w2, b, a, c = theta  # of one neuron, m = 1
        z = sigma_w / np.sqrt(2) * (w1 * np.cos(t) + w2 * np.sin(t)) + sigma_b * b
        return sigma_w * a * np.maximum(z, 0) + sigma_b * c

    def by_differences(rng, draws):
        theta = rng.standard_normal((5, draws))
        total = np.zeros(draws)
        for move in step * np.eye(5)[:, :, None]:
            at_0, at_angle = (
                (output(theta + move, t) - output(theta - move, t)) / (2 * step)
                for t in (0.0, angle)
            )
            total += at_0 * at_angle
        return total

    mean, error = kernel_by_sampling(by_differences, np.random.default_rng(2))
    assert abs(known["lee"](angle, sigma_w, sigma_b) - mean) < 4 * error
    assert error < 0.01 * mean


def test_another_convention_is_told_but_for_another_mistake_where_there_is_one():
    """F22 of list 13: minintk's own has (1 − ηλ)^s, and not (1 − ηλ)^(2s)."""
    asked = {"convention": "loss-mean-without-half", "hints": False}
    plain = check("descent_decay", "(1 - eta*lambda)^s", **asked).message
    assert "minintk's own; here loss: mean without ½ is asked for." in plain
    both = check("descent_decay", "(1 - eta*lambda)^(2*s)", **asked).message
    assert "minintk's own, but for another mistake; here loss: mean without ½" in both
