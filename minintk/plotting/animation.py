"""A recorded training as an animation: GIF, MP4 where ffmpeg is there, or PNG frames.

animation_bytes    the whole animation as one file's bytes
animation_frames   each frame as a PNG file's bytes
require_ffmpeg     raises where no MP4 can be made

It shows the output on its way to the target over the angle, and the loss. Bars show the share that
is left of each frequency, with marks where infinite width predicts it.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._require import require_choice, require_instance
from .record import History, Recording
from .style import COLOURS, angle_ticks, own_style

__all__ = ["animation_bytes", "animation_frames", "require_ffmpeg"]

KINDS = ("gif", "mp4")
LOOK = {"font.size": 13, "axes.titlesize": 13, "axes.labelsize": 13, "legend.fontsize": 11}
INCHES, PIXELS_AN_INCH = (9.0, 4.5), 100  # even numbers of pixels, exactly: MP4 needs them
FRAMES_A_SECOND, HOLD_FIRST, HOLD_LAST = 10, 5, 20  # so many more frames at both ends
HIGHEST_SHARE = 1.3
Progress = Callable[[int, int], None]
Pixels = npt.NDArray[np.uint8]
LEGEND: Any = {"borderpad": 0.1, "borderaxespad": 0.2, "columnspacing": 1.2, "handlelength": 1.5}
# Of each kernel: colour, line, and the hatch of its bars, so that no colour is alone.
LOOKS = {"evolving": (COLOURS[0], "-", ""), "frozen": (COLOURS[5], "--", "///")}


def animation_bytes(
    recording: Recording,
    kind: str = "gif",
    *,
    title: str = "",
    progress: Progress | None = None,
) -> bytes:
    """The animation of a recorded training, as the bytes of a GIF or an MP4 file.

    900 by 450 pixels, ten frames a second, the first and the last held. `progress(done, total)` is
    called after each frame. The same recording gives the same GIF.
    Raises ValueError for an MP4 where the program ffmpeg is not there, CalledProcessError where it
    fails.

    >>> from .record import record_training
    >>> training = record_training(np.cos, 64, np.random.default_rng(0), steps=9, frames=2)
    >>> animation_bytes(training)[:6]
    b'GIF89a'
    """
    require_instance("recording", recording, Recording, "record_training(…)")
    if require_choice("kind", kind, KINDS) == "mp4":
        require_ffmpeg()
    with own_style(LOOK), tempfile.TemporaryDirectory() as folder:
        from matplotlib.animation import FFMpegWriter, PillowWriter

        writer: Any = (PillowWriter if kind == "gif" else FFMpegWriter)(fps=FRAMES_A_SECOND)
        picture, screen = _Picture(recording, title), _Screen()
        file, count = Path(folder) / f"animation.{kind}", len(recording.steps)
        with writer.saving(screen, str(file), PIXELS_AN_INCH):
            for frame in range(count):
                screen.pixels = picture.pixels(frame)
                held = HOLD_FIRST * (frame == 0) + HOLD_LAST * (frame == count - 1)
                for _ in range(1 + held):
                    writer.grab_frame()
                if progress is not None:
                    progress(frame + 1, count)
        return file.read_bytes()


def animation_frames(
    recording: Recording, *, title: str = "", progress: Progress | None = None
) -> list[bytes]:
    """Every frame of the animation of a recorded training, as the bytes of a PNG file each.

    >>> from .record import record_training
    >>> training = record_training(np.cos, 64, np.random.default_rng(0), steps=9, frames=2)
    >>> [frame[1:4] for frame in animation_frames(training)]
    [b'PNG', b'PNG']
    """
    require_instance("recording", recording, Recording, "record_training(…)")
    frames = []
    with own_style(LOOK):
        from matplotlib.image import imsave

        picture = _Picture(recording, title)
        for frame in range(len(recording.steps)):
            buffer = io.BytesIO()
            imsave(buffer, picture.pixels(frame), format="png")
            frames.append(buffer.getvalue())
            if progress is not None:
                progress(frame + 1, len(recording.steps))
    return frames


def require_ffmpeg() -> None:
    """Reject where the program ffmpeg is not there, with what to do instead."""
    with own_style():
        from matplotlib.animation import FFMpegWriter

        if not FFMpegWriter.isAvailable():
            raise ValueError("MP4 needs the program ffmpeg, which was not found: take FILE.gif")


class _Screen:
    """All that matplotlib's writers need of a figure: its size, and pixels, here drawn before.

    A writer would draw the whole figure for each frame, and for each that is held.
    """

    pixels: Pixels

    def get_size_inches(self) -> tuple[float, float]:
        """The size of every frame."""
        return INCHES

    def set_size_inches(self, *_: object, **__: object) -> None:
        """The size stays."""

    def savefig(self, file: Any, **_: object) -> None:
        """The pixels, as the format rgba has them."""
        file.write(self.pixels.tobytes())


class _Picture:
    """The figure of a recording: what stands still is drawn once, what moves for each frame."""

    def __init__(self, recording: Recording, title: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._recording = recording
        figure = Figure(figsize=INCHES, dpi=PIXELS_AN_INCH, layout="constrained")
        self._canvas = FigureCanvasAgg(figure)
        if title:
            figure.suptitle(title, fontsize=14)
        grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
        self._draw_fit(figure.add_subplot(grid[:, 0]))
        self._draw_shares(figure.add_subplot(grid[0, 1]))
        self._draw_loss(figure.add_subplot(grid[1, 1]))
        self._move(len(recording.steps) - 1)  # the widest text
        margins: Any = figure.get_layout_engine()
        margins.execute(figure)
        figure.set_layout_engine(None)  # the margins stay for every frame
        for artist in self._moving():
            artist.set_animated(True)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(figure.bbox)

    def pixels(self, frame: int) -> Pixels:
        """One frame, (height, width, 4)."""
        self._move(frame)
        self._canvas.restore_region(self._still)
        for artist in self._moving():
            artist.draw(self._canvas.get_renderer())
        return np.array(self._canvas.buffer_rgba())

    def _moving(self) -> Iterator[Any]:
        """What differs from frame to frame, from the back to the front."""
        yield from self._fits.values()
        for bars in self._bars.values():
            yield from bars
        yield from self._marks
        yield from self._losses.values()
        yield from self._points.values()
        yield self._clock

    def _move(self, frame: int) -> None:
        recording = self._recording
        step = int(recording.steps[frame])
        self._clock.set_text(f"step {step},  τ = {recording.learning_rate * step:.4g}")
        for mark, share in zip(self._marks, recording.predicted[frame], strict=True):
            mark.set_ydata([share, share])
        for name, history in recording.histories.items():
            self._fits[name].set_ydata(_closed(history.outputs[frame]))
            for bar, share in zip(self._bars[name], history.shares[frame], strict=True):
                bar.set_height(share)
            past, now = slice(0, frame + 1), slice(frame, frame + 1)
            self._losses[name].set_data(recording.steps[past], history.losses[past])
            self._points[name].set_data(recording.steps[now], history.losses[now])

    def _draw_fit(self, axes: Any) -> None:
        """The target, and the output of each kernel."""
        recording, self._fits = self._recording, {}
        turn = np.append(recording.angles, 2 * np.pi)
        axes.plot(turn, _closed(recording.targets), color="0.7", linewidth=5, label="target")
        for name in recording.histories:
            colour, line, _ = LOOKS[name]
            label = f"{name} kernel" if len(recording.histories) > 1 else "network"
            (self._fits[name],) = axes.plot(turn, 0 * turn, line, color=colour, lw=2, label=label)
        values = [history.outputs for history in recording.histories.values()]
        low = min(recording.targets.min(), *(v.min() for v in values))
        high = max(recording.targets.max(), *(v.max() for v in values))
        room = 0.05 * (high - low)
        axes.set_ylim(low - room, high + 6 * room)  # the legend stands above the wave
        angle_ticks(axes, "x")
        axes.set(xlabel="angle t", ylabel="f(t)")
        axes.legend(loc="upper center", ncol=1 + len(values), frameon=False, **LEGEND)
        self._clock = axes.set_title("step 0", loc="left")

    def _draw_shares(self, axes: Any) -> None:
        """A bar for each frequency and kernel, and the predicted mark over them."""
        recording, self._bars = self._recording, {}
        places = np.arange(len(recording.frequencies))
        count = len(recording.histories)
        width = 0.7 / count
        for number, name in enumerate(recording.histories):
            colour, _, hatch = LOOKS[name]
            x = places + (number - (count - 1) / 2) * width
            self._bars[name] = axes.bar(
                x, 1.0, width, color=colour, hatch=hatch, edgecolor="white", linewidth=0
            )
        self._marks = []
        for place in places:
            (mark,) = axes.plot([place - 0.45, place + 0.45], [1, 1], "-", color="black", lw=2.5)
            self._marks.append(mark)
        self._marks[0].set_label("predicted at infinite width")
        axes.set_xticks(places, [str(k) for k in recording.frequencies])
        axes.set(
            xlabel="frequency k", ylim=(0, HIGHEST_SHARE), title="share left of each frequency"
        )
        axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
        axes.grid(visible=False, axis="x")
        axes.legend(loc="upper left", frameon=False, **LEGEND)

    def _draw_loss(self, axes: Any) -> None:
        """The loss up to this frame, over the whole axis of steps."""
        recording, self._losses, self._points = self._recording, {}, {}
        for name in recording.histories:
            colour, line, _ = LOOKS[name]
            (self._losses[name],) = axes.plot([], [], line, color=colour, linewidth=2)
            (self._points[name],) = axes.plot([], [], "o", color=colour, markersize=7)
        axes.set_xscale("symlog", linthresh=1)
        tens = [0, *(10**power for power in range(len(str(recording.steps[-1]))))]
        axes.set_xticks(tens, [str(ten) for ten in tens])
        axes.set_yscale("log", nonpositive="mask")
        axes.set(xlim=(-0.1, 1.3 * recording.steps[-1]), ylim=_loss_limits(recording.histories))
        axes.tick_params(axis="y", which="minor", labelleft=False)
        axes.set(xlabel="step", ylabel="loss")


def _closed(values: Any) -> Any:
    """Values around the circle, with the first once more at 2π."""
    return np.append(values, values[0])


def _loss_limits(histories: Any) -> tuple[float, float]:
    """Around all losses above a billionth of the largest; with a power of ten at least."""
    entries: list[History] = list(histories.values())
    losses = np.concatenate([entry.losses for entry in entries])
    high = float(losses.max())
    return min(max(float(losses.min()), 1e-9 * high) / 1.5, high / 20), 1.5 * high
