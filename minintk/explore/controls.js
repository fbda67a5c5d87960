// The page's controls: play, look back, the address, and what is drawn when.

"use strict";

(() => {
  const $ = (id) => document.getElementById(id);
  const WIDTHS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
  const BUDGET = 10; // milliseconds of training in one picture
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  let state, session, playing = false, stopAt = Session.MOST_STEPS, going = 0, turn = 0, owed = 0;
  let outputs = {}, axis = null, sketched = null, after = null;
  let speed = 0; // steps per picture that the address or the reader has set; 0: an experiment's own
  const dirty = new Set(); // panels whose picture is old

  function begin() {
    session = Session.begin(state, Drawing.ANGLES);
    after = null;
    all();
  }

  const back = (index) => Session.restore(session, index);

  // --- pictures -----------------------------------------------------------------------------------

  const shown = () => [...new Set([state.first, state.second])].filter((name) => name !== "none");

  const ofEach = (read) => Object.fromEntries(shown().map((name) => [name, read(name)]));
  const track = (read) => Session.track(session, read);
  const times = () => [state.eta, Math.max(session.frames[session.frames.length - 1].step, 100) * state.eta];

  function modesOverTime(canvas) {
    const lines = [], names = shown();
    const seen = session.amplitudes.map((r, k) => k).filter((k) =>
      session.amplitudes[k] > 1e-3 * Math.max(...session.amplitudes));
    for (const k of seen) {
      lines.push({ points: track((f) => f.amplitudes[names[0]][k]),
        stroke: Drawing.modeStroke(k, [], 2.6), label: `k = ${k}` });
      if (Session.predicted(session, 0)) {
        lines.push({ points: track((f) => Session.predicted(session, f.step)[k]), stroke: Drawing.modeStroke(k, [], 0.9) });
      }
    }
    const top = 1.3 * Math.max(...session.amplitudes, 1e-9);
    Drawing.overTime(canvas, lines, [1e-4 * top, top], times(), `|rₖ|: ${names[0]} thick, predicted thin`);
  }

  function lossOverTime(canvas) {
    const names = shown(), start = session.frames[0].losses[names[0]] || 1;
    const lines = names.map((name) => ({ points: track((f) => f.losses[name]),
      stroke: Drawing.kernelStroke(name) }));
    const all = lines.flatMap(({ points }) => points.map(([, v]) => v)).filter((v) => v > 0);
    const low = Math.max(1e-6 * start, Math.min(...all, 0.1 * start));
    const high = Math.min(100 * start, Math.max(...all, start));
    Drawing.legend(Drawing.overTime(canvas, lines, [0.8 * low, 1.3 * high], times(), "loss L"), names);
  }

  const PANELS = {
    fit: (canvas) => { axis = Drawing.fit(canvas, view()); },
    loop: (canvas) => Drawing.loop(canvas, view()),
    modes: (canvas) => Drawing.modes(canvas,
      ofEach((name) => Session.amplitudes(session, name)),
      { start: session.amplitudes, now: Session.predicted(session, session.training.step) }),
    "modes-time": modesOverTime,
    loss: lossOverTime,
    pulled: (canvas) => Drawing.pulled(canvas, ofEach((name) => Session.kernelRow(session, name, state.pull)),
      session.training.points.t[state.pull]),
    block: (canvas) => {
      const { block, values, typical, dead, stable } = Session.measure(session);
      $("readout").textContent = dead ? "No neuron is active at any sample any more: the network is dead."
        : `Cells off the diagonal now: ${number(typical)} on average (root mean square). ` +
          `Stable steps now: η up to ${stable.toFixed(2)}.`;
      Drawing.block(canvas, block, Array.from({ length: 5 }, (_, k) => session.eigenvalues[k] ?? 0));
      [...$("alignment").tBodies[0].rows].forEach((row, i) => {
        row.cells[1].textContent = session.first.values[i].toFixed(4);
        row.cells[2].textContent = values[i].toFixed(4);
      });
    },
    arcs: (canvas) => Drawing.arcs(canvas, session.training.params, session.order),
  };
  const FAST = ["fit", "loop", "modes"]; // drawn in every picture; the others in turn

  const view = () => ({ points: session.training.points, targets: session.training.targets,
    curve: sketched || session.curve, range: session.range, outputs });

  function all() {
    Object.keys(PANELS).forEach((name) => dirty.add(name));
    words();
  }

  function draw(names) {
    outputs = ofEach((name) => Session.output(session, name));
    for (const name of names) {
      dirty.delete(name);
      if (Drawing.visible($(name))) PANELS[name]($(name));
    }
  }

  function number(v) {
    if (v === 0) return "0";
    if (v >= 0.01 && v < 1e5) return v >= 100 ? String(Math.round(v)) : v.toPrecision(3);
    const [factor, power] = v.toExponential(2).split("e");
    return `${factor} × 10${Drawing.superscript(Number(power))}`;
  }

  function words() {
    const { training } = session, losses = Simulation.losses(training);
    const said = shown().map((name) => {
      const end = training.diverged[name];
      const value = end === undefined ? number(losses[name]) : `diverged at step ${end}`;
      return `${Drawing.KERNELS[name].label} ${value}`;
    });
    $("now").textContent =
      `step ${training.step}, time τ = ${number(training.step * state.eta)}; loss: ${said.join(", ")}`;
    const index = Session.frameAt(session, training.step);
    $("scrub").max = session.frames.length - 1;
    $("scrub").value = index;
    $("scrub").setAttribute("aria-valuetext", `step ${session.frames[index].step}`);
  }

  // A sentence for those who do not see the picture: once, when it stands still.
  function labels() {
    const amplitudes = Session.amplitudes(session, shown()[0]).map((r, k) => `k = ${k}: ${number(r)}`);
    $("fit").setAttribute("aria-label", `Fit over the angle. ${$("now").textContent}`);
    $("modes").setAttribute("aria-label", `Residual by frequency. ${amplitudes.join(", ")}`);
    $("loss").setAttribute("aria-label", `Loss over time. ${$("now").textContent}`);
  }

  // --- playing ------------------------------------------------------------------------------------

  function play(on, until = Session.MOST_STEPS) {
    playing = on;
    stopAt = until;
    $("play").textContent = on ? "Pause" : "Play";
    if (!on) rest();
  }

  // What follows when the picture stands still.
  function rest() {
    Session.keep(session, true);
    all();
    address();
    labels();
  }

  let drawn = 0;

  function tick(now) {
    requestAnimationFrame(tick);
    if (going) {
      Session.advance(session, going, 30, going);
      if (session.training.step >= going) going = 0;
      words();
      if (going) return;
      rest();
    } else if (playing) {
      owed = (owed % 1) + state.speed; // below 1: a step every few pictures
      Session.advance(session, Math.floor(owed + 1e-9), BUDGET, stopAt);
      words();
      if (session.training.step >= stopAt) finished();
      FAST.forEach((name) => dirty.add(name));
      const others = Object.keys(PANELS).filter((name) => !FAST.includes(name));
      dirty.add(others[turn++ % others.length]);
    }
    if (!dirty.size || (playing && still.matches && now - drawn < 500)) return;
    drawn = now;
    draw(playing ? [...dirty].slice(0, 5) : [...dirty]);
  }

  function address() {
    const text = State.format({ ...state, step: session.training.step }, speed ? ["speed"] : []);
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    $("link").value = location.href;
  }

  // --- the controls -------------------------------------------------------------------------------

  const SELECTS = ["target", "samples", "bias", "start", "first", "second", "speed"];
  const NUMBERS = ["m", "n", "seed", "eta"];
  const RESTART = ["target", "modes", "curve", "m", "n", "samples", "bias", "start", "seed", "eta"];

  function fill() {
    for (const key of [...SELECTS, ...NUMBERS]) $(key).value = state[key];
    $("m-range").value = WIDTHS.reduce((best, w, i) =>
      (Math.abs(w - state.m) < Math.abs(WIDTHS[best] - state.m) ? i : best), 0);
    $("m-range").setAttribute("aria-valuetext", `m = ${state.m}`);
    $("eta-range").value = state.eta;
    $("pull").max = state.n - 1;
    $("pull").value = state.pull;
    $("pull").setAttribute("aria-valuetext", `sample ${state.pull}`);
    State.modesOf(state).forEach((value, i) => {
      $(`mode-${i + 1}`).value = value;
      $(`mode-${i + 1}`).setAttribute("aria-valuetext", `frequency ${i + 1}: ${value}`);
    });
    $("limit").textContent = `Limit of stability at the start: η = 2/λₘₐₓ = ${session.limit.toFixed(3)}. ` +
      (state.eta > session.limit ? "This η is above it." : "This η is below it.");
    $("limit").classList.toggle("bad", state.eta > session.limit);
    $("limit-mark").firstElementChild.style.left = `${Math.min(100, (100 * session.limit) / 8)}%`;
  }

  // Take a change, and begin anew where it changes the training.
  function set(changes) {
    Object.assign(state, changes);
    if (Object.keys(changes).some((key) => RESTART.includes(key))) {
      state.pull = Math.min(state.pull, state.n - 1);
      play(false);
      begin();
    }
    if ("speed" in changes) speed = state.speed;
    else if (state.experiment) ask(state.experiment = 0); // it is the reader's own problem now
    fill();
    all();
    address();
    labels();
  }

  // A value typed by hand is read as an address is: one rule for both.
  function typed(key, text) {
    const { state: read, notes } = State.parse(`${key}=${encodeURIComponent(text)}`);
    note(notes);
    if (!notes.length) set({ [key]: read[key] });
    else fill();
  }

  function note(notes) {
    $("notes").replaceChildren(...notes.map((text) => {
      const p = document.createElement("p");
      p.className = "warn";
      p.textContent = text;
      return p;
    }));
  }

  function load(text) {
    const { state: read, notes } = State.parse(text);
    state = read;
    speed = /\bspeed=/.test(text) ? state.speed : 0;
    note(notes);
    playing = false;
    $("play").textContent = "Play";
    begin();
    ask(state.experiment, state);
    going = state.step;
    fill();
    labels();
  }

  // --- the page checks itself against minintk -----------------------------------------------------

  function selfCheck() {
    const { difference, numbers } = Check.compare(PAGE.runs);
    const agrees = difference < 1e-9;
    $("check").textContent = agrees
      ? `This page agrees with minintk ${PAGE.version} to ${difference.toExponential(0)}: ` +
        `${numbers} numbers of ${PAGE.runs.length} reference runs were compared.`
      : `This page does not agree with minintk ${PAGE.version}: the largest relative difference is ` +
        `${difference.toExponential(1)}. Do not trust what it shows.`;
    $("check").className = agrees ? "good" : "bad";
    if (!agrees) document.querySelector("header").append($("check"));
  }

  function listen() {
    for (const key of [...SELECTS, ...NUMBERS]) {
      $(key).addEventListener("change", () => typed(key, $(key).value));
    }
    $("m-range").addEventListener("input", () => set({ m: WIDTHS[$("m-range").value] }));
    $("eta-range").addEventListener("input", () => set({ eta: Math.max(0.05, Number($("eta-range").value)) }));
    $("pull").addEventListener("input", () => set({ pull: Number($("pull").value) }));
    $("play").addEventListener("click", () => play(!playing));
    $("single").addEventListener("click", () => {
      play(false);
      Session.advance(session, 1, Infinity);
      rest();
    });
    $("reset").addEventListener("click", () => {
      play(false);
      back(0);
      rest();
    });
    $("scrub").addEventListener("input", () => {
      const index = Number($("scrub").value);
      if (playing) play(false);
      back(index);
      rest();
    });
    $("target").addEventListener("change", () => {
      if ($("draw").getAttribute("aria-pressed") === "true") $("draw").click();
    });
    $("draw").addEventListener("click", () => {
      const on = $("draw").getAttribute("aria-pressed") !== "true";
      $("draw").setAttribute("aria-pressed", String(on));
      $("draw-help").hidden = !on;
      if (on && state.experiment) ask(state.experiment = 0);
      if (on) $("fit").scrollIntoView({ block: "center" });
      sketch(on);
    });
    $("controls").addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", () => load(location.hash));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      Drawing.readColours();
      all();
    });
    for (const [name, print] of [["beforeprint", true], ["afterprint", false]]) {
      addEventListener(name, () => {
        Drawing.readColours(print);
        draw(Object.keys(PANELS));
      });
    }
  }

  function build() {
    State.SPEEDS.forEach((value) => $("speed").append(
      new Option(value < 1 ? `1 in ${1 / value}` : `${value} each`, value)));
    for (let k = 1; k <= State.MODES; k++) {
      const label = document.createElement("label"), slider = document.createElement("input");
      Object.assign(slider, { type: "range", min: -2, max: 2, step: 0.1, id: `mode-${k}` });
      slider.addEventListener("input", () => {
        const modes = State.modesOf(state);
        modes[k - 1] = Number(slider.value);
        set({ target: "modes", modes });
      });
      label.append(`${k} `, slider);
      $("sliders").append(label);
    }
  }

  // Called by the guide: play from a state to a step, then `done`.
  function perform(text, until, done) {
    state = State.parse(text).state;
    state.speed = speed || state.speed;
    begin();
    fill();
    const watched = document.querySelector(".watched canvas");
    const { top, bottom } = watched.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) watched.scrollIntoView({ block: "center" });
    play(true, until);
    after = done;
  }

  function finished() {
    play(false);
    if (after) after(number(Session.measure(session).typical));
    after = null;
  }

  const ask = guideThrough(PAGE.experiments, perform);
  const sketch = sketchOn($("fit"), {
    look: () => ({ state, axis, range: session.range }),
    show: (curve) => {
      if (playing) play(false);
      sketched = curve;
      dirty.add("fit");
    },
    take: (curve) => set({ target: "drawn", curve }),
  });

  $("speeds").textContent = Simulation.closedEigenvalues(5, true).slice(1)
    .map((value, i) => `λ${"₁₂₃₄₅"[i]} = ${value.toFixed(3)}`).join(", ");
  $("app").hidden = false;
  $("problem").open = $("words").open = innerWidth >= 720; // on a phone the pictures come first
  Drawing.readColours();
  build();
  for (const name of Object.keys(PANELS)) Drawing.watch($(name), () => dirty.add(name));
  load(location.hash || PAGE.state);
  listen();
  selfCheck();
  $("link").value = location.href;
  requestAnimationFrame(tick);
  // What a test may read: the initial weights and the record.
  window.minintk = { get state() { return state; }, get training() { return session.training; },
    get frames() { return session.frames; } };
})();
