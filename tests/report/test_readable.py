"""Signs and small letters in place of what a keyboard has."""

import pytest

from minintk.report.readable import readable

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("λ_kτ > 12, r_k and x_0", "λₖτ > 12, rₖ and x₀"),
        ("exp(−λ_k τ)", "exp(−λₖ τ)"),
        ("slope below -0.05, turning -1992", "slope below −0.05, turning −1992"),
        ("[-1, 2]", "[−1, 2]"),
        ("to 1e-13 and 1.3e-05, 2.5e+07", "to 10⁻¹³ and 1.3 × 10⁻⁵, 2.5 × 10⁷"),
        ("move by 1e+00, 2.5e-10", "move by 1, 2.5 × 10⁻¹⁰"),
        ("-1.5e−07", "−1.5 × 10⁻⁷"),
        ("m = 2^18, γ^-2", "m = 2¹⁸, γ⁻²"),
        ("ln(1 − ηλ_k), ‖Tφ_k − λ_kφ_k‖", "ln(1 − ηλₖ), ‖Tφₖ − λₖφₖ‖"),
        ("A_jl/√(A_jj A_ll), mean |A_kk|", "Aⱼₗ/√(Aⱼⱼ Aₗₗ), mean |Aₖₖ|"),
    ],
)
def test_what_is_changed(text, shown):
    assert readable(text) == shown


@pytest.mark.parametrize(
    "text",
    ["claims.json", "k^-0.5", "L_MF", "A_kc,kc", "data/another_one.npz", "5–95 %", "n-2", "3e",
     "m^(-1/2)", "2-3", "0x1e-5", "band_means"],
)  # fmt: skip
def test_what_is_left(text):
    assert readable(text) == text.replace("(-1", "(−1").replace("^-0", "^−0")
