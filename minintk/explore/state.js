// What the page shows, as the text after # in its address; and the training that it describes.

"use strict";

const State = (() => {
  const MODES = 10; // sliders for frequency 1 … 10
  const CURVE = 64; // values of a drawn target around the circle
  const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 20, 50, 100]; // steps in one picture
  const PRESETS = {
    one: [0, 0, 1],
    low: [1, 1, 1],
    high: [0.5, 0.5, 0, 0.5, 0, 0, 0, 0.5],
    equal: [1, 1, 1, 0, 1],
  };

  const whole = (low, high, even) => (text) => {
    const value = Number(text);
    const fits = /^\d+$/.test(text) && value >= low && value <= high && !(even && value % 2);
    return fits ? value : undefined;
  };
  const number = (low, high) => (text) => {
    const value = Number(text);
    return text.trim() !== "" && value >= low && value <= high ? value : undefined;
  };
  const oneOf = (...choices) => (text) => (choices.includes(text) ? text : undefined);
  const list = (most, size) => (text) => {
    const values = text.split(",").map((entry) => number(-size, size)(entry));
    return values.length <= most && !values.includes(undefined) ? values : undefined;
  };

  // key: [default, reader, what is allowed]
  const FIELDS = {
    target: ["low", oneOf("one", "low", "high", "equal", "square", "noise", "pulled", "modes", "drawn"),
      "one, low, high, equal, square, noise, pulled, modes or drawn"],
    modes: [[1, 1, 1], list(MODES, 2), "up to 10 numbers from −2 to 2"],
    curve: [[], list(CURVE, 3), "up to 64 numbers from −3 to 3"],
    m: [256, whole(8, 1024, true), "an even whole number from 8 to 1024"],
    n: [64, whole(8, 128), "a whole number from 8 to 128"],
    samples: ["uniform", oneOf("uniform", "random"), "uniform or random"],
    bias: ["on", oneOf("on", "off"), "on or off"],
    start: ["antisymmetric", oneOf("antisymmetric", "independent"), "antisymmetric or independent"],
    seed: [1, whole(0, 9999), "a whole number from 0 to 9999"],
    eta: [0.5, number(0.001, 20), "a number from 0.001 to 20"],
    first: ["evolving", oneOf("evolving", "frozen", "infinite"), "evolving, frozen or infinite"],
    second: ["infinite", oneOf("evolving", "frozen", "infinite", "none"),
      "evolving, frozen, infinite or none"],
    speed: [5, (text) => SPEEDS.find((speed) => String(speed) === text), SPEEDS.join(", ")],
    step: [0, whole(0, 100000), "a whole number from 0 to 100000"],
    pull: [32, whole(0, 127), "a sample's number from 0 to 127"],
    experiment: [0, whole(0, 7), "a whole number from 0 to 7"],
  };

  function defaults() {
    return Object.fromEntries(Object.entries(FIELDS).map(([key, [value]]) => [key, value]));
  }

  // Unknown keys and values that do not fit leave the default, with a note for each.
  function parse(text) {
    const state = defaults(), notes = [];
    for (const [key, value] of new URLSearchParams(text.replace(/^#/, ""))) {
      if (!Object.hasOwn(FIELDS, key)) {
        notes.push(`“${key}” is no setting of this page; it is left out.`);
        continue;
      }
      const [standard, read, allowed] = FIELDS[key];
      const found = read(value);
      if (found === undefined) {
        notes.push(`${key === "eta" ? "η (eta)" : key} must be ${allowed}, got “${value}”; ${key} = ${standard} is used.`);
      } else state[key] = found;
    }
    if (state.pull >= state.n) {
      if (/pull=/.test(text)) notes.push(`pull must be below n = ${state.n}, got ${state.pull}.`);
      state.pull = state.n >> 1;
    }
    return { state, notes };
  }

  // Only what differs from the default: a short address; and what the reader has set, in any case.
  function format(state, set = []) {
    const parts = [];
    for (const [key, [standard]] of Object.entries(FIELDS)) {
      const value = String(state[key]);
      const used = (key !== "modes" || state.target === "modes") &&
        (key !== "curve" || state.target === "drawn");
      if (used && (value !== String(standard) || set.includes(key))) parts.push(`${key}=${value}`);
    }
    return parts.join("&");
  }

  function modesOf(state) {
    const given = state.target === "modes" ? state.modes : PRESETS[state.target] || [];
    return Array.from({ length: MODES }, (_, i) => given[i] || 0);
  }

  // The target as a function of the angle; null where it is known at the samples only.
  function targetFunction(state) {
    if (state.target === "square") return (t) => Math.sign(Math.round(1e12 * Math.sin(t)));
    if (state.target === "noise" || state.target === "pulled") return null;
    if (state.target === "drawn") {
      const values = state.curve.length ? state.curve : [0];
      return (t) => {
        const place = ((((t / (2 * Math.PI)) % 1) + 1) % 1) * values.length;
        const i = Math.floor(place) % values.length;
        return values[i] + (place - Math.floor(place)) * (values[(i + 1) % values.length] - values[i]);
      };
    }
    const modes = modesOf(state);
    return (t) => modes.reduce((sum, c, i) => sum + c * Math.cos((i + 1) * t + 0.3 * (i + 1)), 0);
  }

  function angles(state) {
    if (state.samples === "uniform") {
      return Float64Array.from({ length: state.n }, (_, i) => (2 * Math.PI * i) / state.n);
    }
    const random = Simulation.generator(state.seed + 1000003);
    return Float64Array.from({ length: state.n }, () => 2 * Math.PI * random.uniform()).sort();
  }

  function targets(state, t) {
    const curve = targetFunction(state);
    if (curve) return t.map(curve);
    const random = Simulation.generator(state.seed + 2000003);
    if (state.target === "noise") return t.map(() => random.normal());
    return t.map((_, i) => (i === t.length >> 1 ? 1 : 0)); // one sample is pulled up
  }

  function training(state) {
    const t = angles(state), random = Simulation.generator(state.seed);
    const bias = state.bias === "on";
    const params = Simulation.initialise(state.m, random, state.start === "antisymmetric", bias);
    return Simulation.train(params, t, targets(state, t), state.eta);
  }

  return { FIELDS, PRESETS, SPEEDS, MODES, CURVE, defaults, parse, format, modesOf, targetFunction, training };
})();

if (typeof module !== "undefined") module.exports = State;
