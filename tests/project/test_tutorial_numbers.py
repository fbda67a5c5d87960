"""Numbers of the record that tutorials quote are those of the record."""

import json
import re

import pytest

from tests.project.test_tutorials import FOLDER, markdown

pytestmark = pytest.mark.tutorials

WIDTHS = (16, 64, 256, 1024)


@pytest.fixture(scope="module")
def record():
    """The entries of the record of a default run, by claim."""
    entries = json.loads((FOLDER / "data" / "claims.json").read_text("utf-8"))["claims"]
    return {entry["name"]: entry for entry in entries}


def numbers(name, row):
    """The numbers of a table's row, which begins so."""
    (line,) = re.findall(rf"^\| {re.escape(row)} \|(.+)\|$", markdown(name), flags=re.MULTILINE)
    return [float(number) for number in re.findall(r"\d+\.?\d*", line.replace("\\,", ""))]


def plain(name):
    """The text of a tutorial on one line."""
    return " ".join(markdown(name).split())


def few(value):
    """Two decimals, as the tables have them."""
    return round(value, 2)


def test_constants_of_samples_and_neurons(record):
    name = "06_finite_samples_and_width"
    sampling, width = record["sampling"], record["width"]
    for row, which in (("`sampling`, raw", "raw"), ("`sampling`, whitened", "whitened")):
        theory, found, *_ = numbers(name, row)
        assert theory == few(sampling["measured"]["predicted"][which])
        assert found == few(sampling["measured"]["constants"][which]["mean"])
    *_, first, last, seeds = numbers(name, "`sampling`, raw")
    assert (first, last) == tuple(sampling["configuration"]["sizes"][2:])
    assert seeds == sampling["configuration"]["seeds"]
    theory, found, first, last, seeds = numbers(name, "`width`")
    assert theory == round(width["measured"]["predicted"]["signs"], 3)
    assert found == few(width["measured"]["constants"]["signs"]["mean"])
    assert (first, last) == tuple(width["configuration"]["widths"][2:])
    assert seeds == width["configuration"]["seeds"]
    both = record["sampling_and_width"]["measured"]
    of_n, of_m, border, misfit = numbers(name, "`sampling_and_width`")
    assert (of_n, of_m) == (few(both["sampling_constant"]), few(both["width_constant"]))
    assert border == round(both["width_dominates_below"], 3)
    assert misfit == round(100 * both["largest_misfit"])


def test_ratios_growth_and_shares_of_wins(record):
    name = "07_the_kernel_moves"
    found = record["evolving"]["measured"]["ratio_at_the_end"]
    for target in ("low", "high"):
        means = [found[f"{target} target, antisymmetric, m = {m}"]["mean"] for m in WIDTHS]
        assert numbers(name, f"{target}, in `evolving`") == [float(f"{mean:.2g}") for mean in means]
    sizes = record["evolving"]["configuration"]
    assert f"{sizes['seeds']} networks at $m = 16$ and 64, and {sizes['wide_seeds']} at 256" in (
        plain(name)
    )
    growth = record["growth"]
    end = growth["configuration"]["learning_rate"] * growth["configuration"]["steps"]
    lazy = growth["measured"]["lazy_growth"]
    assert f"stops at $\\tau = {end:.0f}$, and its $" in plain(name)
    assert f"its lazy limit is {lazy:.1f} " in plain(name)
    wins = record["evolving_or_frozen"]["measured"]
    late, early = (round(100 * wins[key]["mean"]) for key in ("wins_late", "wins_early"))
    assert f"{late} % late and {early} % early" in plain(name)


def test_when_the_network_is_ahead_in_the_plan_for_lecturers(record):
    plan = " ".join((FOLDER / "course_plan.md").read_text("utf-8").split())
    found, sizes = record["evolving"]["measured"], record["evolving"]["configuration"]
    _, middle, _ = found["lower_from_of_networks"]["low target, antisymmetric, m = 16"]
    step = round(middle / sizes["learning_rate"])
    assert f"In half of the {sizes['seeds']} starts of [evolving]" in plan
    assert f"is ahead from about step {step} on (τ = {middle:g})" in plan
    assert "It is at τ = 250, and the README's 0.0088 at τ = 1000." in plan
    cause = record["cause"]["configuration"]
    assert cause["learning_rate"] * cause["at_steps"][-1] == 250
    assert sizes["learning_rate"] * sizes["steps"] == 1000


def test_shares_of_the_gain_and_what_a_start_costs(record):
    name = "08_what_moves_it"
    shares = record["cause"]["measured"]["shares"]
    for row, part, time in (
        ("$k = 0, 1$ alone, $\\tau = 250$", "gains of |k| ≤ 1", "τ = 250"),
        ("$k \\ge 2$ alone, $\\tau = 250$", "gains of k ≥ 2", "τ = 250"),
        ("$|k| \\le 3$ alone, $\\tau = 250$", "gains of |k| ≤ 3", "τ = 250"),
        ("$k = 0, 1$ alone, $\\tau = 50$", "gains of |k| ≤ 1", "τ = 50"),
    ):
        widths = (16, 64) if time == "τ = 250" else (16,)  # at 64 hardly anything is gained yet
        found = [shares[f"low target, antisymmetric, m = {m}"][time][part] for m in widths]
        assert numbers(name, row) == [float(f"{100 * share:.2g}") for share in found]
    assert f"has {record['cause']['configuration']['seeds']} of each width" in plain(name)
    costs = record["decomposition"]["measured"]["by_logarithms"]
    by_width = {m: f"{costs[f'm = {m}']['repair']:.2g}" for m in (16, 64, 256)}
    assert (
        f"At $m = 64$ it finds {by_width[64]} times, at $m = 16$ {by_width[16]} times, "
        f"at $m = 256$ {by_width[256]} times."
    ) in plain(name)
    assert f"has {record['decomposition']['configuration']['seeds']} networks" in plain(name)
