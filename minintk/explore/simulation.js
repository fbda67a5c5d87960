// The equations of minintk's core, by hand and in the same order: network, loss, gradient, step,
// kernels, Fourier modes. Pure functions over typed arrays; nothing here touches the page.
//
//   f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r)      network of width m, x = (cos t, sin t)
//   L = 1/(2n) Σ_i (f(x_i) − y_i)²               loss, residual r = f − y
//   θ ← θ − η ∇L                                 one step; time τ = η × steps
//   K = J Jᵀ                                     the kernel; r ← r − (η/n) K r where it is fixed

"use strict";

const Simulation = (() => {
  const K_MAX = 4; // the low-frequency subspace |k| ≤ 4, of dimension 9
  const DIVERGED = 1e8; // a loss that has grown by this factor does not come back

  // --- the circle -------------------------------------------------------------------------------

  function circle(angles) {
    return { n: angles.length, t: angles, x: angles.map(Math.cos), y: angles.map(Math.sin) };
  }

  // Columns 1, √2 cos kt, √2 sin kt in the order 0, 1c, 1s, 2c, … : basis[l][i].
  function fourierBasis(angles, kMax) {
    const basis = [new Float64Array(angles.length).fill(1)];
    for (let k = 1; k <= kMax; k++) {
      basis.push(angles.map((t) => Math.SQRT2 * Math.cos(k * t)));
      basis.push(angles.map((t) => Math.SQRT2 * Math.sin(k * t)));
    }
    return basis;
  }

  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);

  function coefficients(basis, values) {
    return basis.map((column) => dot(column, values) / values.length);
  }

  // Amplitude of each frequency: √(c_k² + s_k²).
  function amplitudes(c) {
    const found = [Math.abs(c[0])];
    for (let l = 1; l < c.length; l += 2) found.push(Math.hypot(c[l], c[l + 1]));
    return found;
  }

  // --- the network ------------------------------------------------------------------------------

  function generator(seed) {
    let state = seed >>> 0; // mulberry32: the same seed gives the same numbers everywhere
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let z = Math.imul(state ^ (state >>> 15), state | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
    };
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
  }

  // w ~ N(0, I), a = ±1, b = 0; antisymmetric: r and r + m/2 share w and have opposite a.
  function initialise(m, random, antisymmetric, bias) {
    const params = {
      m, bias, w: new Float64Array(2 * m), b: new Float64Array(m), a: new Float64Array(m),
    };
    const independent = antisymmetric ? m / 2 : m;
    for (let r = 0; r < m; r++) {
      const s = r - independent; // the other neuron of the pair
      params.w[2 * r] = s < 0 ? random.normal() : params.w[2 * s];
      params.w[2 * r + 1] = s < 0 ? random.normal() : params.w[2 * s + 1];
      params.a[r] = s < 0 ? (random.uniform() < 0.5 ? -1 : 1) : -params.a[s];
    }
    return params;
  }

  function copyParams(p) {
    return { ...p, w: p.w.slice(), b: p.b.slice(), a: p.a.slice() };
  }

  // Neuron by neuron: on sorted angles each is active on one run of samples.
  function forward(params, points) {
    const { m, w, b, a } = params;
    const { n, x, y } = points;
    const f = new Float64Array(n);
    for (let r = 0; r < m; r++) {
      for (let i = 0; i < n; i++) {
        const z = w[2 * r] * x[i] + w[2 * r + 1] * y[i] + b[r];
        if (z > 0) f[i] += a[r] * z;
      }
    }
    const scale = 1 / Math.sqrt(m);
    for (let i = 0; i < n; i++) f[i] *= scale;
    return f;
  }

  function lossOf(residual) {
    return dot(residual, residual) / (2 * residual.length);
  }

  // One step of descent, in place:  ∂L/∂a_r = m^-1/2 Σ_i (r_i/n) relu(z_ir),
  // ∂L/∂w_r = m^-1/2 a_r Σ_i (r_i/n) relu'(z_ir) x_i,  ∂L/∂b_r the same with 1 for x_i.
  function descend(params, points, residual, eta) {
    const { m, w, b, a, bias } = params;
    const { n, x, y } = points;
    const scale = eta / (n * Math.sqrt(m));
    for (let r = 0; r < m; r++) {
      let gx = 0, gy = 0, gb = 0, ga = 0;
      for (let i = 0; i < n; i++) {
        const z = w[2 * r] * x[i] + w[2 * r + 1] * y[i] + b[r];
        if (z > 0) { // relu'(0) = 0
          const g = residual[i];
          gx += g * x[i];
          gy += g * y[i];
          gb += g;
          ga += g * z;
        }
      }
      w[2 * r] -= scale * a[r] * gx;
      w[2 * r + 1] -= scale * a[r] * gy;
      if (bias) b[r] -= scale * a[r] * gb;
      a[r] -= scale * ga;
    }
  }

  // --- kernels ----------------------------------------------------------------------------------

  // Empirical kernel: K_ij = (1/m) Σ_r [a_r² (x_i·x_j + c_b) 1(z_i>0) 1(z_j>0) + relu(z_i) relu(z_j)],
  // c_b = 1 with a trained bias, else 0. Rows are `points`, columns `others`: an array of rows.
  function empiricalKernel(params, points, others) {
    const { m, w, b, a, bias } = params;
    const rows = Array.from({ length: points.n }, () => new Float64Array(others.n));
    const z = new Float64Array(others.n);
    for (let r = 0; r < m; r++) {
      for (let j = 0; j < others.n; j++) {
        z[j] = w[2 * r] * others.x[j] + w[2 * r + 1] * others.y[j] + b[r];
      }
      const square = a[r] * a[r];
      for (let i = 0; i < points.n; i++) {
        const x = points.x[i], y = points.y[i], row = rows[i];
        const own = w[2 * r] * x + w[2 * r + 1] * y + b[r];
        if (own <= 0) continue;
        for (let j = 0; j < others.n; j++) {
          if (z[j] > 0) {
            const inner = x * others.x[j] + y * others.y[j] + (bias ? 1 : 0);
            row[j] += (square * inner + own * z[j]) / m;
          }
        }
      }
    }
    return rows;
  }

  // At infinite width: K(θ) = ½ [(cos θ + B) κ0 + κ1], κ0 = (π − θ)/π, κ1 = (sin θ + (π − θ) cos θ)/π.
  function infiniteKernel(points, others, bias) {
    return Array.from({ length: points.n }, (_, i) => {
      const row = new Float64Array(others.n);
      for (let j = 0; j < others.n; j++) {
        const cosine = points.x[i] * others.x[j] + points.y[i] * others.y[j];
        const sine = Math.abs(points.x[i] * others.y[j] - points.y[i] * others.x[j]);
        const rest = Math.PI - Math.atan2(sine, cosine);
        row[j] = ((cosine + (bias ? 1 : 0)) * rest + sine + rest * cosine) / (2 * Math.PI);
      }
      return row;
    });
  }

  const apply = (kernel, vector) => Float64Array.from(kernel, (row) => dot(row, vector));

  // Descent with a kernel that stays: r ← r − (η/n) K r. The sum of all r gives f everywhere.
  function descendFixed(fixed, eta) {
    const { kernel, residual, sum } = fixed;
    const push = apply(kernel, residual);
    for (let i = 0; i < residual.length; i++) {
      sum[i] += residual[i];
      residual[i] -= (eta / residual.length) * push[i];
    }
  }

  // f(t) = f_0(t) − (η/n) Σ_j K(t, t_j) Σ_s r_s(t_j), `rows` the kernel from t to the samples.
  function fixedOutput(rows, start, sum, eta) {
    return apply(rows, sum).map((moved, i) => start[i] - (eta / sum.length) * moved);
  }

  // λ_max of K/n by power iteration.
  function largestEigenvalue(kernel) {
    const n = kernel.length;
    let v = Float64Array.from({ length: n }, (_, i) => 1 + Math.cos(i * i + 0.5));
    let value = 0;
    for (let i = 0; i < 300; i++) {
      const image = apply(kernel, v);
      value = Math.sqrt(dot(image, image) / dot(v, v)) / n;
      v = image.map((entry) => entry / (n * value || 1));
    }
    return value;
  }

  // λ_k of the circle: λ_0 = 3/π² + B/4, λ_1 = ¼ + B/π², (k²+3)/(π²(k²−1)²) for even k, B/(π²k²) for odd.
  function closedEigenvalues(kMax, bias) {
    const B = bias ? 1 : 0, square = Math.PI ** 2;
    return Array.from({ length: kMax + 1 }, (_, k) => {
      if (k === 0) return 3 / square + B / 4;
      if (k === 1) return 1 / 4 + B / square;
      return k % 2 ? B / (square * k * k) : (k * k + 3) / (square * (k * k - 1) ** 2);
    });
  }

  // λ_k of K/n on a uniform grid, k = 0 … kMax: (1/n) Σ_j K_0j cos(2πjk/n), every alias in it.
  function gridEigenvalues(kernel, kMax) {
    const n = kernel.length;
    return Array.from({ length: kMax + 1 }, (_, k) =>
      kernel[0].reduce((sum, v, j) => sum + v * Math.cos((2 * Math.PI * ((j * k) % n)) / n), 0) / n);
  }

  // A = Φᵀ K Φ/n² on |k| ≤ 4, neuron by neuron from Φᵀ J without the matrix K.
  function lowFrequencyBlock(params, points, basis) {
    const { m, w, b, a, bias } = params;
    const d = basis.length, parts = bias ? 4 : 3;
    const block = Array.from({ length: d }, () => new Float64Array(d));
    const projected = new Float64Array(d * 4);
    for (let r = 0; r < m; r++) {
      projected.fill(0);
      for (let i = 0; i < points.n; i++) {
        const x = points.x[i], y = points.y[i];
        const z = w[2 * r] * x + w[2 * r + 1] * y + b[r];
        if (z <= 0) continue;
        for (let l = 0; l < d; l++) {
          const phi = basis[l][i];
          projected[4 * l] += phi * z;
          projected[4 * l + 1] += phi * a[r] * x;
          projected[4 * l + 2] += phi * a[r] * y;
          projected[4 * l + 3] += phi * a[r];
        }
      }
      for (let j = 0; j < d; j++) {
        for (let l = 0; l < d; l++) {
          for (let c = 0; c < parts; c++) block[j][l] += projected[4 * j + c] * projected[4 * l + c];
        }
      }
    }
    return block.map((row) => row.map((value) => value / (m * points.n * points.n)));
  }

  // How the kernel K points: at the limit L, at the targets y, and off its own diagonal block.
  function alignment(kernel, limit, targets, block) {
    const inner = (p, q) => p.reduce((sum, row, i) => sum + dot(row, q[i]), 0);
    const size = Math.sqrt(inner(kernel, kernel));
    const diagonal = block.reduce((sum, row, l) => sum + row[l] * row[l], 0);
    return {
      kernel: inner(kernel, limit) / (size * Math.sqrt(inner(limit, limit))),
      target: dot(targets, apply(kernel, targets)) / (size * dot(targets, targets)),
      offDiagonal: 1 - diagonal / inner(block, block),
    };
  }

  // --- one training: the network, its kernel frozen at the start, and infinite width ------------

  function train(params, angles, targets, eta) {
    const points = circle(angles);
    const start = forward(params, points).map((f, i) => f - targets[i]);
    const fixed = (kernel) => ({ kernel, residual: start.slice(), sum: new Float64Array(points.n) });
    return {
      step: 0, eta, points, targets, params: copyParams(params), residual: start,
      first: { params, loss: lossOf(start) },
      frozen: fixed(empiricalKernel(params, points, points)),
      infinite: fixed(infiniteKernel(points, points, params.bias)),
      diverged: {},
    };
  }

  // One step of all three; one that diverged stands still from then on, and its step is kept.
  function advance(training) {
    const { points, params, targets, eta, diverged } = training;
    if (diverged.evolving === undefined) {
      descend(params, points, training.residual, eta);
      training.residual = forward(params, points).map((f, i) => f - targets[i]);
    }
    for (const name of ["frozen", "infinite"]) {
      if (diverged[name] === undefined) descendFixed(training[name], eta);
    }
    training.step += 1;
    const limit = DIVERGED * Math.max(training.first.loss, 1e-12);
    for (const [name, loss] of Object.entries(losses(training))) {
      if (diverged[name] === undefined && !(loss <= limit)) diverged[name] = training.step;
    }
  }

  function losses(training) {
    return {
      evolving: lossOf(training.residual),
      frozen: lossOf(training.frozen.residual),
      infinite: lossOf(training.infinite.residual),
    };
  }

  return {
    K_MAX, circle, fourierBasis, coefficients, amplitudes, generator, initialise, copyParams,
    forward, empiricalKernel, infiniteKernel, fixedOutput, largestEigenvalue, closedEigenvalues,
    gridEigenvalues, lowFrequencyBlock, alignment, train, advance, losses,
  };
})();

if (typeof module !== "undefined") module.exports = Simulation; // for Node, in tests
