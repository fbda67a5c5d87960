// One training, what is kept of it to look back, and the numbers that the pictures show.

"use strict";

const Session = (() => {
  const MOST_STEPS = 100000;
  const TOP = 10; // frequencies 0 … 10 are shown

  // Begin anew: everything that stays the same during the training is computed once, here.
  function begin(state, angles) {
    const training = State.training(state);
    const { points, params, targets } = training, grid = Simulation.circle(angles);
    const kMax = Math.min(TOP, Math.floor((points.n - 1) / 2));
    const curve = State.targetFunction(state);
    const values = [...targets, ...(curve ? Array.from(angles, curve) : [])];
    const low = Math.min(0, ...values), high = Math.max(0, ...values), room = 0.2 * (high - low || 1);
    const session = {
      state, training, grid, curve, frames: [],
      range: [low - room, high + room],
      basis: Simulation.fourierBasis(points.t, kMax),
      low: Simulation.fourierBasis(points.t, Simulation.K_MAX),
      start: Simulation.forward(params, grid),
      rows: {
        frozen: Simulation.empiricalKernel(params, grid, points),
        infinite: Simulation.infiniteKernel(grid, points, params.bias),
      },
      limit: 2 / Simulation.largestEigenvalue(training.frozen.kernel),
      eigenvalues: state.samples === "uniform"
        ? Simulation.gridEigenvalues(training.infinite.kernel, kMax)
        : Simulation.closedEigenvalues(kMax, params.bias),
      // Neurons by the sign of a and their direction, at the start: their rings stay in this order.
      order: Array.from(params.a.keys()).sort((r, s) =>
        Math.sign(params.a[r]) - Math.sign(params.a[s]) || direction(params, r) - direction(params, s)),
    };
    session.first = measure(session);
    session.amplitudes = amplitudes(session, "evolving");
    keep(session);
    return session;
  }

  const direction = ({ w }, r) => Math.atan2(w[2 * r + 1], w[2 * r]);

  function amplitudes({ training, basis }, name) {
    const { residual } = name === "evolving" ? training : training[name];
    return Simulation.amplitudes(Simulation.coefficients(basis, residual));
  }

  // |1 − ηλ_k|^s |r_k(0)|, which is close to e^{−λ_kτ} |r_k(0)|: on an even grid only.
  function predicted({ state, amplitudes: first, eigenvalues }, step) {
    if (state.samples !== "uniform") return null;
    return first.map((r, k) => r * Math.abs(1 - state.eta * eigenvalues[k]) ** step);
  }

  const copyFixed = ({ residual, sum }) => ({ residual: residual.slice(), sum: sum.slice() });

  // A frame at every step at first, then at 2 % more steps: as dense as a log axis can show.
  // `stop` keeps the moment at which a reader stops, too.
  function keep(session, stop = false) {
    const { training, frames } = session;
    const last = frames.length ? frames[frames.length - 1].step : -1;
    if (training.step <= last || (!stop && training.step < 1.02 * last)) return;
    frames.push({
      step: training.step, params: Simulation.copyParams(training.params),
      residual: training.residual.slice(), frozen: copyFixed(training.frozen),
      infinite: copyFixed(training.infinite), diverged: { ...training.diverged },
      losses: Simulation.losses(training),
      amplitudes: Object.fromEntries(["evolving", "frozen", "infinite"].map((name) =>
        [name, amplitudes(session, name)])),
    });
  }

  // Back to a frame, exactly: playing on from it gives the same numbers again.
  function restore({ training, frames }, index) {
    const frame = frames[index];
    training.step = frame.step;
    training.params = Simulation.copyParams(frame.params);
    training.residual = frame.residual.slice();
    training.diverged = { ...frame.diverged };
    for (const name of ["frozen", "infinite"]) Object.assign(training[name], copyFixed(frame[name]));
  }

  function frameAt({ frames }, step) {
    let index = frames.length - 1;
    while (index > 0 && frames[index].step > step) index--;
    return index;
  }

  function measure({ training, low }) {
    const { params, points, targets } = training;
    const block = Simulation.lowFrequencyBlock(params, points, low);
    const kernel = Simulation.empiricalKernel(params, points, points);
    const found = Simulation.alignment(kernel, training.infinite.kernel, targets, block);
    const squares = block.flatMap((row, j) => [...row].filter((_, l) => l !== j).map((v) => v * v));
    return {
      block, values: [found.kernel, found.target, found.offDiagonal],
      dead: block.every((row) => row.every((v) => v === 0)),
      typical: Math.sqrt(squares.reduce((sum, v) => sum + v, 0) / squares.length),
      stable: 2 / Simulation.largestEigenvalue(kernel),
    };
  }

  // So many steps, or as many as the time allows, and never beyond `until`.
  function advance(session, steps, milliseconds, until = MOST_STEPS) {
    const start = performance.now(), { training } = session;
    for (let i = 0; i < steps && training.step < Math.min(until, MOST_STEPS); i++) {
      Simulation.advance(training);
      keep(session);
      if (performance.now() - start > milliseconds) return;
    }
  }

  function output({ training, grid, rows, start, state }, name) {
    return name === "evolving" ? Simulation.forward(training.params, grid)
      : Simulation.fixedOutput(rows[name], start, training[name].sum, state.eta);
  }

  // K(t, t_j) for every angle t that is drawn and one sample j.
  function kernelRow({ training, grid, rows }, name, j) {
    if (name !== "evolving") return rows[name].map((row) => row[j]);
    const sample = Simulation.circle([training.points.t[j]]);
    return Simulation.empiricalKernel(training.params, grid, sample).map((row) => row[0]);
  }

  // [time, value] of every frame after the start, up to this moment.
  function track(session, read) {
    const { frames, training, state } = session;
    return frames.slice(1, frameAt(session, training.step) + 1).map((f) => [f.step * state.eta, read(f)]);
  }

  return { MOST_STEPS, begin, keep, amplitudes, predicted, restore, frameAt, measure, advance, output,
    kernelRow, track };
})();
