"""What a reader of the page must be told: the question, the study, and words.

QUESTION   in three sentences
STUDY      who made the claims
WORDS      each word with what it means
"""

from __future__ import annotations

__all__ = ["QUESTION", "STUDY", "WORDS"]

QUESTION = (
    "A neural network learns a curve on a circle: which parts of the curve come first, and how "
    "fast? For very wide networks a theory answers before the training begins: it splits the curve "
    "into waves, and each fades at a rate of its own. The study tests this theory on real "
    "networks, and asks where it breaks when a network is narrow."
)
STUDY = (
    "The study: S. D. Kalvankar, Training Dynamics of Overparameterized Neural Networks, MSc "
    "thesis, TU Delft, 2026."
)
WORDS = {
    "Network, width m": (
        "A sum of m neurons. Each neuron is zero on one part of the circle and an arc of a wave on "
        "the other (a ReLU). Its weights are random at the start, and training changes them. "
        "Antisymmetric starts have pairs of neurons that cancel: the first output is 0. "
        "Independent starts do not."
    ),
    "Target, samples n": (
        "The curve that the network is to learn, as its values at n points of the circle. The “low "
        "target” is made of the waves k = 1, 2, 3, the “high target” of k = 1, 2, 4, 8."
    ),
    "Residual and loss": (
        "The residual is the network's output minus the target: what is left to learn. The loss is "
        "half the mean of its square: one number."
    ),
    "Training, time τ": (
        "Gradient descent: each step moves all weights a little, in the direction in which the "
        "loss falls fastest. The time τ is the learning rate η times the number of steps."
    ),
    "Frequency k, mode": (
        "How many waves go around the circle: cos kt and sin kt, for the angle t. Any curve is a "
        "sum of such waves, its Fourier modes. A low frequency is a coarse shape, a high one a "
        "detail. Both waves of one k are its two phases."
    ),
    "Kernel (NTK)": (
        "The Neural Tangent Kernel K(t, t′): how much a training step on the point t′ moves the "
        "output at t. On n points it is a matrix."
    ),
    "Eigenvalue λ_k": (
        "The rate at which a kernel that stays as it is learns frequency k: what is left of the "
        "mode falls as exp(−λ_k τ). The larger it is, the sooner the mode is learned."
    ),
    "Circulant, aliasing": (
        "A matrix is circulant if each row is the row above, moved on by one place. The kernel's "
        "matrix on n evenly spaced points is, at infinite width. Aliasing: on such points the "
        "waves k, n − k and n + k have the same values, but for signs, and their eigenvalues add "
        "up."
    ),
    "Infinite width": (
        "What networks tend to as m grows. Their kernel is then known as a formula, is the same "
        "for every random start, and does not change while they train."
    ),
    "Lazy and rich": (
        "How far each neuron moves, as γ = 1/√m does at width m. Lazy: so little that the kernel "
        "stays as it was. The lazy limit is that of infinite width, γ^-2 = ∞. Rich: so far that "
        "the kernel changes much, as at γ^-2 = 1."
    ),
    "Frozen or evolving": (
        "The kernel of a real network changes while it trains: it evolves. A frozen kernel is kept "
        "as it was at the start. The difference is what the network's features learn."
    ),
    "Mean-field limit": (
        "Very many neurons that each move as far as those of a network of width m do. The "
        "randomness of the start is gone, and the motion of the kernel stays."
    ),
    "Alignment, CKA": (
        "How near a kernel's own shapes, its eigenvectors, are to the waves. The kernel alignment "
        "of two matrices is the cosine of the angle between them, all entries taken as one vector. "
        "CKA, the centred kernel alignment, is the same after the means of rows and columns are "
        "taken away."
    ),
    "Raw or whitened": (
        "Seen at random samples the waves are not quite orthogonal. Raw: the error of the kernel "
        "in these waves as they are. Whitened: in waves that were first made orthonormal at the "
        "samples, which takes away most of the error."
    ),
    "Growth alone, the null": (
        "What the kernel would be if its parts grew by as much as measured, and nothing else "
        "changed. A measurement beside it shows what more there is."
    ),
    "Replay": (
        "The training once more with a kernel that is given step by step. It has only a part of "
        "the changes that the network's own kernel had: that shows what this part does to the loss."
    ),
    "Parts of a change": (
        "The gain of a mode is the change of its diagonal entry of the kernel in the Fourier "
        "basis. Band means: both phases of a k gain their mean, and nothing else changes. Turning: "
        "all changes but those. Trace: the first kernel times one factor. End kernel from f = 0: "
        "the last kernel, frozen. The gain in log loss of a training is the logarithm of a number: "
        "how many times smaller its loss is than with the frozen kernel. Gains of parts need not "
        "add up: one may be above 100 % of the whole, or below 0, where it makes the loss larger."
    ),
    "Seed and interval": (
        "A seed fixes the random numbers of one network or one set of samples. From several seeds "
        "comes an interval, written [low, high]: it covers the true value in 95 of 100 such runs. "
        "Student's is that of a mean, Clopper and Pearson's that of a share. A bootstrap draws the "
        "same networks again, with repeats. The standard error of a mean is how far it is off "
        "typically: the spread of the values over the square root of their number."
    ),
    "Joint intervals": (
        "Of many intervals that are right in 95 of 100 runs each, some are likely to be wrong. "
        "Joint ones are wider, so that all of them are right in 95 of 100 runs. Bonferroni and "
        "Holm are two rules for how much wider."
    ),
    "Cell": (
        "One setting of all that a claim varies, such as a width, a target, a start and a time. "
        "Many criteria are judged cell by cell."
    ),
    "Pilot": (
        "A trial run before the criterion was fixed. Where a number of the criterion is from a "
        "pilot, the criterion says so."
    ),
    "Negative control": (
        "The same measurement with something done wrong on purpose, judged by the same criterion. "
        "It must fail: if it did not, the criterion could not tell right from wrong."
    ),
    "Verdict": (
        "Each part of a criterion is shown, refuted or open. Holds: all parts are shown. Fails: "
        "all are refuted. Holds in part: one or more are shown, and one or more refuted. Not "
        "decided: some are open, and the others are all shown or all refuted. Where every cell has "
        "an interval of its own, one refuted cell of many may be chance."
    ),
}
