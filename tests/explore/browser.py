"""The explore page and the report in a real browser: `pytest tests/explore/browser.py`.

They need selenium and Chromium. They are not part of the suite, which needs no browser: `.ci/run`
runs them, and installs a missing browser by apt.
"""

import itertools
import json
import time
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from minintk import cli
from minintk.arccosine import aliased_eigenvalues, infinite_ntk
from minintk.circle import fourier_coefficients
from minintk.explore import STATES, explore_page
from minintk.frozen import frozen_descent
from minintk.law import Law
from minintk.network import Params, forward, loss, objective
from minintk.ntk import empirical_ntk
from minintk.training import gradient_descent
from tests.explore import driver

READ = """
const t = minintk.training, {params} = t.first;
const size = ({a}) => a.reduce((sum, value) => sum + value * value, 0);
return {angles: [...t.points.t], targets: [...t.targets], eta: t.eta, step: t.step,
  w: [...params.w], b: [...params.b], a: [...params.a], bias: params.bias,
  losses: Simulation.losses(t), residual: [...t.residual],
  grown: size(t.params) / size(params)};
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "explore.html"
    path.write_text(explore_page(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def started():
    browser = driver.start()
    yield browser
    browser.quit()


@pytest.fixture
def browser(started):
    """Each test: a usual window, and afterwards no complaint and no request."""
    driver.view(started)
    driver.complaints(started)
    driver.requests(started)
    yield started
    assert driver.complaints(started) == []
    outside = [
        url for url in driver.requests(started) if not url.startswith(("file:", "about:", "data:"))
    ]
    assert outside == []


def element(browser, name):
    return browser.find_element(By.ID, name)


def until(browser, condition, seconds=30):
    """Wait for a condition in the page's own words."""
    end = time.monotonic() + seconds
    while not browser.execute_script(f"return {condition}"):
        assert time.monotonic() < end, f"never true: {condition}"
        time.sleep(0.05)


def at_step(browser, step):
    until(browser, f"minintk.training.step === {step} && document.getElementById('now')"
          f".textContent.startsWith('step {step},')")  # fmt: skip


def change(browser, name, value):
    """Set a control as a reader does, with its event."""
    browser.execute_script(
        "const [c, v] = arguments; c.value = v;"
        "for (const e of ['input', 'change']) c.dispatchEvent(new Event(e, {bubbles: true}));",
        element(browser, name),
        value,
    )


def pictures(browser):
    return browser.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('canvas')]"
        ".map((c) => [c.id, c.toDataURL()]))"
    )


# By hand


def test_it_agrees_with_minintk_and_says_so(browser, page):
    driver.open_page(browser, page)
    words = element(browser, "check").text
    assert words.startswith("This page agrees with minintk")
    assert "good" in element(browser, "check").get_attribute("class")


