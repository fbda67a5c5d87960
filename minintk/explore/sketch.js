// A target drawn by hand, with the mouse, a finger or the arrow keys, over the picture of the fit.

"use strict";

// canvas: where to draw; look(): {state, axis, range}; show(curve): while drawing; take(values): done.
function sketchOn(canvas, { look, show, take }) {
  let on = false, pen = null, cursor = 0;
  const round = (value) => Math.round(100 * Math.max(-3, Math.min(3, value))) / 100;

  // The target of now at every place, to be changed.
  function values() {
    const { state } = look(), curve = State.targetFunction(state) || (() => 0);
    return Array.from({ length: State.CURVE }, (_, i) => round(curve((2 * Math.PI * i) / State.CURVE)));
  }

  function place(event) {
    const { left, top } = canvas.getBoundingClientRect(), { axis: { box }, range } = look();
    const x = (event.clientX - left - box.left) / (box.right - box.left);
    const y = (box.bottom - (event.clientY - top)) / (box.bottom - box.top);
    return [Math.max(0, Math.min(State.CURVE - 1, Math.round(x * State.CURVE))),
      round(range[0] + y * (range[1] - range[0]))];
  }

  // A quick hand leaves places out: they get the straight line between.
  function drawTo(event) {
    const [i, value] = place(event), [from, old] = pen.last || [i, value];
    for (let j = Math.min(i, from); j <= Math.max(i, from); j++) {
      pen.values[j] = round(i === from ? value : old + ((j - from) / (i - from)) * (value - old));
    }
    pen.last = [i, value];
    show(State.targetFunction({ target: "drawn", curve: pen.values }));
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!on) return;
    canvas.setPointerCapture(event.pointerId);
    pen = { values: values(), last: null };
    drawTo(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (pen) drawTo(event); });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      const done = pen;
      pen = null;
      show(null);
      if (done) take(done.values);
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    const move = moves[event.key];
    if (!on || !move) return;
    event.preventDefault();
    cursor = (cursor + move[0] + State.CURVE) % State.CURVE;
    const curve = values();
    curve[cursor] = round(curve[cursor] + move[1]);
    if (move[1]) take(curve);
    const angle = ((2 * cursor) / State.CURVE).toFixed(2);
    canvas.setAttribute("aria-label", `Drawing: angle ${angle}π, value ${curve[cursor]}`);
  });

  return (wanted) => {
    on = wanted;
    canvas.classList.toggle("drawing", on);
    canvas.tabIndex = on ? 0 : -1;
  };
}
