"""The rules of the lists in a reader's own sizes: what breaks one is told, and all else runs."""

import dataclasses
import json
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from minintk.claims import CLAIMS
from minintk.claims.claim import summary
from minintk.report.rules import RULES, broken_limit, broken_rule
from minintk.report.sizes import SizeError, jobs_of
from tests.reference.claim_runs import run_with_control, tiny, tiny_outcome

pytestmark = pytest.mark.command

LISTS = [
    (name, field)
    for name, claim in CLAIMS.items()
    for field, value in vars(claim.default).items()
    if isinstance(value, tuple)
]
# Of which one value is too few; all others run with one.
TOO_FEW = {
    ("rotation", "widths"),
    ("eigenfunctions", "biases"),
    ("spectral_bias", "frequencies"),
    ("sampling", "sizes"),
    ("width", "widths"),
    ("isotropic_growth", "at_steps"),
    ("leading_logarithm", "widths"),
    ("kink", "widths"),
}


def job(name, change):
    """A claim at its tiny size, but for a change."""
    claim = dataclasses.replace(CLAIMS[name], quick=tiny(name))
    return jobs_of([claim], "quick", [f"{name}.{change}"])[0]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("rotation.widths=64", "have two values or more, since a slope is fitted, got 64"),
        ("sampling.sizes=128", "have two values or more, since a slope is fitted, got 128"),
        ("sampling.sizes=8,64", "begin above 2 k_max = 2 × 4, got 8, 64"),
        ("eigenfunctions.biases=true", "have both true and false, got true"),
        ("eigenfunctions.biases=true,true", "be some of true, false, each once, got true, true"),
        ("eigenfunctions.grids=129", "begin with an even number above k_max = 32, since odd k"),
        ("spectral_bias.frequencies=2,3", "have two values or more from 3 on, since an exponent"),
        ("spectral_bias.frequencies=3,16", "stay below half of points = 32, got 3, 16"),
        ("spectral_bias.unlearned=17", "stay below half of points = 32, got 17"),
        ("evolving.widths=64", "have 16 or 32, which are judged, got 64"),
        ("evolving.wide=16", "begin above the last of widths, got 16"),
        ("evolving.starts=equal", "be some of antisymmetric, independent, each once, got equal"),
        ("cause.widths=32", "have 16 or 64, which are judged, got 32"),
        ("cause.at_steps=1,9", "begin at 2 or above, since the first step is the same"),
        ("growth.widths=15", "be even, since neurons start in antisymmetric pairs, got 15"),
        ("growth.widths=64,16", "increase from value to value, got 64, 16"),
        ("growth.widths=16,16", "increase from value to value, got 16, 16"),
        ("growth.widths=0", "be positive, got 0"),
        ("growth.trained=w,c", "be some of w, b, a, each once, got w, c"),
        ("isotropic_growth.at_steps=9", "have more values than slopes_from = 1, since slopes"),
        ("alignment.wide=16", "begin above the last of widths, got 16"),
        ("alignment.widths=2", "begin at 4 or above, since fewer neurons may all end at rest"),
        ("mean_field_fluctuation.at_steps=9", "be even, since the response takes two steps"),
        ("frozen_fluctuation.frequencies=17", "be at most k_max = 16, got 17"),
        ("evolving_or_frozen.frequencies=16", "stay below half of points = 32, got 16"),
        ("phase_split.widths=8", "begin at 16 or above, since on fewer neurons"),
        ("leading_logarithm.frequencies=5", "be at most k_max = 3, got 5"),
        ("leading_logarithm.several=1,4", "be at most k_max = 3, got 1, 4"),
        ("kink.widths=1024,65536", "have three values or more, two of them from late = 65536 on"),
        ("kink.points=6", "be above 2 frequency = 2 × 3, got 6"),
        ("hard_targets.betas=-0.5", "be positive, got -0.5"),
        ("decay.amplitude=-1", "be positive, got -1.0"),
        ("decay.amplitude=0", "be positive, got 0.0"),
        ("decay.large_amplitude=0", "be positive, got 0.0"),
        ("spectral_bias.amplitude=-0.1", "be positive, got -0.1"),
        ("phase_split.amplitude=0", "be positive, got 0.0"),
        ("leading_logarithm.amplitude_of_several=0", "be positive, got 0.0"),
        ("evolving_or_frozen.amplitudes=0", "be positive, got 0.0"),
        ("spectral_bias.unlearned=2,3", "be odd and 3 or above, since without a bias the others"),
        ("spectral_bias.unlearned=1", "be odd and 3 or above, since without a bias the others"),
        ("decay.k_max=12", "be below half of points = 24, got 12"),
        ("mean_field.widths=32", "have 16 or a width from 64 on, which are judged, got 32"),
        ("hard_targets.last=50", "be 100 or above, where the first window ends, got 50.0"),
        ("hard_targets.k_max=0", "be positive, got 0"),
        ("evolving.steps=0", "be positive, got 0"),
        ("alignment.k_max=0", "be positive, since off the diagonal is looked at, got 0"),
        ("alignment.points=8", "be above 2 k_max = 2 × 4, got 8"),
        ("decomposition.points=16", "be above 2 k_max = 2 × 8, got 16"),
        ("eigenfunctions.k_max=0", "be positive, got 0"),
        ("rotation.points=0", "be positive, got 0"),
        ("decay.width=15", "be even, since neurons start in antisymmetric pairs, got 15"),
        ("spectral_bias.width=15", "be even, since neurons start in antisymmetric pairs, got 15"),
        ("decay.learning_rate=3.62", "be at most 2/λ_0 = 3.61, as at infinite width, got 3.62"),
        ("evolving.learning_rate=9", "be at most 2/λ_0 = 3.61, as at infinite width, got 9.0"),
        ("kernel_velocity.learning_rate=9", "be at most 2/λ_0 = 3.61, as at infinite"),
        ("decay.seeds=1", "be 2 or more, since an interval needs two seeds, got 1"),
        ("decay.large_seeds=1", "be 2 or more, since an interval needs two seeds, got 1"),
        ("alignment.wide_seeds=1", "be 2 or more, since an interval needs two seeds, got 1"),
        ("hard_targets.radii=1", "begin at 2 or above, since the limit's nodes"),
        ("hard_targets.widths=1,4", "decrease from value to value, got 1.0, 4.0"),
    ],
)
def test_a_broken_rule_names_the_field_and_the_rule_in_one_sentence(change, words):
    name, _, field = change.partition("=")[0].partition(".")
    with pytest.raises(SizeError, match=r".") as error:
        job(name, change.partition(".")[2])
    assert str(error.value).startswith(f"{name}.{field} must {words}")
    assert "\n" not in str(error.value)
    assert ". " not in str(error.value)