TAMPERED = {
    "a sign in the step": ("w[2 * r] -= scale", "w[2 * r] += scale"),
    "a factor ½ in the kernel": ("square * inner + own", "0.5 * square * inner + own"),
    "the closed kernel": ("rest + sine + rest * cosine", "rest + sine - rest * cosine"),
    "the derivative at the bias": ("if (bias) b[r] -=", "if (!bias) b[r] -="),
    "an index of the block": ("phi = basis[l][i]", "phi = basis[(l + 1) % d][i]"),
    "the width": ("const scale = 1 / Math.sqrt(m);", "const scale = 1 / m;"),
    "λ_k of even k": ("k * k + 3", "k * k + 2"),
    "the frozen step": ("(eta / residual.length) * push", "(eta / 2) * push"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_simulation_turns_the_check_red(browser, tmp_path, name):
    right, wrong = TAMPERED[name]
    text = explore_page()
    assert text.count(right) == 1
    path = tmp_path / "tampered.html"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    driver.open_page(browser, path)
    assert element(browser, "check").text.startswith("This page does not agree")
    assert element(browser, "check").get_attribute("class") == "bad"


def test_play_moves_every_picture_and_pause_stops_it(browser, page):
    driver.open_page(browser, page, "m=64")
    time.sleep(0.3)
    before = pictures(browser)
    element(browser, "play").click()
    until(browser, "minintk.training.step > 60")
    element(browser, "play").click()
    time.sleep(0.3)
    after = pictures(browser)
    assert [name for name in before if before[name] == after[name]] == []
    stopped = browser.execute_script("return minintk.training.step")
    time.sleep(0.3)
    assert browser.execute_script("return minintk.training.step") == stopped


def test_one_step_and_back_to_start(browser, page):
    driver.open_page(browser, page, "m=16")
    first = browser.execute_script(READ)
    element(browser, "single").click()
    assert browser.execute_script(READ)["step"] == 1
    element(browser, "reset").click()
    again = browser.execute_script(READ)
    assert again["step"] == 0
    assert again["losses"] == first["losses"]


def test_looking_back_returns_the_recorded_loss(browser, page):
    driver.open_page(browser, page, "m=32&second=frozen&step=400")
    at_step(browser, 400)
    kept = browser.execute_script("return minintk.frames.map((f) => [f.step, f.losses])")
    for index in (0, 1, len(kept) // 2, len(kept) - 1):
        change(browser, "scrub", index)
        found = browser.execute_script(READ)
        assert [found["step"], found["losses"]] == kept[index]
        assert f"step {kept[index][0]}," in element(browser, "now").text
    change(browser, "scrub", len(kept) // 2)
    middle = kept[len(kept) // 2][0]
    assert kept[-1][0] == 400
    for _ in range(400 - middle):
        browser.execute_script("document.getElementById('single').click()")
    assert browser.execute_script(READ)["losses"] == kept[-1][1]


def drawn(browser):
    return browser.execute_script("return [minintk.state.target, minintk.state.curve]")


def test_a_target_drawn_with_the_mouse(browser, page):
    driver.open_page(browser, page, "m=16&n=32")
    element(browser, "draw").click()
    canvas = element(browser, "fit")
    ActionChains(browser).move_to_element_with_offset(
        canvas, -60, 40
    ).click_and_hold().move_by_offset(120, -60).release().perform()
    target, curve = drawn(browser)
    assert target == "drawn"
    assert len(curve) == 64
    middle = curve[26:38]
    assert all(left < right for left, right in itertools.pairwise(middle))
    n = browser.execute_script("return [...minintk.training.targets]")
    assert np.allclose(n, curve[::2])
    assert element(browser, "target").get_attribute("value") == "drawn"


def test_a_target_drawn_with_a_finger(browser, page):
    driver.view(browser, 360, 780, touch=True)
    driver.open_page(browser, page, "m=16&target=one")
    browser.execute_script("document.getElementById('problem').open = true")
    browser.execute_script("document.getElementById('draw').click()")
    box = browser.execute_script(
        "const c = document.getElementById('fit'); c.scrollIntoView({block: 'center'});"
        "const r = c.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]"
    )
    left, top, width, height = box
    path = [(left + width * (0.4 + 0.04 * i), top + height * 0.4) for i in range(6)]
    for i, (x, y) in enumerate(path):
        browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent",
            {"type": "touchMove" if i else "touchStart", "touchPoints": [{"x": x, "y": y}]},
        )
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(browser, "minintk.state.target === 'drawn'")
    curve = drawn(browser)[1]
    level = max(set(curve), key=curve.count)
    assert curve.count(level) >= 8
    driver.view(browser, touch=False)


def test_a_target_drawn_with_the_keyboard(browser, page):
    driver.open_page(browser, page, "target=one&m=16")
    before = browser.execute_script(
        "return State.targetFunction(minintk.state)(2 * Math.PI * 2/64)"
    )
    element(browser, "draw").send_keys(Keys.ENTER)
    element(browser, "fit").send_keys(
        Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_UP
    )
    target, curve = drawn(browser)
    assert target == "drawn"
    assert curve[2] == pytest.approx(before + 0.2, abs=0.011)


def test_a_shared_address_restores_the_moment(browser, page):
    driver.open_page(
        browser, page, "target=square&m=48&n=40&samples=random&bias=off&start=independent"
    )
    element(browser, "play").click()
    until(browser, "minintk.training.step > 30")
    element(browser, "play").click()
    link = element(browser, "link").get_attribute("value")
    before = browser.execute_script(READ)
    assert f"step={before['step']}" in link
    browser.get("about:blank")
    browser.get(link)
    at_step(browser, before["step"])
    assert browser.execute_script(READ) == before


def test_the_state_of_the_command_line_is_where_it_starts(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(explore_page("m=32&eta=0.25&step=7"), encoding="utf-8")
    driver.open_page(browser, path)
    at_step(browser, 7)
    found = browser.execute_script(READ)
    assert (len(found["a"]), found["eta"]) == (32, 0.25)
    driver.open_page(browser, path, "m=16")  # the address says otherwise
    assert len(browser.execute_script(READ)["a"]) == 16


def test_every_choice_of_target_and_kernel_shows(browser, page):
    driver.open_page(browser, page, "m=16&n=16")
    for target in ("one", "low", "high", "equal", "square", "noise", "pulled"):
        change(browser, "target", target)
        element(browser, "single").click()
        assert browser.execute_script("return minintk.state.target") == target
    for first, second in itertools.product(("evolving", "frozen", "infinite"), repeat=2):
        change(browser, "first", first)
        change(browser, "second", second)
        shown = {"evolving": "evolving", "frozen": "frozen", "infinite": "infinite width"}
        words = element(browser, "now").text
        assert shown[first] in words
        assert shown[second] in words
    change(browser, "mode-4", 1.5)
    assert browser.execute_script("return [minintk.state.target, minintk.state.modes[3]]") == [
        "modes",
        1.5,
    ]
    change(browser, "pull", 3)
    assert browser.execute_script("return minintk.state.pull") == 3


def test_a_learning_rate_above_the_limit_is_marked_and_may_diverge(browser, page):
    driver.open_page(browser, page, "m=64&second=frozen&eta=12&step=40")
    at_step(browser, 40)
    assert "This η is above it" in element(browser, "limit").text
    assert "frozen diverged at step" in element(browser, "now").text
    driver.open_page(browser, page, "m=64&eta=0.5")
    assert "This η is below it" in element(browser, "limit").text


# Reference: Python with the page's own initial weights, angles and targets

RNG = np.random.default_rng(17)
TRAININGS = [
    {
        "target": str(RNG.choice(["one", "low", "high", "square", "noise"])),
        "m": int(RNG.choice([8, 22, 64, 256, 1024])),
        "n": int(RNG.integers(16, 129)),
        "samples": str(RNG.choice(["uniform", "random"])),
        "bias": str(RNG.choice(["on", "off"])),
        "start": str(RNG.choice(["antisymmetric", "independent"])),
        "seed": int(RNG.integers(10_000)),
        "eta": float(np.round(RNG.uniform(0.1, 1.5), 3)),
        "step": 500,
    }
    for _ in range(20)
]


@pytest.mark.parametrize("state", TRAININGS, ids=lambda state: f"m{state['m']}n{state['n']}")
def test_losses_agree_with_python_after_500_steps(browser, page, state):
    driver.open_page(browser, page, "&".join(f"{key}={value}" for key, value in state.items()))
    at_step(browser, 500)
    found = browser.execute_script(READ)
    law = Law(bias=found["bias"])
    w, angles, targets = (np.array(found[key]) for key in ("w", "angles", "targets"))
    assert (len(found["a"]), len(angles), found["bias"]) == (
        state["m"],
        state["n"],
        state["bias"] == "on",
    )
    params = Params(w.reshape(-1, 2), found["b"], found["a"], law.trained)
    trained, losses = gradient_descent(params, objective(angles, targets), state["eta"], 500)
    start = forward(params, angles)
    fixed = {"frozen": empirical_ntk(params, angles), "infinite": infinite_ntk(angles, law=law)}
    expected = {"evolving": losses[-1]}
    for name, kernel in fixed.items():
        expected[name] = loss(frozen_descent(kernel, start, targets, state["eta"], 500)[0], targets)
    # at a large learning rate a training may lift a change in the last digit to the tenth
    signs = np.random.default_rng(0).choice([-1, 1], size=(3, *params.w.shape))
    near = (replace(params, w=params.w * (1 + 2e-16 * s)) for s in signs)
    ends = [gradient_descent(p, objective(angles, targets), state["eta"], 500)[1][-1] for p in near]
    lifted = 20 * max(abs(end / losses[-1] - 1) for end in ends)
    assert lifted < 1e-6
    evolving = found["losses"].pop("evolving")
    assert evolving == pytest.approx(expected.pop("evolving"), rel=1e-9 + lifted)
    assert found["losses"] == pytest.approx(expected, rel=1e-9)
    modes = browser.execute_script(
        "const t = minintk.training; return Simulation.coefficients("
        "Simulation.fourierBasis(t.points.t, 3), t.residual)"
    )
    residual = forward(trained, angles) - targets
    assert np.allclose(modes, fourier_coefficients(angles, residual, 3), atol=1e-10 + lifted)


# Experiments: what the page says is what happens


def experiment(browser, page, number, seconds=120):
    """Play an experiment, and its second part where there is one; the losses at the end of each."""
    driver.open_page(browser, page)
    browser.find_elements(By.CSS_SELECTOR, "#experiments button")[number - 1].click()
    until(browser, f"minintk.state.experiment === {number}")
    browser.execute_script("document.querySelectorAll('#answers button')[1].click()")
    found = []
    for part in range(2):
        until(
            browser,
            "!['Watch.', ''].includes(document.getElementById('outcome').textContent)",
            seconds,
        )
        found.append({**browser.execute_script(READ), "frames": browser.execute_script(
            "return minintk.frames.map((f) => [f.step, f.losses, f.amplitudes.evolving])"
        )})  # fmt: skip
        more = browser.find_elements(By.CSS_SELECTOR, "#answer button")
        if part == 1 or not more:
            break
        browser.execute_script("arguments[0].click()", more[0])
    return found


def test_pulling_one_sample_shows_the_kernel(browser, page):
    one, many = experiment(browser, page, 1)
    output = np.array(one["residual"]) + one["targets"]
    kernel = browser.execute_script(
        "const p = minintk.training.first.params, c = minintk.training.points;"
        "return [...Simulation.empiricalKernel(p, c, c)[8]]"
    )
    assert np.abs(output - 3 / 16 * np.array(kernel)).max() < 0.05 * output.max()
    assert (many["step"], np.argmax(np.array(many["residual"]) + many["targets"])) == (200, 8)


def test_frequency_5_is_learned_last(browser, page):
    end, small = experiment(browser, page, 2)
    amplitudes = [end["frames"][-1][2][k] for k in (1, 2, 3, 5)]
    assert amplitudes == sorted(amplitudes)
    assert amplitudes[3] > 10 * amplitudes[0]
    assert amplitudes[0] < 0.01
    # Of frequency 5: the network, the prediction, and the network of a small target.
    left, small_left = (part["frames"][-1][2][5] / part["frames"][0][2][5] for part in (end, small))
    predicted = (1 - 0.5 * aliased_eigenvalues(64)[5]) ** 1000
    words = said(2)
    assert f"But {left:.0%}".replace("%", " %") in words
    assert f"where {predicted:.0%} is predicted".replace("%", " %") in words
    assert f"|{small_left:.0%} is left: a small target".replace("%", " %") in words
    frozen = browser.execute_script(
        "const [first, last] = [minintk.frames[0], minintk.frames.at(-1)];"
        "return last.amplitudes.frozen[5] / first.amplitudes.frozen[5]"
    )
    assert f"with the kernel of the start {frozen:.0%} is left".replace("%", " %") in words


def test_every_wave_has_its_label_in_the_colour_of_its_line(browser, page):
    driver.open_page(browser, page)
    said = browser.execute_script(
        "const said = [], canvas = document.getElementById('modes-time');"
        "const line = (k, v) => ({ points: [[1, 1], [2, 1], [9, v]], label: `k = ${k}`,"
        "  stroke: Drawing.modeStroke(k, []) });"
        "canvas.getContext('2d').fillText = function (text) { said.push([text, this.fillStyle]); };"
        "Drawing.overTime(canvas, [line(1, 0.02), line(2, 0.02), line(3, 0.02), line(4, 0)],"
        "  [0.01, 2], [1, 10], '');"
        "return said.filter(([text]) => text.startsWith('k = '));"
    )
    assert sorted(text for text, _ in said) == ["k = 1", "k = 2", "k = 3", "k = 4"]
    assert len({colour for _, colour in said}) == 4


def test_without_a_bias_the_third_wave_stays(browser, page):
    without, biased = experiment(browser, page, 3)
    assert without["losses"]["evolving"] == pytest.approx(0.25, rel=1e-9)
    assert biased["losses"]["evolving"] < 0.1


def test_four_times_the_width_halves_the_cells_off_the_diagonal(browser, page):
    experiment(browser, page, 4)
    typical = browser.execute_script(
        "const of = (m, seed) => Session.measure(Session.begin("
        "State.parse(`m=${m}&seed=${seed}`).state, Drawing.ANGLES)).typical;"
        "return [64, 256].map((m) => [...Array(40).keys()].map((seed) => of(m, seed) ** 2))"
    )
    narrow, wide = np.mean(typical, axis=1)
    assert 1.6 < np.sqrt(narrow / wide) < 2.5


def test_the_frozen_kernel_ends_higher_at_small_width(browser, page):
    (end,) = experiment(browser, page, 5)
    behind = [s for s, at, _ in end["frames"] if s and at["frozen"] < at["evolving"]]
    assert min(behind) == 6, "the plan for lecturers says: from step 6 to about 85"
    assert 80 <= max(behind) <= 90
    assert behind == [s for s, *_ in end["frames"] if 6 <= s <= max(behind)]
    assert end["losses"]["evolving"] < 0.1 * end["losses"]["frozen"]


def test_the_catapult_rises_and_falls(browser, page):
    (end,) = experiment(browser, page, 6)
    losses = [frame[1]["evolving"] for frame in end["frames"]]
    assert max(losses) > 1.5 * losses[0]
    assert losses[-1] < 0.3 * losses[0]
    assert "frozen diverged" in element(browser, "now").text


def test_when_the_evolving_kernel_wins(browser, page):
    small, wide = experiment(browser, page, 7)
    crossed = min(s for s, at, _ in small["frames"] if s > 100 and at["evolving"] < at["frozen"])
    words = said(7)
    assert f"about {round(crossed, -2)} steps" in words
    assert f"τ = {round(crossed, -2) // 2} " in words
    # The frozen kernel is held up by its start: that of infinite width is not.
    then = next(at for s, at, _ in small["frames"] if s >= crossed)
    last = small["losses"]
    assert last["frozen"] > 0.75 * then["frozen"]
    assert last["evolving"] < 0.75 * then["evolving"]
    assert last["infinite"] < 0.01 * last["frozen"]
    assert small["grown"] > 2
    state = browser.execute_script(
        "return ['evolving', 'frozen'].map((name) => minintk.frames.at(-1).amplitudes[name])"
    )
    evolving, frozen = state
    assert int(np.argmax(evolving)) == 8
    assert evolving[8] > 2 * frozen[8]
    assert all(at["evolving"] >= at["frozen"] for s, at, _ in wide["frames"] if s > 100)


def test_an_experiment_keeps_the_speed_that_the_address_or_the_reader_has_set(browser, page):
    def answer():
        browser.execute_script("document.querySelector('#answers button').click()")
        return browser.execute_script("return [minintk.state.speed, minintk.state.experiment]")

    driver.open_page(browser, page, "target=one&bias=off&m=512&speed=10&experiment=3")
    element(browser, "single").click()
    said = element(browser, "outcome").text
    assert "Choose an answer: the training then begins at step 0." in said
    assert answer() == [10, 3]
    browser.execute_script(
        "const speed = document.getElementById('speed'); speed.value = 50;"
        "speed.dispatchEvent(new Event('change'))"
    )
    assert answer() == [50, 3]
    browser.execute_script(
        "const speed = document.getElementById('speed'); speed.value = 5;"
        "speed.dispatchEvent(new Event('change'))"
    )
    assert "speed=5" in browser.execute_script("return location.hash"), "the default is kept, too"
    driver.open_page(browser, page, "experiment=6")
    assert answer() == [0.1, 6], "where nobody has set it, it is the experiment's own"


def test_what_an_answer_plays_in_place_of_the_address_is_said_before_it_does(browser, page):
    def answer():
        browser.execute_script("document.querySelector('#answers button').click()")
        keys = ("m", "seed", "eta", "second", "speed")
        return [browser.execute_script(f"return minintk.state.{key}") for key in keys]

    asked = "target=low&m=64&second=frozen&speed=5&experiment=5&seed=4&eta=0.25"
    own = "An answer plays the experiment’s own settings: "
    driver.open_page(browser, page, asked)
    words = own + "m = 16, not 64; seed = 1, not 4; η = 0.5, not 0.25."
    assert element(browser, "own").text == words
    assert answer() == [16, 1, 0.5, "frozen", 5]
    assert element(browser, "own").text == words, "and it stays"
    change(browser, "seed", 7)
    assert not element(browser, "own").is_displayed(), "the experiment is over"
    driver.open_page(browser, page, "target=modes&modes=1,2&experiment=2")
    assert element(browser, "own").text == own + "target = equal, not modes; m = 512, not 256."
    for number, experiment in enumerate(EXPERIMENTS, 1):
        driver.open_page(browser, page, f"{experiment['state']}&experiment={number}")
        assert not element(browser, "own").is_displayed(), "nothing to say"


EXPERIMENTS = json.loads(
    (resources.files("minintk.explore") / "experiments.json").read_text("utf-8")
)


def said(number):
    """What an experiment says came out, of both its parts."""
    first = EXPERIMENTS[number - 1]
    return f"{first['outcome']}|{first.get('then', {}).get('outcome', '')}"


# Theorem: what holds of the page as a whole


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window_and_all_can_be_read(browser, page, width, dark):
    driver.view(browser, width, 900, dark=dark)
    driver.open_page(browser, page, "m=32&experiment=4")
    browser.execute_script(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )
    assert driver.overflow(browser) <= 0
    assert driver.violations(browser) == []


def test_the_keyboard_reaches_every_control(browser, page):
    driver.open_page(browser, page, "m=16")
    wanted = set(
        browser.execute_script(
            "return [...document.querySelectorAll('button, select, input, summary, a')]"
            ".filter((e) => e.offsetParent).map((e, i) => e.dataset.walk = i).map(String)"
        )
    )
    reached = set()
    for _ in range(len(wanted) + 5):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        walk, outline = browser.execute_script(
            "const e = document.activeElement;"
            "return [e.dataset.walk, getComputedStyle(e).outlineStyle]"
        )
        if walk is not None:
            assert outline != "none"
            reached.add(walk)
    assert reached == wanted
    element(browser, "play").send_keys(Keys.ENTER)
    until(browser, "minintk.training.step > 3")
    element(browser, "play").send_keys(Keys.SPACE)
    assert element(browser, "play").text == "Play"


def test_less_motion_draws_less_often_and_trains_all_the_same(browser, page):
    count = (
        "window.drawn = 0; const old = Drawing.fit;"
        "Drawing.fit = (...all) => { window.drawn += 1; return old(...all); };"
    )
    found = {}
    for still in (False, True):
        driver.view(browser, still=still)
        driver.open_page(browser, page, "m=16&n=16")
        browser.execute_script(count)
        element(browser, "play").click()
        time.sleep(2)
        element(browser, "play").click()
        found[still] = browser.execute_script("return [window.drawn, minintk.training.step]")
    assert found[True][0] <= 8
    assert found[True][1] > 20
    assert found[False][0] > found[True][0]


def test_a_narrow_and_a_dark_picture_are_not_empty(browser, page):
    driver.view(browser, 360, 780, dark=True)
    driver.open_page(browser, page, "m=16&step=20")
    at_step(browser, 20)
    time.sleep(0.3)
    blank = browser.execute_script(
        "return [...document.querySelectorAll('canvas')].filter((c) => !c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some((v) => v)).map((c) => c.id)"
    )
    assert blank == []


def test_with_scripts_off_it_says_what_it_is(page):
    browser = driver.start(scripts=False)
    try:
        driver.open_page(browser, page)
        figures = browser.find_elements(By.CSS_SELECTOR, "noscript svg")
        assert len(figures) == 3
        assert all(figure.size["height"] > 100 for figure in figures)
        assert "needs scripts" in browser.find_element(By.TAG_NAME, "noscript").text
        assert not element(browser, "app").is_displayed()
        assert driver.complaints(browser) == []
    finally:
        browser.quit()


# Argument checks: an unknown key or value is named, and the default stays


@pytest.mark.parametrize(
    ("state", "words", "key", "value"),
    [
        ("width=64", "“width” is no setting", "m", 256),
        ("m=65", "m must be an even whole number from 8 to 1024, got “65”", "m", 256),
        ("m=1e9", "m must be an even whole number", "m", 256),
        ("eta=-1", "η (eta) must be a number from 0.001 to 20", "eta", 0.5),
        ("eta=NaN", "η (eta) must be a number", "eta", 0.5),
        ("target=cube", "target must be one, low, high", "target", "low"),
        ("target=drawn&curve=1,x", "curve must be up to 64 numbers", "curve", []),
        ("modes=9", "modes must be up to 10 numbers", "modes", [1, 1, 1]),
        ("pull=200", "pull must be a sample's number", "pull", 32),
        ("n=16&pull=20", "pull must be below n = 16", "pull", 8),
        ("__proto__=1", "“__proto__” is no setting", "m", 256),
        ("bias=%3Cimg%20src%3Dx%3E", "got “<img src=x>”", "bias", "on"),
    ],
)
def test_an_unknown_state_leaves_the_default_with_a_note(browser, page, state, words, key, value):
    driver.open_page(browser, page, state)
    assert words in element(browser, "notes").text
    assert browser.execute_script(f"return minintk.state.{key}") == value
    assert browser.find_elements(By.CSS_SELECTOR, "#notes img") == []


def test_a_wrong_value_typed_by_hand_is_said_and_taken_back(browser, page):
    driver.open_page(browser, page)
    change(browser, "m", 13)
    assert "m must be an even whole number" in element(browser, "notes").text
    assert element(browser, "m").get_attribute("value") == "256"
    change(browser, "m", 14)
    assert element(browser, "notes").text == ""
    assert browser.execute_script("return minintk.state.m") == 14


# The report


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of a real run, small, with explore.html beside it."""
    folder = tmp_path_factory.mktemp("report")
    claims = ",".join([*STATES, "growth"])
    assert cli.main(["reproduce", "--quick", "--claims", claims, "--out", str(folder)]) == 0
    return folder / "report.html"


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
@pytest.mark.parametrize("dark", [False, True])
def test_the_report_fits_every_window_and_all_can_be_read(browser, report, width, dark):
    driver.view(browser, width, 900, dark=dark)
    driver.open_page(browser, report)
    assert driver.overflow(browser) <= 0
    assert driver.violations(browser) == []
    driver.open_everything(browser)
    assert driver.overflow(browser) <= 0
    assert driver.violations(browser) == []


def test_every_link_of_the_report_opens(browser, report):
    driver.open_page(browser, report)
    links = [a.get_attribute("href") for a in browser.find_elements(By.TAG_NAME, "a")]
    states = [link for link in links if "explore.html#" in link]
    assert len(states) == len(STATES) == 8
    for link in states:
        browser.get("about:blank")
        browser.get(link)
        at_step(browser, browser.execute_script("return minintk.state.step"))
        assert element(browser, "notes").text == ""
        assert element(browser, "check").text.startswith("This page agrees with minintk")
    files = {link for link in links if "#" not in link}
    assert len(files) >= 10
    for link in files:
        assert link.startswith(report.parent.as_uri())
        assert (report.parent / link.removeprefix(f"{report.parent.as_uri()}/")).is_file(), link


def test_the_report_says_its_size_and_verdicts_without_scripts(report):
    browser = driver.start(scripts=False)
    try:
        driver.view(browser, 360, 780)
        driver.open_page(browser, report)
        text = browser.find_element(By.TAG_NAME, "body").text
        assert "Size of this run: quick" in text
        assert text.count("holds") + text.count("fails") + text.count("not decided") >= 5
        assert driver.complaints(browser) == []
    finally:
        browser.quit()


def test_the_report_prints_with_everything_open(browser, report):
    driver.open_page(browser, report)
    closed = "return [...document.querySelectorAll('details')].filter((d) => !d.open).length"
    assert browser.execute_script(closed) > 0
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(closed) == 0
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(closed) > 0
