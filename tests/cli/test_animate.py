"""`minintk animate` from end to end: files, progress, seeds, and what it rejects in one line."""

import os
import sys

import pytest
from PIL import Image

from minintk import cli, plotting
from minintk.plotting import animation
from tests.reference.commands import refuse, run

pytestmark = pytest.mark.command

SQUARE = "sign(sin(t))"
SMALL = ("--width", "16", "--steps", "9", "--frames", "3", "--samples", "16")


@pytest.fixture(autouse=True)
def small_and_short(monkeypatch):
    monkeypatch.setattr(animation, "HOLD_FIRST", 1)
    monkeypatch.setattr(animation, "HOLD_LAST", 1)
    monkeypatch.setattr(animation, "PIXELS_AN_INCH", 40)


def animate(capsys, *arguments):
    return run(capsys, "animate", *SMALL, *map(str, arguments))


# --- by hand --------------------------------------------------------------------------------------


def test_the_command_writes_an_animation(tmp_path, capsys):
    file = tmp_path / "wave.gif"
    status, out, err = animate(capsys, SQUARE, "--kernel", "both", "--no-bias", "--out", file)
    assert (status, out) == (0, f"written: {file}\n")
    assert err.splitlines() == ["training: 9 steps", "drawing: 3 frames"]
    with Image.open(file) as image:
        assert (image.format, image.n_frames) == ("GIF", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["wave.gif"], "nothing half written"


def test_a_target_may_begin_with_a_minus(tmp_path, capsys):
    file = tmp_path / "line.gif"
    assert animate(capsys, "-t", "--out", file)[:2] == (0, f"written: {file}\n")


def test_frames_as_pictures(tmp_path, capsys):
    status, out, _ = animate(capsys, SQUARE, "--out", tmp_path / "wave.png")
    names = [f"wave-00{number}.png" for number in (1, 2, 3)]
    assert (status, out) == (0, f"written: {tmp_path / names[0]} to {names[-1]}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.size) == ("PNG", (360, 180))


def test_a_seed_gives_the_same_bytes(tmp_path, capsys):
    contents = []
    for number, seed in enumerate((1, 1, 2)):
        file = tmp_path / f"{number}.gif"
        assert animate(capsys, SQUARE, "--seed", seed, "--out", file)[0] == 0
        contents.append(file.read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_options_reach_the_training(tmp_path, capsys, monkeypatch):
    seen = {}

    def record(function, width, rng, **options):
        seen.update(options, width=width, draw=rng.random(), at_two=float(function(2.0)))
        raise ValueError("seen")

    monkeypatch.setattr(plotting, "record_training", record)
    options = ["--kernel", "frozen", "--no-bias", "--learning-rate", "0.5", "--seed", "3"]
    line = refuse(
        capsys, "animate", "x^2 + theta", *options, *SMALL, "--out", tmp_path / "wave.gif"
    )
    assert line == "minintk animate: seen\n"
    assert seen.pop("progress") is not None
    assert seen.pop("draw") == pytest.approx(0.08564917)
    assert seen == {
        **{"width": 16, "bias": False, "kernel": "frozen", "steps": 9, "learning_rate": 0.5},
        **{"samples": 16, "frames": 3, "at_two": 6.0},
    }


def test_a_formula_that_can_be_read_in_two_ways_is_shown(tmp_path, capsys):
    _, _, err = animate(capsys, "1/2cos(t)", "--out", tmp_path / "wave.gif")
    assert err.splitlines()[0].startswith("the target was read as 1 / 2 * cos(t)")


def test_on_a_terminal_a_line_is_rewritten(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    _, _, err = animate(capsys, SQUARE, "--out", tmp_path / "wave.gif")
    assert "\rtraining: step 9 of 9\n" in err
    assert err.endswith("\rdrawing: frame 3 of 3\n")


def test_on_a_terminal_an_error_has_its_own_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    status, _, err = animate(capsys, "1e6*t", "--out", tmp_path / "wave.gif")
    assert status == 2
    assert "\r\x1b[Kminintk animate: gradient descent diverged" in err


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1/sin(t)"], "the target must be finite, got inf at the angle t = 0"),
        (["log(-1 - t)"], "the target must be finite, got nan at the angle t = 0"),
        (["t - t"], "the target must not be 0 at every angle"),
        (["foo(t)"], "unknown name 'foo'"),
        (["k*t"], "unknown name 'k'"),
        (["t", "--width", "15"], "width must be even for antisymmetric pairs, got 15"),
        (["t", "--width", "0"], "argument --width: must be a whole number from 2, got '0'"),
        (["t", "--width", "8" * 15], "the network would take"),
        (["t", "--steps", "2.5"], "argument --steps: must be a whole number from 1, got '2.5'"),
        (["t", "--seed", "-1"], "argument --seed: must be a whole number from 0, got '-1'"),
        (
            ["t", "--kernel", "lazy"],
            "argument --kernel: must be one of evolving, frozen, both, got 'lazy'",
        ),
        (["t", "--learning-rate", "1e3"], "learning_rate must not be above 2/λ_max"),
        (["1e6*t"], "gradient descent diverged"),
        ([], "the following arguments are required: TARGET"),
    ],
)
def test_one_line_and_no_file(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main(["animate", *SMALL, *arguments])
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if not line.startswith("training: ")]
    assert captured.out == ""
    assert len(lines) == 1
    assert message in lines[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wave", "--out must end in .gif, .mp4, .png, got "),
        ("absent/wave.gif", "must go to a file that can be written, got "),
        (".gif", "--out must end in .gif, .mp4, .png, got "),
    ],
)
def test_a_file_that_cannot_be_is_rejected_before_the_training(name, message, tmp_path, capsys):
    assert message in refuse(capsys, "animate", SQUARE, *SMALL, "--out", tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_mp4_without_ffmpeg_is_rejected_before_the_training(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    line = refuse(capsys, "animate", SQUARE, *SMALL, "--out", tmp_path / "wave.mp4")
    assert line == (
        "minintk animate: MP4 needs the program ffmpeg, which was not found: take FILE.gif\n"
    )


def test_an_ffmpeg_that_fails(tmp_path, capsys, monkeypatch):
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\ncat > /dev/null\nexit 3\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    status, out, err = animate(capsys, SQUARE, "--out", tmp_path / "wave.mp4")
    assert (status, out) == (2, "")
    assert "returned non-zero exit status 3" in err.splitlines()[-1]
    assert not (tmp_path / "wave.mp4").exists()


def test_a_disk_that_is_full(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    file = tmp_path / "wave.gif"
    status, out, err = animate(capsys, SQUARE, "--out", file)
    assert (status, out) == (2, "")
    last = err.splitlines()[-1]
    assert last == f"minintk animate: could not write {file}: No space left on device"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("ending", "said"), [("gif", "nothing was written"), ("png", "written: ")])
def test_ctrl_c(ending, said, tmp_path, capsys, monkeypatch):
    from minintk.report import files

    write, calls = files.write_whole, []

    def interrupted(path, content):
        calls.append(path)
        if len(calls) == (1 if ending == "gif" else 3):
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(files, "write_whole", interrupted)
    status, out, err = animate(capsys, SQUARE, "--out", tmp_path / f"wave.{ending}")
    assert (status, out) == (130, "")
    last = err.splitlines()[-1]
    assert last.startswith(f"interrupted: {said}")
    assert len(list(tmp_path.iterdir())) == len(calls) - 1
