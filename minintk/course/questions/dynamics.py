"""How fast the modes are learned: decay, steps, the flow with a fixed kernel, the growth law.

QUESTIONS   of formulas, by name
TRIALS      of functions, by exercise
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...frozen import frozen_flow, steps_to_learn
from ...training import growth_rate
from .geometry import draw_angles
from .networks import ONE_SAMPLE, OUTPUT, RESIDUAL, TARGET, draw_outputs, outputs_as_letters
from .question import Confusion, Inputs, Letter, Question, Trials, changed, filled, fixed, of_all

_NAMES = ("lam", "lambdak", "l")
LAMBDA = Letter("lambda", "eigenvalue of K/n, above 0", (0.1, 0.9), (0.5, 0.25), _NAMES)
ETA = Letter("eta", "learning rate, ηλ < 1", (0.2, 0.9), (1.0, 0.5), ("lr", "learningrate"))
_TAU = Letter("tau", "time τ = η × steps", (0.3, 2.5), (1.0, 2.0), ("t", "time"))
_S = Letter("s", "number of steps", [2.0, 3, 5, 7, 11], (2.0, 1.0), ("steps", "n", "k", "t"))
_LEFT = ("remaining", "epsilon", "eps", "delta", "rho")
_REMAINS = "fraction of the residual that remains, in (0, 1)"
_Q = Letter("q", _REMAINS, (0.02, 0.6), (0.5, 0.1), _LEFT)
_IN_LAMBDA = {"n": "λ is an eigenvalue of K/n: n is in it already"}
_ASKED = "it is what you solve for: write only what it is equal to"
_FLOW_OR_DESCENT = (2, "2. If the kernel stood still")
_DESCENT = "this is descent, not the flow"
_STEP_COUNTS = ("(tau/eta)", "tau", "s")
_STEP = "this is a step of descent, not the flow"
_LIMIT = "the flow is its limit for small steps"
_FLOW = "this is the flow, exp(−λτ) at τ = ηs, not descent"

_DECAY = Question(
    "decay",
    "exp(-lambda*tau)",
    "r_k(τ)/r_k(0): what is left of a mode of the residual under gradient flow",
    (LAMBDA, _TAU),
    factors={"lambda": "lambda", "tau": "tau"},
    confusions=(
        *(Confusion("loss-rate", f"exp(-2*lambda*tau){half}") for half in ("", "/2")),
        Confusion("growth-for-decay", "exp(lambda*tau)"),
        Confusion("growth-for-decay", "exp(2*lambda*tau)", "and it is the loss's rate"),
        Confusion("descent-for-flow", "(1 - lambda)^tau", _STEP),
        Confusion("descent-for-flow", "1 - lambda*tau", _STEP),
        *(Confusion("descent-for-flow", f"(1 - eta*lambda)^{s}", _DESCENT) for s in _STEP_COUNTS),
        Confusion(
            "missing-term", "1 - lambda*tau + (lambda*tau)^2/2", "the exponential's series is cut"
        ),
        Confusion("implicit-step", "1/(1 + lambda*tau)", _LIMIT),
        Confusion("implicit-step", "(1 + lambda)^(-tau)", _LIMIT),
        Confusion("complement", "1 - exp(-lambda*tau)"),
    ),
    strays={**_IN_LAMBDA, "eta": "τ = η × steps has η in it already"},
    edges=(("at τ = 0", "not-a-number", {"lambda": np.array([0.5]), "tau": np.array([0.0])}),),
    section=_FLOW_OR_DESCENT,
)
_DESCENT_DECAY = Question(
    "descent_decay",
    "(1 - eta*lambda)^s",
    "r_k(s)/r_k(0): what is left of a mode of the residual after s steps of descent",
    (LAMBDA, ETA, _S),
    factors={"lambda": "lambda", "eta": "eta"},
    confusions=(
        Confusion("flow-for-descent", "exp(-eta*lambda*s)", _FLOW),
        Confusion("flow-for-descent", "exp(-lambda*s)", _FLOW),
        Confusion("flow-for-descent", "exp(-lambda*tau)", "this is the flow, not descent"),
        Confusion("flow-for-descent", "exp(-2*eta*lambda*s)", "this is the flow, and of the loss"),
        *(Confusion("loss-rate", f"(1 - eta*lambda)^(2*s){half}") for half in ("", "/2")),
        Confusion("growth-for-decay", "(1 + eta*lambda)^s"),
        Confusion("implicit-step", "1/(1 + eta*lambda)^s", "descent takes it at the old one"),
        Confusion("number-of-steps", "(1 - eta*lambda)^(s - 1)", "one too few"),
        Confusion("number-of-steps", "(1 - eta*lambda)^(s + 1)", "one too many"),
        Confusion("steps-added", "1 - eta*lambda*s"),
        Confusion("number-of-steps", "1 - eta*lambda", "one step alone, the power s is missing"),
        Confusion("complement", "1 - (1 - eta*lambda)^s"),
    ),
    strays=_IN_LAMBDA,
    section=_FLOW_OR_DESCENT,
)
_COUNT = partial(
    filled,
    template="{end}({left}/{speed})",
    defaults={"end": "", "left": "log(q)", "speed": "log(1 - eta*lambda)"},
)
_counted = partial(changed, _COUNT)
_STEPS = Question(
    "steps_to_learn",
    _COUNT,
    "descent steps until the fraction q of a mode's residual remains (not rounded up)",
    (LAMBDA, ETA, _Q),
    factors={"lambda": "lambda", "eta": "eta"},
    confusions=(
        _counted("flow-for-descent", "this is the flow's time over η", speed="(-eta*lambda)"),
        _counted("flow-for-descent", "this is the flow's time τ", speed="(-lambda)"),
        *(_counted("wrong-log", f"it has base {b}", left=f"log{b}(q)") for b in (10, 2)),
        _counted("wrong-log", "it has base 10", speed="log10(1 - eta*lambda)"),
        _counted("complement", "what is given is the part that remains", left="log(1 - q)"),
        _counted("missing-term", "the learning rate is missing", speed="log(1 - lambda)"),
        _counted("steps-added", left="(1 - q)", speed="(eta*lambda)"),
        _counted("rounded-to-whole", "up to a whole number", end="ceil"),
        _counted("rounded-to-whole", "down to a whole number", end="floor"),
    ),
    hints={"factor-1/2": "did you ask for the loss, which is the square of the residual?"},
    strays={**_IN_LAMBDA, "s": _ASKED},
    unknown="s",
    section=(5, "1. How long a frequency takes"),
)
_TWO_SIDES = "|1 − ηλ| < 1 has two sides"
_LARGEST = Question(
    "largest_stable_learning_rate",
    "2/lambda",
    "the learning rate above which the mode of the largest eigenvalue λ of K/n grows",
    (LAMBDA._replace(aliases=(*_NAMES, "lambdamax", "lambda_max")),),
    factors={"lambda": "lambda"},
    hints={"factor-1/2": _TWO_SIDES, "factor-2": _TWO_SIDES},
    strays={**_IN_LAMBDA, "eta": _ASKED},
    unknown="eta",
    section=(2, "3. How large may the learning rate be?"),
)
_GROWTH = Question(
    "growth_rate",
    "2*(y - f)*f",
    "d/dτ Σ a² under gradient flow, for one sample (n = 1)",
    (
        OUTPUT._replace(simple=(1.0, 2.0), aliases=("output",)),
        TARGET._replace(simple=(2.0, 3.0), aliases=("target",)),
    ),
    shorthands=RESIDUAL,
    parts={"y f": "2*y*f", "f²": "-2*f^2"},
    foreign={"y²": "y^2"},
    factors={"residual": "f - y", "f": "f", "y": "y"},
    confusions=(Confusion("wrong-variable", "2*(y - f)*y", "y for f"),),
    hints={"factor-n": "the mean over the samples, not the sum"},
    strays=ONE_SAMPLE,
    section=(7, "Second exact law: how fast the layers grow"),
)
_GROWTH_OF_ARRAYS = of_all(
    _GROWTH,
    np.mean,
    right=lambda i: growth_rate(i["output"], i["targets"]),
    factors={"n": "n"},
    confusions=(Confusion("product-of-means", lambda i: -2 * i["r"].mean() * i["f"].mean()),),
)
QUESTIONS = fixed(_DECAY, _DESCENT_DECAY, _STEPS, _LARGEST, _GROWTH)


def _flow(
    i: Inputs,
    *,
    count: float = 0.0,
    rate: float = 1.0,
    decay: Callable[[Array], Array] = lambda x: np.exp(-x),
    entrywise: bool = False,
    sign: float = 1.0,
    initial: float = 1.0,
    minus: str = "",
    start: str = "targets",
    eta: float = 0.0,
    turned: bool = False,
) -> Array:
    """The flow of a fixed kernel with something changed; `count` is a power of n in the rates."""
    n = len(i["kernel"])
    residual = initial * i["initial_output"] - i["targets"]
    time = rate * n**count * i["time"]
    rates, vectors = np.linalg.eigh(i["kernel"] / n)
    vectors = vectors.T if turned else vectors
    kept = (1 - eta * rates) ** np.floor(time / eta) if eta else decay(rates * time)
    shrunk = vectors @ (kept * (vectors.T @ residual))
    if entrywise:
        shrunk = decay(i["kernel"] / n * time) @ residual
    return np.asarray(i[start] + sign * shrunk - (i[minus] if minus else 0.0))


_changed_flow = partial(changed, _flow)
_BOTH = "the residual, to which that at τ = 0 is added"
_RATE = "this is descent, with a learning rate of"


def _euler(count: int) -> Confusion:
    said = f"this is descent, in {count} step{'s' * (count > 1)}"
    return _changed_flow("descent-for-flow", said, decay=lambda x: (1 - x / count) ** count)


_PREDICTION = Question(
    "frozen_kernel_prediction",
    lambda i: frozen_flow(i["kernel"], i["initial_output"], i["targets"], [i["time"]])[0],
    confusions=(
        _changed_flow("elementwise-exponential", entrywise=True),
        _changed_flow("initial-output-ignored", initial=0.0),
        _changed_flow("initial-output-ignored", "f(0) has the wrong sign", initial=-1.0),
        _changed_flow("rate-without-1/n", "K in place of K/n", count=1.0),
        _changed_flow("rate-without-1/n", "1/n twice", count=-1.0),
        _changed_flow("loss-rate", rate=2.0),
        _changed_flow("half-rate", rate=0.5),
        _changed_flow("growth-for-decay", decay=np.exp),
        _changed_flow("sign-of-term", "the residual has the wrong sign: r = f − y", sign=-1.0),
        _changed_flow("wrong-variable", "the residual is added to f(0)", start="initial_output"),
        _changed_flow("residual-for-output", "the residual", minus="targets"),
        _changed_flow("residual-for-output", _BOTH, start="initial_output", minus="targets"),
        _changed_flow("inner-transposed", "that of the eigenvectors", turned=True),
        _changed_flow("residual-for-output", "the change", minus="initial_output"),
        _changed_flow("implicit-step", _LIMIT, decay=lambda x: 1 / (1 + x)),
        *map(_euler, (1, 10, 20, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10000)),
        *(_changed_flow("descent-for-flow", f"{_RATE} {e}", eta=e) for e in (0.1, 0.01, 0.001)),
    ),
    section=_FLOW_OR_DESCENT,
)


def _kernels(rng: np.random.Generator, n: int, m: int) -> tuple[Array, Array, Array, float]:
    kernel = infinite_ntk(draw_angles(rng, n))
    return kernel, rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), float(rng.uniform(0.5, 3.0))


_VECTORS = (np.array([0.5, -0.5, 0.2]), np.array([1.0, -1.0, 0.4]))
_SINGULAR = infinite_ntk(np.array([0.0, 0.0, 2.0]))

TRIALS: dict[str, Trials] = {
    "frozen_kernel_prediction": Trials(
        {"": _PREDICTION},
        _kernels,
        (
            ("for a singular kernel", "unlearned-modes", (_SINGULAR, *_VECTORS, 1.5)),
            ("for an eigenvalue 0", "unlearned-modes", (np.diag([2.0, 0, 1]), *_VECTORS, 1.5)),
            ("at τ = 0", "edge-case", (_SINGULAR, *_VECTORS, 0.0)),
        ),
        (np.array([[1.5]]), np.array([0.5]), np.array([-1.0]), 0.7),
        (np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0.0, 0.5]), np.array([1.0, -1.0]), 1.0),
    ),
    "steps_to_learn": Trials(
        {"": replace(_STEPS, right=lambda i: steps_to_learn(i["lambda"], i["eta"], i["q"]))},
        lambda rng, n, m: tuple(float(rng.uniform(0.1, 0.9)) for _ in range(3)),
        (("for a small ηλ", "edge-case", (1e-5, 0.5, 0.05)),),
        letters=lambda i: dict(zip(("lambda", "eta", "q"), map(np.asarray, i.values()))),  # noqa: B905
    ),
    "growth_rate": Trials(
        {"": _GROWTH_OF_ARRAYS},
        draw_outputs,
        (),
        (np.array([0.5]), np.array([2.0])),
        letters=outputs_as_letters,
    ),
}
