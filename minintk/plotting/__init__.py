"""Pictures of a training: on Axes of your own, or as an animation.

plot_fit, plot_modes, plot_loss, plot_kernel, plot_arcs
                                     on the Axes given, from a `Trace` or from arrays   (panels)
record_training, Recording           train on a function, and keep it frame by frame    (record)
animation_bytes, animation_frames    GIF or MP4; PNG                                    (animation)
STYLE, COLOURS, LINES, own_style     the look, local to a figure                        (style)

A square wave, learned from its low frequencies up, is three lines:

>>> import numpy as np, minintk as mn
>>> training = mn.plotting.record_training(lambda t: np.sign(np.sin(t)), 64,
...                                        np.random.default_rng(0), steps=20, frames=3)
>>> gif = mn.plotting.animation_bytes(training)

and `pathlib.Path("square_wave.gif").write_bytes(gif)` keeps it. (Leave out the two sizes at the end
for all of it. At the command line: minintk animate "sign(sin(t))".) A training of your own:

>>> angles = mn.uniform_angles(32)
>>> targets = np.cos(angles) + np.cos(3 * angles)
>>> trace = mn.Trace(range(0, 60, 5), angles, targets)
>>> network = mn.initialise(256, np.random.default_rng(0), antisymmetric=True)
>>> _ = mn.gradient_descent(network, mn.objective(angles, targets), 0.5, 60, record=trace)
>>> from matplotlib.figure import Figure
>>> left, right = Figure(layout="constrained").subplots(1, 2)
>>> mn.plotting.plot_fit(left, trace, steps=[0, 10, 55])
>>> mn.plotting.plot_modes(right, trace, 0.5 * trace["step"], mn.aliased_eigenvalues(32))

matplotlib is loaded when something is drawn, and its settings stay as they were.
"""

from .animation import animation_bytes, animation_frames, require_ffmpeg
from .panels import plot_arcs, plot_fit, plot_kernel, plot_loss, plot_modes
from .record import History, Recording, record_training
from .style import COLOURS, LINES, STYLE, own_style

__all__ = [
    "COLOURS",
    "LINES",
    "STYLE",
    "History",
    "Recording",
    "animation_bytes",
    "animation_frames",
    "own_style",
    "plot_arcs",
    "plot_fit",
    "plot_kernel",
    "plot_loss",
    "plot_modes",
    "record_training",
    "require_ffmpeg",
]
