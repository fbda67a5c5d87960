// Everything that is drawn, on canvases, from the numbers that it is given.

"use strict";

const Drawing = (() => {
  const TAU = 2 * Math.PI;
  const ANGLES = Float64Array.from({ length: 181 }, (_, i) => (TAU * i) / 180);
  // A colour, a dash and a word for each kernel: the colour never carries the meaning alone.
  const KERNELS = {
    evolving: { colour: "--one", dash: [], label: "evolving" },
    frozen: { colour: "--two", dash: [7, 4], label: "frozen" },
    infinite: { colour: "--four", dash: [2, 3], label: "infinite width" },
  };
  // Frequencies 0 … 10, from viridis: an order that survives greyscale.
  const MODE_COLOURS = ["#440154", "#482576", "#414487", "#35608d", "#2a788e", "#21918c",
    "#22a884", "#43bf71", "#7ad151", "#a8d62d", "#c9c60a"];
  const MODE_COLOURS_DARK = ["#b48ad8", "#a694e8", "#8f9ff0", "#7cabee", "#6cb9e4", "#5cc5d2",
    "#5ad0b8", "#6ed996", "#97e06f", "#c2e454", "#efe244"];
  const SUBSCRIPTS = ["0", ...[1, 2, 3, 4].flatMap((k) => [`${k}c`, `${k}s`])];

  const FAINT = 0.45; // the second kernel's bars

  let colours = {}, dark = false;

  function readColours(print) {
    const style = getComputedStyle(document.documentElement);
    const names = ["--paper", "--panel", "--ink", "--quiet", "--line", "--one", "--two", "--three",
      "--four", "--bad"];
    dark = !print && matchMedia("(prefers-color-scheme: dark)").matches;
    for (const name of names) colours[name] = style.getPropertyValue(name).trim();
  }

  const modeColour = (k) => (dark ? MODE_COLOURS_DARK : MODE_COLOURS)[k];

  // --- axes ---------------------------------------------------------------------------------------

  const sizes = new Map(); // a canvas's size on the page, kept so that no frame asks for a layout

  function watch(canvas, changed) {
    new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      sizes.set(canvas, [width, height]);
      changed();
    }).observe(canvas);
    sizes.set(canvas, [canvas.clientWidth, canvas.clientHeight]);
  }

  // Whether there is room to draw: a canvas that is not shown has none.
  function visible(canvas) {
    const [width, height] = sizes.get(canvas);
    return width > 60 && height > 60;
  }

  function surface(canvas) {
    const [width, height] = sizes.get(canvas);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = "12px system-ui, sans-serif";
    c.lineWidth = 1;
    c.setLineDash([]);
    return { c, width, height };
  }

  function niceTicks(low, high, most) {
    const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((s) => s * power >= rough) * power;
    const ticks = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) {
      ticks.push(Math.abs(v) < 1e-9 * step ? 0 : v);
    }
    return ticks;
  }

  function powers(low, high, most) {
    const first = Math.ceil(low - 1e-9), last = Math.floor(high + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / most));
    const ticks = [];
    for (let p = first; p <= last; p += every) ticks.push(p);
    return ticks;
  }

  const superscript = (p) => [...String(p)].map((d) => (d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d])).join("");
  const plain = (v) => String(Number(v.toPrecision(3))).replace("-", "−");
  const power = (p) => (p === 0 ? "1" : p === 1 ? "10" : `10${superscript(p)}`);

  // Axes with labels. On a log axis the range is that of the exponent.
  function axes(canvas, { x, y, xlabel, ylabel, xlog, ylog, xticks, room = 0 }) {
    const { c, width, height } = surface(canvas);
    const narrow = width < 420; // there the label of y stands below the names of the lines
    const box = { left: 46, right: width - 10 - room, top: narrow ? 36 : 20, bottom: height - 36 };
    const sx = (box.right - box.left) / (x[1] - x[0]), sy = (box.bottom - box.top) / (y[1] - y[0]);
    const px = (v) => box.left + ((xlog ? Math.log10(v) : v) - x[0]) * sx;
    const py = (v) => box.bottom - ((ylog ? Math.log10(v) : v) - y[0]) * sy;
    const at = xticks || (xlog ? powers(x[0], x[1], 7) : niceTicks(x[0], x[1], 6)).map((v) =>
      xlog ? [10 ** v, power(v)] : [v, plain(v)]);
    c.strokeStyle = colours["--line"];
    c.fillStyle = colours["--quiet"];
    c.textAlign = "center";
    for (const [v, text] of at) {
      line(c, [[px(v), box.bottom], [px(v), box.bottom + 4]]);
      c.fillText(text, px(v), box.bottom + 16);
    }
    c.textAlign = "right";
    for (const v of ylog ? powers(y[0], y[1], 6) : niceTicks(y[0], y[1], 5)) {
      const value = ylog ? 10 ** v : v;
      line(c, [[box.left, py(value)], [box.right, py(value)]]);
      c.fillText(ylog ? power(v) : plain(v), box.left - 5, py(value) + 4);
    }
    c.textAlign = "center";
    c.fillText(xlabel, (box.left + box.right) / 2, height - 5);
    c.textAlign = "left";
    c.fillText(ylabel, 2, narrow ? 28 : 12);
    return { c, px, py, box };
  }

  function line(c, points) {
    c.beginPath();
    for (const [x, y] of points) c.lineTo(x, y);
    c.stroke();
  }

  function clipped(axis, paint) {
    const { c, box } = axis;
    c.save();
    c.beginPath();
    c.rect(box.left, box.top - 2, box.right - box.left + 1, box.bottom - box.top + 4);
    c.clip();
    paint(c);
    c.restore();
  }

  function pen(c, name, width = 2) {
    c.strokeStyle = colours[KERNELS[name].colour];
    c.fillStyle = c.strokeStyle;
    c.setLineDash(KERNELS[name].dash);
    c.lineWidth = width;
  }

  // Names beside a piece of their line, from right to left along the top.
  function legend({ c, box }, names, others = [], filled = false) {
    let right = box.right;
    const entry = (text, stroke, first) => {
      c.fillStyle = colours["--ink"];
      c.textAlign = "right";
      c.fillText(text, right, 12);
      right -= c.measureText(text).width + 5;
      stroke();
      if (filled && first !== undefined) {
        c.globalAlpha = first ? 1 : FAINT;
        c.fillRect(right - 20, 3, 20, 10);
        c.globalAlpha = 1;
      } else line(c, [[right - 20, 8], [right, 8]]);
      c.setLineDash([]);
      right -= 32;
    };
    for (const [text, stroke] of [...others].reverse()) entry(text, stroke);
    for (const name of [...names].reverse()) {
      entry(KERNELS[name].label, () => pen(c, name), name === names[0]);
    }
    c.lineWidth = 1;
  }

  const RADIANS = [[0, "0"], [Math.PI / 2, "π/2"], [Math.PI, "π"], [1.5 * Math.PI, "3π/2"], [TAU, "2π"]];

  // --- panels -------------------------------------------------------------------------------------

  // The fit over the angle. view: points, targets, curve, outputs {name: values at ANGLES}.
  function fit(canvas, view) {
    const axis = axes(canvas, { x: [0, TAU], y: view.range, xlabel: "angle t (radians)",
      ylabel: "f(t)", xticks: RADIANS });
    const { c, px, py } = axis, target = () => {
      c.strokeStyle = colours["--quiet"];
      c.lineWidth = 1.2;
      c.setLineDash([]);
    };
    clipped(axis, () => {
      if (view.curve) {
        target();
        line(c, Array.from(ANGLES, (t) => [px(t), py(view.curve(t))]));
      }
      c.fillStyle = colours["--ink"];
      view.targets.forEach((y, i) => dotAt(c, px(view.points.t[i]), py(y), 2.4));
      for (const [name, values] of Object.entries(view.outputs)) {
        pen(c, name, 2.4);
        line(c, Array.from(values, (v, i) => [px(ANGLES[i]), py(v)]));
      }
    });
    legend(axis, Object.keys(view.outputs), view.curve ? [["target", target]] : []);
    return axis;
  }

  function dotAt(c, x, y, radius) {
    c.beginPath();
    c.arc(x, y, radius, 0, TAU);
    c.fill();
  }

  // The same around the circle: the distance from the dotted circle is f.
  function loop(canvas, view) {
    const { c, width, height } = surface(canvas);
    const size = Math.min(width, height) / 2 - 14, [low, high] = view.range;
    const base = size * 0.55, scale = (size * 0.42) / Math.max(Math.abs(low), Math.abs(high));
    const place = (t, v) => [
      width / 2 + (base + scale * v) * Math.cos(t), height / 2 - (base + scale * v) * Math.sin(t),
    ];
    c.strokeStyle = colours["--control"] || colours["--quiet"];
    c.setLineDash([2, 4]);
    line(c, Array.from(ANGLES, (t) => place(t, 0)));
    c.setLineDash([]);
    c.fillStyle = colours["--quiet"];
    c.textAlign = "center";
    for (const [t, text] of RADIANS.slice(0, 4)) {
      c.fillText(text, width / 2 + (size + 6) * Math.cos(t), height / 2 + 4 - (size + 6) * Math.sin(t));
    }
    const inside = (v) => Math.max(-base / scale, Math.min(v, (size * 0.45) / scale));
    c.fillStyle = colours["--ink"];
    view.targets.forEach((y, i) => dotAt(c, ...place(view.points.t[i], inside(y)), 2.2));
    for (const [name, values] of Object.entries(view.outputs)) {
      pen(c, name);
      line(c, Array.from(values, (v, i) => place(ANGLES[i], inside(v))));
    }
  }

  // One row of the kernel: how far every output moves when the sample at `angle` is pulled.
  function pulled(canvas, rows, angle) {
    const all = Object.values(rows).flatMap((row) => [...row]);
    const axis = axes(canvas, { x: [0, TAU], y: [Math.min(0, ...all) - 0.05, 1.08 * Math.max(...all)],
      xlabel: "angle t (radians)", ylabel: "K(t, sample)", xticks: RADIANS });
    const { c, px, box } = axis;
    c.strokeStyle = colours["--ink"];
    line(c, [[px(angle), box.top], [px(angle), box.bottom]]);
    clipped(axis, () => {
      for (const [name, row] of Object.entries(rows)) {
        pen(c, name);
        line(c, Array.from(row, (v, i) => [px(ANGLES[i]), axis.py(v)]));
      }
    });
    legend(axis, Object.keys(rows));
  }

  // Residual of each frequency as bars, one group a frequency, and where theory puts them.
  function modes(canvas, amplitudes, predicted) {
    const names = Object.keys(amplitudes), count = amplitudes[names[0]].length;
    const top = 1.1 * Math.max(1e-9, ...predicted.start);
    const axis = axes(canvas, { x: [-0.5, count - 0.5], y: [0, top], xlabel: "frequency k",
      ylabel: "residual |rₖ|", xticks: Array.from({ length: count }, (_, k) => [k, String(k)]) });
    const { c, px, py, box } = axis, wide = (px(1) - px(0)) * 0.36;
    clipped(axis, () => {
      for (let k = 0; k < count; k++) {
        names.forEach((name, j) => {
          const left = px(k) + (j - names.length / 2) * wide;
          const up = py(Math.min(amplitudes[name][k], top));
          c.setLineDash([]);
          c.fillStyle = colours[KERNELS[name].colour];
          c.globalAlpha = j === 0 ? 1 : FAINT;
          c.fillRect(left, up, wide - 1, box.bottom - up);
          c.globalAlpha = 1;
        });
        if (predicted.now) {
          c.strokeStyle = colours["--ink"];
          c.lineWidth = 2.5;
          const mark = py(Math.min(predicted.now[k], top));
          line(c, [[px(k) - 1.25 * wide, mark], [px(k) + 1.25 * wide, mark]]);
        }
      }
    });
    const mark = () => { c.strokeStyle = colours["--ink"]; c.lineWidth = 2.5; };
    legend(axis, names, predicted.now ? [["predicted", mark]] : [], true);
  }

  // Columns against time, both axes logarithmic; `lines` are {points: [[τ, value]], stroke, label}.
  function overTime(canvas, lines, [low, high], times, ylabel) {
    const axis = axes(canvas, { x: times.map(Math.log10), y: [Math.log10(low), Math.log10(high)],
      xlog: true, ylog: true, xlabel: "time τ = η × steps", ylabel,
      room: lines.some(({ label }) => label) ? 40 : 0 });
    const { c, px, py, box } = axis, labels = [];
    clipped(axis, () => {
      for (const { points, stroke } of lines) {
        stroke(c);
        line(c, points.filter(([t, v]) => t > 0 && v > 0).map(([t, v]) => [px(t), py(v)]));
        c.setLineDash([]);
      }
    });
    if (!lines.some(({ points }) => points.length)) {
      c.fillStyle = colours["--quiet"];
      c.textAlign = "center";
      c.clearRect((box.left + box.right) / 2 - 40, (box.top + box.bottom) / 2 - 14, 80, 20);
      c.fillText("press Play", (box.left + box.right) / 2, (box.top + box.bottom) / 2);
    }
    for (const { points, stroke, label } of lines) { // where the line ends, or leaves the picture
      const last = points.filter(([t, v]) => t > 0 && v >= low).pop();
      if (label && points.length > 2 && last) {
        labels.push([py(last[1]) + 4, px(last[0]), label, py(last[1]) + 4, stroke]);
      }
    }
    // From top to bottom, each at least a line below the one before, and all inside.
    labels.sort(([one], [other]) => one - other);
    labels.reduce((above, entry) => (entry[0] = Math.max(entry[0], above + 12)), box.top);
    labels.reduceRight((below, entry) => (entry[0] = Math.min(entry[0], below - 12)), box.bottom + 8);
    c.textAlign = "left";
    for (const [y, x, label, own, stroke] of labels) { // in the colour of its line, not far from it
      stroke(c);
      c.fillStyle = c.strokeStyle;
      if (Math.abs(y - own) < 60) c.fillText(label, Math.min(x, box.right) + 4, y);
    }
    c.setLineDash([]);
    c.lineWidth = 1;
    return axis;
  }

  const modeStroke = (k, dash, width = 1.8) => (c) => {
    c.strokeStyle = modeColour(k);
    c.lineWidth = width;
    c.setLineDash(dash);
  };

  const kernelStroke = (name) => (c) => pen(c, name);

  // The block A as a heat map, and its diagonal over λ beside it.
  function block(canvas, A, eigenvalues) {
    const { c, width, height } = surface(canvas);
    const d = A.length, side = Math.min(height - 34, width * 0.52) / d, left = 26, top = 20;
    const most = Math.sqrt(Math.max(1e-12, ...A.flatMap((row) => [...row].map(Math.abs))));
    c.textAlign = "center";
    for (let j = 0; j < d; j++) {
      for (let l = 0; l < d; l++) {
        const share = Math.sign(A[j][l]) * Math.sqrt(Math.abs(A[j][l])) / most;
        c.fillStyle = colours[share > 0 ? "--one" : "--two"];
        c.globalAlpha = Math.abs(share);
        c.fillRect(left + l * side, top + j * side, side - 1, side - 1);
        c.globalAlpha = 1;
      }
      c.fillStyle = colours["--quiet"];
      c.fillText(SUBSCRIPTS[j], left - 13, top + (j + 0.5) * side + 4);
      c.fillText(SUBSCRIPTS[j], left + (j + 0.5) * side, top + d * side + 12);
    }
    c.textAlign = "left";
    c.fillText("A (blue +, orange −)", left, 12);
    ratios(c, A, eigenvalues, { left: left + d * side + 42, right: width - 8, top, side });
  }

  function ratios(c, A, eigenvalues, { left, right, top, side }) {
    const known = (l) => eigenvalues[(l + 1) >> 1];
    const of = A.map((row, l) => known(l) > 1e-12 ? row[l] / known(l) : Infinity); // 0 is rounded
    const most = Math.max(2, ...of.filter(Number.isFinite).map((v) => Math.min(v, 8)));
    const px = (v) => left + ((right - left - 40) * Math.min(v, most)) / most;
    c.fillStyle = colours["--quiet"];
    c.fillText("diagonal / λₖ", left - 14, 12);
    c.strokeStyle = colours["--ink"];
    line(c, [[px(1), top], [px(1), top + side * A.length]]);
    of.forEach((value, l) => {
      const y = top + (l + 0.5) * side;
      c.fillStyle = colours["--quiet"];
      c.textAlign = "right";
      c.fillText(SUBSCRIPTS[l], left - 4, y + 4);
      c.textAlign = "left";
      if (!Number.isFinite(value)) {
        c.textAlign = "right";
        c.fillText("λₖ = 0", right, y + 4); // beside the line at 1
        return;
      }
      c.fillStyle = colours["--one"];
      c.fillRect(left, y - side * 0.3, px(value) - left, side * 0.6);
      c.fillStyle = colours["--ink"];
      c.textAlign = "right";
      c.fillText((Math.abs(value) < 0.005 ? 0 : value).toFixed(2), right, y + 4);
    });
  }

  // Every neuron's arc: where w·x + b > 0, one ring a neuron; blue a > 0, orange a < 0.
  function arcs(canvas, { m, w, b, a }, order) {
    const { c, width, height } = surface(canvas);
    const size = Math.min(width, height) / 2 - 14, x = width / 2, y = height / 2;
    const reach = Float64Array.from(a, (value, r) => Math.abs(value) * Math.hypot(w[2 * r], w[2 * r + 1]));
    const most = Math.max(...reach);
    c.lineWidth = Math.max(0.5, (0.72 * size) / m);
    order.forEach((r, ring) => {
      const rho = Math.hypot(w[2 * r], w[2 * r + 1]);
      const half = b[r] >= rho ? Math.PI : b[r] <= -rho ? 0 : Math.acos(-b[r] / rho);
      if (half === 0) return;
      const angle = Math.atan2(w[2 * r + 1], w[2 * r]);
      c.strokeStyle = colours[a[r] > 0 ? "--one" : "--two"];
      c.globalAlpha = 0.15 + 0.85 * Math.min(1, reach[r] / most);
      c.beginPath();
      c.arc(x, y, size * (0.28 + (0.72 * (ring + 0.5)) / m), -angle - half, -angle + half);
      c.stroke();
    });
    c.globalAlpha = 1;
    c.fillStyle = colours["--quiet"];
    c.textAlign = "center";
    for (const [t, text] of RADIANS.slice(0, 4)) {
      c.fillText(text, x + (size + 7) * Math.cos(t), y + 4 - (size + 7) * Math.sin(t));
    }
  }

  return { ANGLES, KERNELS, superscript, readColours, watch, visible, fit, loop, pulled, modes, overTime, modeStroke,
    kernelStroke, block, arcs, legend };
})();
