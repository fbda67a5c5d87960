// The guided experiments: each sets the state, asks what is expected, then plays and says what came out.

"use strict";

// start(text, until, done): play from that state to that step, then call done.
function guideThrough(experiments, start) {
  const $ = (id) => document.getElementById(id);

  function button(text, press) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => press(made));
    return made;
  }

  const canvases = [...document.querySelectorAll("#panels canvas")];
  const usual = new Map(canvases.map((canvas) => [canvas, lookOf(canvas).textContent]));

  function lookOf(canvas) {
    return canvas.parentElement.querySelector(".look");
  }

  // What an experiment is about stands first, and says what to look for this time.
  function captions(look = {}) {
    for (const canvas of canvases) {
      const words = look[canvas.id];
      canvas.parentElement.classList.toggle("watched", !!words);
      lookOf(canvas).textContent = words || usual.get(canvas);
    }
  }

  experiments.forEach((experiment, i) => {
    $("experiments").append(button(`${i + 1}. ${experiment.title}`, () => {
      location.hash = `#${experiment.state}&experiment=${i + 1}`;
    }));
  });

  // What an answer plays in place of a setting of now: its speed is kept, and its step is 0.
  function replaced(experiment, state) {
    const own = State.parse(experiment.state).state;
    return Object.keys(State.FIELDS)
      .filter((key) => !["modes", "curve", "speed", "step", "experiment"].includes(key))
      .filter((key) => own[key] !== state[key])
      .map((key) => `${key === "eta" ? "η" : key} = ${own[key]}, not ${state[key]}`);
  }

  let before = ""; // what the first part measured

  // Play one part of an experiment, say what came out, and offer the second part where there is one.
  function perform(number, { state, until, outcome, then, look }, prefix = "") {
    captions(look);
    $("outcome").textContent = "Watch.";
    start(`${state}&experiment=${number}`, until, (typical) => {
      const answered = !(then && experiments[number - 1].last); // by this part, not by the next
      const words = outcome.replace("{typical}", typical).replace("{before}", before);
      before = typical;
      $("outcome").textContent = (answered ? prefix : "") + words;
      if (!then) return;
      const next = button(then.label, () => {
        for (const answer of $("answers").children) answer.setAttribute("aria-pressed", "false");
        next.remove();
        perform(number, { until, look, ...then }, answered ? "" : prefix);
      });
      $("answer").append(next);
    });
  }

  // Show experiment number 1 … 7 and its question, beside a state; 0 hides it.
  return (number, state) => {
    $("experiment").hidden = $("answer").hidden = number === 0;
    [...$("experiments").children].forEach((one, i) => one.setAttribute("aria-pressed", i === number - 1));
    const experiment = experiments[number - 1];
    captions(experiment?.look);
    if (!experiment) return;
    const row = $("experiments"); // on a phone it scrolls sideways: the chosen one is in sight
    row.scrollLeft = row.children[number - 1].offsetLeft - row.offsetLeft;
    $("question").textContent = experiment.question;
    const others = replaced(experiment, state);
    $("own").hidden = !others.length;
    $("own").textContent = `An answer plays the experiment’s own settings: ${others.join("; ")}.`;
    $("outcome").textContent = "What do you expect? Choose an answer: the training then begins at step 0.";
    while ($("outcome").nextSibling) $("outcome").nextSibling.remove();
    $("answers").replaceChildren(...experiment.answers.map((text, i) => button(text, (made) => {
      for (const other of $("answers").children) other.setAttribute("aria-pressed", other === made);
      while ($("outcome").nextSibling) $("outcome").nextSibling.remove();
      perform(number, experiment, i === experiment.right ? "As you expected. " : "Not so. ");
    })));
  };
}