@pytest.mark.parametrize("name", [n for n, c in CLAIMS.items() if getattr(c.default, "seeds", 0)])
def test_one_seed_has_no_interval(name):
    for field in {"seeds", "wide_seeds", "large_seeds"} & {*vars(CLAIMS[name].default)}:
        with pytest.raises(
            SizeError, match=rf"^{name}\.{field} must be 2 or more, since an interval"
        ):
            job(name, f"{field}=1")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ("evolving.learning_rate=3",
         "StabilityError: learning_rate must not be above 2/λ_max = 2.90268 (network 1; "
         "allow_catapult=True trains all the same), got 3",
         "evolving.learning_rate must be at most 2.903 at these sizes, the 2/λ_max of a network "
         "that was drawn, got 3"),
        ("mean_field_fluctuation.learning_rate=2",  # its response takes two steps at once
         "minintk._stability.StabilityError: learning_rate must not be above 2/λ_max = 3.60822 "
         "(lower it), got 4",
         "mean_field_fluctuation.learning_rate must be at most 1.804 at these sizes, the 2/λ_max "
         "of a network that was drawn, got 2"),
        ("decay.learning_rate=1.5",
         "ValueError: learning_rate must be smaller, to see k = 0 fall in two steps",
         "decay.learning_rate must be smaller, to see k = 0 fall in two steps, got 1.5"),
        ("decay.learning_rate=1.5", "ValueError: width must be positive, got 0", ""),
        ("rotation.points=16", "RuntimeError: this unit cannot be measured", ""),
    ],
)  # fmt: skip
def test_a_limit_that_the_run_alone_knows_is_told_of_the_rate_that_was_set(change, error, said):
    name, _, rest = change.partition(".")
    claim, sizes, _ = job(name, rest)
    assert broken_limit(claim, sizes, error) == said


def test_odd_widths_are_fine_where_no_neuron_has_a_partner():
    assert job("rotation", "widths=15,65").sizes.widths == (15, 65)
    odd = dataclasses.replace(tiny("evolving"), widths=(15, 16), starts=("independent",))
    assert broken_rule(CLAIMS["evolving"], odd) == ""
    both = dataclasses.replace(odd, starts=("antisymmetric",))
    assert "must be even" in broken_rule(CLAIMS["evolving"], both)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "field"), LISTS)
def test_one_value_in_a_list_runs_or_breaks_a_rule(name, field):
    value = json.dumps(getattr(tiny(name), field)[0]).strip('"')
    if (name, field) in TOO_FEW:
        with pytest.raises(SizeError, match=rf"^{name}\.{field} must have .+, got {value}$"):
            job(name, f"{field}={value}")
        return
    claim, sizes, _ = job(name, f"{field}={value}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = sizes == tiny(name)  # which has one value there
        outcome = tiny_outcome(name) if same else run_with_control(claim, sizes)
        claim.draw(sizes, outcome.found, list(np.ravel(Figure().subplots(1, claim.panels))))
    assert outcome.verdict.findings
    said = json.dumps(summary(outcome.found)) + outcome.verdict.reason + outcome.explanation
    assert "NaN" not in said
    assert "nan" not in said


@pytest.mark.parametrize("name", CLAIMS)
def test_no_size_of_a_claim_breaks_a_rule(name):
    claim = CLAIMS[name]
    for sizes in (claim.quick, claim.default, claim.full, tiny(name)):
        assert broken_rule(claim, sizes) == ""


@pytest.mark.parametrize(
    "change",
    [
        "sampling.k_max=0",
        "isotropic_growth.slopes_from=0",
        "decay.k_max=11",
        "mean_field.widths=64",
        "alignment.points=9",
        "hard_targets.last=100",
        "evolving.seeds=2",
        "decay.learning_rate=3.6",
        "leading_logarithm.block=1",
    ],
)
def test_a_number_at_the_border_of_a_rule_breaks_none(change):
    name, _, rest = change.partition(".")
    assert job(name, rest).size == "own"


def test_every_rule_is_of_a_size_of_its_claim():
    assert sum(map(len, RULES.values())) > 20
    for name, rules in RULES.items():
        assert {rule.field for rule in rules} <= {*vars(CLAIMS[name].default)}
