"""Tests of minintk.plotting.animation: the pictures show the recording, and are the same again."""

import io
import itertools
import os

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from minintk import plotting
from minintk.plotting import animation
from tests.reference.wrong_input import meets, refuses, rng

pytestmark = pytest.mark.dynamics

FRAMES, TITLE = 4, "f(t) = a square wave"


def square_wave(angles):
    return np.sign(np.sin(angles))


def recorded(**options):
    sizes = {"steps": 30, "samples": 24, "frames": FRAMES, **options}
    return plotting.record_training(square_wave, 32, rng(), **sizes)


@pytest.fixture(scope="module")
def both():
    return recorded(kernel="both")


@pytest.fixture(scope="module", autouse=True)
def small_and_short():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(animation, "HOLD_LAST", 2)
        patch.setattr(animation, "PIXELS_AN_INCH", 40)
        yield


@pytest.fixture(scope="module")
def gif(both):
    return plotting.animation_bytes(both, title=TITLE)


@pytest.fixture(scope="module")
def frames(both):
    """Every frame with the GIF's title, and what was told of the progress."""
    seen = []
    made = plotting.animation_frames(both, title=TITLE, progress=lambda *p: seen.append(p))
    return made, seen


# --- by hand --------------------------------------------------------------------------------------


def test_a_picture_shows_the_arrays_of_its_frame(both):
    with plotting.own_style():
        picture = animation._Picture(both, "")
    picture.pixels(2)
    for name, history in both.histories.items():
        shown = picture._fits[name].get_ydata()
        np.testing.assert_array_equal(shown, np.append(history.outputs[2], history.outputs[2, 0]))
        heights = [bar.get_height() for bar in picture._bars[name]]
        assert heights == history.shares[2].tolist()
        losses = picture._losses[name].get_xydata()
        np.testing.assert_array_equal(losses, np.stack([both.steps, history.losses], axis=1)[:3])
        np.testing.assert_array_equal(picture._points[name].get_xydata(), losses[2:])
    marks = [mark.get_ydata()[0] for mark in picture._marks]
    assert marks == both.predicted[2].tolist()
    assert picture._clock.get_text().startswith(f"step {both.steps[2]},  τ = ")
    boxes = [panel.get_tightbbox() for panel in picture._canvas.figure.axes]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= 360, "a label outside the picture"
        assert 0 <= box.y0 < box.y1 <= 180, "a label outside the picture"


@pytest.mark.parametrize("frame", [0, 2])
def test_a_picture_is_what_matplotlib_draws_as_a_whole(both, frame):
    with plotting.own_style():
        picture = animation._Picture(both, "a title")
        picture.pixels(3)
        quick = picture.pixels(frame)
        for artist in picture._moving():
            artist.set_animated(False)
        picture._canvas.draw()
        whole = np.asarray(picture._canvas.buffer_rgba())
    differ = (quick != whole).any(axis=2)
    # Only the order differs, where a bar meets the frame of its panel or the legend.
    assert differ.mean() < 0.004
    clock = picture._clock.get_window_extent()
    top = whole.shape[0] - int(clock.y1)
    place = slice(top, top + int(clock.height)), slice(int(clock.x0), int(clock.x1))
    assert not differ[place].any()
    assert whole[place].min() < 100, "the step is there"


def test_the_gif_has_every_frame_and_holds_the_first_and_the_last(gif):
    with Image.open(io.BytesIO(gif)) as image:
        assert image.format == "GIF"
        assert image.n_frames == FRAMES
        assert image.size == (360, 180)
        durations, pictures = [], []
        for frame in range(FRAMES):
            image.seek(frame)
            durations.append(image.info["duration"])
            pictures.append(np.asarray(image.convert("L"), dtype=float))
    assert durations == [600, 100, 100, 300]
    for before, after in itertools.pairwise(pictures):
        assert abs(before - after).max() > 50, "something has moved"
    assert max(picture.std() for picture in pictures) > 10, "empty pictures"


def test_frames_are_the_pictures_of_the_gif(frames, gif):
    frames = frames[0]
    assert len(frames) == FRAMES
    with Image.open(io.BytesIO(gif)) as image:
        image.seek(1)
        second = np.asarray(image.convert("L"), dtype=float)
    off = []
    for frame in frames:
        with Image.open(io.BytesIO(frame)) as image:
            assert image.format == "PNG"
            off.append(abs(np.asarray(image.convert("L"), dtype=float) - second).mean())
    assert np.argmin(off) == 1
    assert off[1] < 3, "a GIF has 256 colours"


def test_an_mp4_is_what_ffmpeg_makes_of_the_same_pictures(both, frames, tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"  # writes to its last argument what it is given
    program.write_text('#!/bin/sh\nfor last; do :; done\ncat > "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    film = np.frombuffer(plotting.animation_bytes(both, "mp4", title=TITLE), dtype=np.uint8)
    film = film.reshape(-1, 180, 360, 4)
    held = [0] * animation.HOLD_FIRST + [*range(FRAMES)] + [FRAMES - 1] * animation.HOLD_LAST
    assert len(film) == len(held)
    for picture, frame in zip(film, held, strict=True):
        with Image.open(io.BytesIO(frames[0][frame])) as image:
            np.testing.assert_array_equal(picture, np.asarray(image))


def test_progress_counts_the_frames(frames):
    assert frames[1] == [(frame, FRAMES) for frame in range(1, FRAMES + 1)]


# --- theorem --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_nothing_global_changes(both, gif):
    with mpl.rc_context({"font.size": 30.0, "savefig.dpi": 7}):
        before = dict(mpl.rcParams)
        again = plotting.animation_bytes(recorded(kernel="both"), title=TITLE)
        assert dict(mpl.rcParams) == before
    assert again == gif
    assert plotting.animation_bytes(recorded(), title=TITLE) != gif


# --- argument checks ------------------------------------------------------------------------------


@refuses(
    (TypeError, "recording must be a Recording", lambda: plotting.animation_bytes(None)),
    (TypeError, "recording must be a Recording", lambda: plotting.animation_frames([1.0])),
    ("kind must be one of 'gif', 'mp4'", lambda: plotting.animation_bytes(recorded(), "avi")),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


def test_an_mp4_without_ffmpeg(both, monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "animation.ffmpeg_path", "no-such-program")
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(ValueError, match="MP4 needs the program ffmpeg, which was not found"):
        plotting.animation_bytes(both, "mp4")
