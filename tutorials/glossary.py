"""The page glossary.md: the words of the course, and the section where each first stands."""

from __future__ import annotations

import re
from typing import NamedTuple

from pages import link, tutorial

TOP = """# Glossary

The words that the tutorials and the results use, in plain sentences. Each names the section that
first explains it, where a tutorial does. What is computed, and how, is in
[Conventions](conventions.md). The papers behind them are in [Sources](sources.md).

"""


class Word(NamedTuple):
    """A word, what it means, and where it is explained, if so: the tutorial's name, the heading."""

    word: str
    meaning: str
    tutorial: str = ""
    heading: str = ""


WORDS = (
    Word("aliasing",
         "On n evenly spaced points the waves k and k + n have the same values. "
         "So a grid adds up the eigenvalues of all frequencies that it cannot tell apart.",
         "the_circle", "6. On a grid: circulant, and aliased"),
    Word("antisymmetric pairs",
         "Two neurons with equal weights and opposite output weights. "
         "A network made of them starts at the output 0. Its mean kernel stays the same.",
         "from_descent_to_a_kernel", "2. If the kernel stood still"),
    Word("arc",
         "The part of the circle on which a neuron is active. "
         "It has a middle, the angle of the weights, and a length, which the bias decides.",
         "ten_minutes_of_pictures", "1. One neuron is an arc"),
    Word("Bonferroni, Holm",
         "Two rules that make N intervals so wide that all of them hold together in 95 of 100 "
         "runs. Bonferroni gives each the error 0.05/N. "
         "Holm (1979) gives 0.05/N to the clearest one, 0.05/(N − 1) to the next, and so on; "
         "after the first unclear one none is decided."),
    Word("bootstrap",
         "An interval from resampling: of the measured networks as many are taken at random, "
         "with repeats, many times. It spans the middle 95 % of what they give."),
    Word("catapult",
         "With a learning rate a little too large the loss first rises. "
         "The kernel then shrinks, and the training comes back.",
         "from_descent_to_a_kernel", "4. Above: the catapult"),
    Word("cell",
         "One combination of what a claim varies, such as a target, a width and a time. "
         "Many verdicts are decided cell by cell."),
    Word("circulant",
         "A matrix in which each row is the row above, moved by one place. "
         "The kernel of infinite width is circulant on evenly spaced points.",
         "the_circle", "6. On a grid: circulant, and aliased"),
    Word("eigenvalue",
         "The factor by which the kernel multiplies a mode. "
         "It is the rate at which that mode is learned: twice the eigenvalue, half the time.",
         "from_descent_to_a_kernel", "2. If the kernel stood still"),
    Word("evolving kernel",
         "The kernel of a network as it is at each step of training. "
         "It changes because the weights change.",
         "the_kernel_moves", "Two ways to train"),
    Word("frozen kernel",
         "The kernel of the start, kept for the whole training. "
         "What it would do is known in closed form.",
         "the_kernel_moves", "Two ways to train"),
    Word("gain",
         "Of an entry of the kernel: its change since the start. "
         "Of a training: the logarithm of how many times smaller its loss is than the frozen one.",
         "what_moves_it", "A cause needs an intervention"),
    Word("gradient descent",
         "Every parameter is changed a little against its derivative of the loss, again and again. "
         "The learning rate η is the factor.",
         "a_relu_network_by_hand", "5. The gradient at work"),
    Word("high target",
         "The target made of the waves k = 1, 2, 4 and 8, of amplitude ½. "
         "At τ = 1000 the wave k = 8 is still being learned.",
         "the_kernel_moves", "Two ways to train"),
    Word("kernel",
         "A table that says how much the output at one point moves "
         "when it is corrected at another.",
         "ten_minutes_of_pictures", "3. That is the kernel"),
    Word("layer",
         "All input weights w_r are the first layer, all output weights a_r the second. "
         "The biases b_r are counted apart.",
         "a_relu_network_by_hand", "1. The network"),
    Word("lazy",
         "A training in which the kernel hardly moves. "
         "The smaller a neuron's motion γ = 1/√m, and the smaller the target, the lazier it is.",
         "the_kernel_moves", "Second exact law: how fast the layers grow"),
    Word("low target",
         "The target made of the waves k = 1, 2 and 3, of amplitude 1. "
         "At τ = 1000 it is learned.",
         "the_kernel_moves", "Two ways to train"),
    Word("mean-field limit",
         "Infinitely many neurons that each move as far as those of a narrow network. "
         "The motion stays, and the randomness of the start is gone.",
         "what_moves_it", "The mean-field limit: keep the motion, drop the randomness"),
    Word("mode",
         "A part of the error that a fixed kernel reduces by itself, at its own rate. "
         "On the circle the modes are the waves cos kt and sin kt.",
         "from_descent_to_a_kernel", "2. If the kernel stood still"),
    Word("NTK",
         "The Neural Tangent Kernel: the kernel of a network under gradient descent. "
         "It is made of the derivatives of the output by every parameter.",
         "from_descent_to_a_kernel", "1. How the residual moves"),
    Word("phase",
         "One of the two waves of a frequency, cos kt and sin kt. For a target cos kt, "
         "cos kt is its own phase, and sin kt the shifted one.",
         "what_moves_it", "Which way the kernel turns"),
    Word("random start",
         "The weights as they are drawn before training. "
         "Two starts give two kernels. The wider the network, the less they differ.",
         "infinite_width", "4. What a finite width changes: the Monte-Carlo picture"),
    Word("replay",
         "A training repeated with an edited kernel, to see what the edited part was worth.",
         "what_moves_it", "A cause needs an intervention"),
    Word("residual",
         "What is still wrong: the output minus the target.",
         "a_relu_network_by_hand", "2. The loss, and its gradient from the outside in"),
    Word("rich",
         "A training in which the neurons move so far that the kernel changes. "
         "It is the opposite of lazy: richest here at γ = 1, that is γ^-2 = 1."),
    Word("RKHS norm",
         "The size of a function as a kernel measures it. "
         "Its square is Σ y_k²/λ_k, y_k the share of mode k: high frequencies count most. "
         "In the lazy limit the squared weights of a layer grow by that in the end.",
         "the_kernel_moves", "Second exact law: how fast the layers grow"),
    Word("spectral bias",
         "Low frequencies are learned first, because their eigenvalues are larger.",
         "ten_minutes_of_pictures", "4. Low frequencies first"),
    Word("Student's interval",
         "The 95 % interval of a mean, from the scatter of the seeds. "
         "Student's law makes it the wider, the fewer seeds there are."),
    Word("turning",
         "A change of the kernel that mixes modes, and does not only make each stronger or weaker. "
         "It stands in the entries off the diagonal.",
         "what_moves_it", "A cause needs an intervention"),
    Word("whitened",
         "Measured in modes that were first made orthonormal on the samples at hand. "
         "Without that, most of the error only says that the modes were not orthonormal.",
         "finite_samples_and_width", "3. Finite samples: the constant"),
    Word("width",
         "The number m of neurons in the hidden layer.",
         "ten_minutes_of_pictures", "6. Two widths"),
)  # fmt: skip


def anchor(heading: str) -> str:
    """The anchor of a heading, as hosting sites make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(word: str, name: str, heading: str) -> str:
    """A link to a section of a tutorial; one that is not there is rejected."""
    notebook = tutorial(name)
    if f"# ## {heading}\n" not in notebook.with_suffix(".py").read_text("utf-8"):
        raise ValueError(f"{word}: {notebook.name} has no section {heading!r}")
    place = link(name).replace(".ipynb)", f".ipynb#{anchor(heading)})")
    return f"{place}: “{heading}”"


def page() -> str:
    """The whole page."""
    lines = [
        f"**{word}**: {meaning}" + (f" ({section(word, name, heading)})" if name else "") + "\n"
        for word, meaning, name, heading in WORDS
    ]
    return TOP + "\n".join(lines)
