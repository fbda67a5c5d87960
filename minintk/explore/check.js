// The page against minintk: reference runs that Python computed are computed again here.

"use strict";

const Check = (() => {
  // Largest difference over the largest entry: a relative error of the whole array.
  function difference(found, expected) {
    const size = Math.max(...expected.map(Math.abs));
    const far = found.map((value, i) => Math.abs(value - expected[i]));
    return far.every(Number.isFinite) ? Math.max(...far) / (size || 1) : Infinity;
  }

  const flat = (rows) => rows.flatMap((row) => [...row]);

  function compareRun(run, see) {
    const params = { m: run.a.length, bias: run.bias, w: Float64Array.from(run.w),
      b: Float64Array.from(run.b), a: Float64Array.from(run.a) };
    const angles = Float64Array.from(run.angles);
    const training = Simulation.train(params, angles, Float64Array.from(run.targets), run.eta);
    const basis = Simulation.fourierBasis(angles, Simulation.K_MAX);
    for (const moment of run.moments) {
      while (training.step < moment.step) Simulation.advance(training);
      const losses = Simulation.losses(training);
      for (const name of Object.keys(losses)) {
        const { residual } = name === "evolving" ? training : training[name];
        see([losses[name]], [moment[name].loss]);
        see(Simulation.coefficients(basis, residual), moment[name].modes);
      }
      const block = Simulation.lowFrequencyBlock(training.params, training.points, basis);
      if (moment.block) see(flat(block), moment.block);
      const kernel = Simulation.empiricalKernel(training.params, training.points, training.points);
      const found = Simulation.alignment(kernel, training.infinite.kernel, training.targets,
        block);
      see([found.kernel, found.target, found.offDiagonal], moment.alignment);
    }
    see(Simulation.closedEigenvalues(4, run.bias), run.eigenvalues);
    see([Simulation.largestEigenvalue(training.frozen.kernel)], [run.largest]);
    if (run.aliased) see(Simulation.gridEigenvalues(training.infinite.kernel, 4), run.aliased);
    const grid = Simulation.circle(Float64Array.from(run.elsewhere.angles));
    const start = Simulation.forward(params, grid);
    const { infinite, frozen } = training;
    see(Simulation.forward(training.params, grid), run.elsewhere.evolving);
    see(Simulation.fixedOutput(Simulation.empiricalKernel(params, grid, training.points), start,
      frozen.sum, run.eta), run.elsewhere.frozen);
    see(Simulation.fixedOutput(Simulation.infiniteKernel(grid, training.points, run.bias), start,
      infinite.sum, run.eta), run.elsewhere.infinite);
  }

  function compare(runs) {
    let largest = 0, numbers = 0;
    for (const run of runs) {
      compareRun(run, (found, expected) => {
        largest = Math.max(largest, difference([...found], expected));
        numbers += expected.length;
      });
    }
    return { difference: largest, numbers };
  }

  return { compare };
})();
