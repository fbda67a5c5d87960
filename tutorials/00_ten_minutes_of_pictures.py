# %% [markdown]
# # 0. Ten minutes of pictures
#
# You will see
#
# - what one neuron does on a circle;
# - what happens to all outputs when one sample is pulled: the *kernel*;
# - which waves a network learns first, and one that it never learns;
# - what more neurons change.
#
# Time: ten minutes. Assumed: nothing. There is no formula here: the other tutorials derive what
# you see. The code only draws: you may skip it. The pictures are in the notebook,
# `00_ten_minutes_of_pictures.ipynb`: run as a script, this file shows none.
#
# Each picture comes with a question. Answer it for yourself before you look.
#
# The page of `minintk explore` has four of these pictures as experiments, and they move there. It
# starts from other random numbers, so it looks a little different.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import plotting

plt.rcParams.update(plotting.STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})


def waves(*strengths):
    """A sum of waves: one strength for each frequency 1, 2, 3, …"""
    return lambda t: sum(c * np.cos(k * (t + 0.3)) for k, c in enumerate(strengths, start=1))


def pulled(t):
    """0 at every sample but the middle one."""
    return (np.arange(len(t)) == len(t) // 2).astype(float)


TARGETS = {
    "pulled": pulled,
    "one": waves(0, 0, 1),
    "low": waves(1, 1, 1),
    "equal": waves(1, 1, 1, 0, 1),
}


def experiment(state, steps, seed=1):
    """Train from a state of the explore page; what was kept at the steps, and the start."""
    given = {"n": "64", "m": "256", "bias": "on", "eta": "0.5"}
    given |= dict(setting.split("=") for setting in state.split("&"))
    samples = mn.uniform_angles(int(given["n"]))
    law = mn.Law(bias=given["bias"] == "on")
    rng = np.random.default_rng(seed)
    start = mn.initialise(int(given["m"]), rng, law, antisymmetric=True)
    strengths = [float(strength) for strength in given.get("modes", "0").split(",")]
    targets = {**TARGETS, "modes": waves(*strengths)}[given["target"]](samples)
    kept = mn.Trace(steps, samples, targets, k_max=5)
    lowers, rate = mn.objective(samples, targets), float(given["eta"])
    mn.gradient_descent(start, lowers, rate, max(steps), record=kept)
    return kept, start


# %% [markdown]
# ## 1. One neuron is an arc
#
# A place on the circle is an angle. A neuron looks in one direction. It is active on an arc around
# that direction and silent on the rest of the circle.
#
# **Predict.** The neuron below looks to the angle π/2. Where is its output largest, and where is it
# 0?
#
# **Look for** the two ends of the blue arc, and for the same two places in the output on the right.

# %%
neuron = mn.Params(w=[[0.0, 1.0]], b=[0.3], a=[1.0])
fine = mn.uniform_angles(360)
figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
plotting.plot_arcs(axes[0], neuron)
axes[0].get_legend().remove()
plotting.plot_fit(axes[1], mn.forward(neuron, fine), fine)
axes[0].set_title("Where the neuron is active")
_ = axes[1].set_title("Its output")

# %% [markdown]
# **Seen.** One smooth hill above the arc, and 0 elsewhere, with a corner at each end of the arc.
#
# A network adds up many such neurons.
#
# **Predict.** Eight neurons have up to 16 arc ends. (With a large bias the arc is the whole circle,
# and has none.) What does their sum look like?
#
# **Look for** the corners of the output: each belongs to an end of some arc.

# %%
several = mn.initialise(8, np.random.default_rng(3), mn.Law(bias_std=0.5))
figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
plotting.plot_arcs(axes[0], several)
axes[0].get_legend().remove()
plotting.plot_fit(axes[1], mn.forward(several, fine), fine)
axes[0].set_title("Full arcs add, dotted subtract")
_ = axes[1].set_title("Their sum")

# %% [markdown]
# **Seen.** A curve of smooth pieces that are joined at corners.
#
# Training moves the arcs, and changes how much each neuron adds.
#
# ## 2. Pull one sample and watch the others
#
# Sixteen samples lie on the circle, and the network puts out 0 at all of them. Now it is trained
# for one step, to put out 1 at the sample at π and 0 at the others. (This is experiment 1 of
# `minintk explore`: “Pull one sample: this is the kernel”.)
#
# **Predict.** What do the other fifteen outputs do in this one step?
#
# **Look for** the samples beside π in the left picture.

# %%
trace, start = experiment("target=pulled&n=16&m=512&eta=3&speed=1", [0, 1, 200])
figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), sharey=True, layout="constrained")
for axis, step in zip(axes, (1, 200), strict=True):
    plotting.plot_fit(axis, trace, steps=[step])
axes[0].set_title("After one step")
_ = axes[1].set_title("After 200 steps")

# %% [markdown]
# **Seen.** They rise too, the near ones most, although their own target is 0. Only the one
# opposite, at 0, stays where it was.
#
# It takes many more steps to bring them down again.
#
# ## 3. That is the kernel
#
# By how much does one output move when another is pulled? Write the answers into a table: a row for
# the sample that is pulled, a column for the sample that moves. This table is called the *Neural
# Tangent Kernel*, the kernel for short.
#
# **Predict.** What do you expect in its row at π, after the picture above?
#
# **Look for** the row at π of the table, and for the same row as a curve.

# %%
samples = trace.angles
kernel = mn.empirical_ntk(start, samples)
figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
plotting.plot_kernel(axes[0], kernel, samples)
axes[0].axhline(np.pi, color="white", linestyle="--", linewidth=1)
axes[0].set(title="The kernel", xlabel="sample that moves", ylabel="sample that is pulled")
plotting.plot_fit(axes[1], kernel[8] / kernel[8].max(), samples)
one_step = np.array(trace["output"])[1]
axes[1].plot(samples, one_step / one_step.max(), "o", fillstyle="none", color="C1")
axes[1].set(title="Line: its row at π. Circles: the step", ylabel="share of the largest")
axes[1].get_legend().remove()

# %% [markdown]
# **Seen.** The step that you saw *is* the row of the kernel.
#
# The table has nearly the same band in every row: what counts is the distance between two samples.
#
# ## 4. Low frequencies first
#
# A wave that goes up and down once around the circle has frequency 1. This target is the sum of the
# frequencies 1, 2, 3 and 5 in equal parts. (Experiment 2 of `minintk explore`: “Low frequencies
# first”.)
#
# **Predict.** Which frequency is learned last?
#
# **Look for** the order in which the points in the middle fall, and for the frequencies that leave
# their lines. On the right the same is done for a tenth of the target.

# %%
moments = [0, 20, *range(50, 1001, 50)]
waves_trace, _ = experiment("target=equal&m=512&speed=5", moments)
a_tenth = "target=modes&modes=0.1,0.1,0.1,0,0.1&m=512&speed=5"
small_trace, _ = experiment(a_tenth, moments)
figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
plotting.plot_fit(axes[0], waves_trace, steps=[20, 200])
axes[0].set(title="The broad shape comes first", ylim=(-2.5, 8))
times = 0.5 * waves_trace["step"]
rates = mn.aliased_eigenvalues(64)
shares = {}  # of each wave, what is left
for axis, kept, strength in ((axes[1], waves_trace, 1.0), (axes[2], small_trace, 0.1)):
    spectrum = kept["residual_spectrum"] / (strength / np.sqrt(2))
    plotting.plot_modes(axis, spectrum, times, rates, frequencies=[1, 2, 3, 5])
    axis.set(xlabel="training time", ylabel="share that is left", ylim=(1e-4, 200))
    axis.legend(title="lines: predicted from the kernel", loc="upper right", ncols=2)
    shares[strength] = np.hypot(spectrum[:, 1::2], spectrum[:, 2::2])[:, [0, 1, 2, 4]]
axes[1].set_title("What is left of each wave")
_ = axes[2].set_title("… for a tenth of the target")

# %% [markdown]
# **Seen.** 1 falls first, then 2, 3 and 5: this is called *spectral bias*.
#
# The infinitely wide network's kernel predicts the lines before any training. At this width the
# points leave them. 1 and 2 do so when little is left: the random start mixes the waves a little,
# so what is left of 3 and 5 feeds them (tutorial 6). 3 and 5 fall more slowly than predicted: the
# kernel moves, and this slows a wave that is still being learned (tutorial 8). A small target moves
# it less. There 3 leaves its line mostly because 5 feeds it: 0.019 of 3 is left at the end, and
# 0.007 without 5 in the target.
#
# ## 5. Without a bias one wave stays
#
# A neuron has a *bias*: a number that makes its arc wider or narrower than half of the circle. Now
# no neuron has one, so every arc is exactly half of the circle. The target is one wave of frequency
# 3. (Experiment 3 of `minintk explore`: “Switch the bias off and see cos 3t stay”.)
#
# **Predict.** How much longer does it take to learn this wave without biases?
#
# **Look for** the blue line in both pictures.

# %%
without, _ = experiment("target=one&bias=off&m=512&speed=2", [0, 1000])
with_bias, _ = experiment("target=one&m=512&speed=2", [0, 1000])
figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), sharey=True, layout="constrained")
for axis, kept in zip(axes, (without, with_bias), strict=True):
    plotting.plot_fit(axis, kept, steps=[1000])
axes[0].set(title="Without biases", ylim=(-1.2, 2.2))
_ = axes[1].set_title("With biases")

# %% [markdown]
# **Seen.** It is not slower: it never happens, at any width.
#
# Neurons on half circles can only add up to waves of frequency 1 and of even frequencies. (Tutorial
# 4 shows why.)
#
# ## 6. Two widths
#
# The *width* is the number of neurons. The kernel can also be written with waves in place of
# samples: by how much does one wave move when another is pulled? In the picture 2c is the cosine of
# frequency 2 and 2s is the sine. For infinitely many neurons only the diagonal is left: each wave
# moves itself alone. (Experiment 4 of `minintk explore`: “Four times the width”.)
#
# **Predict.** With four times the neurons, how do the cells off the diagonal change?
#
# **Look for** the cells off the diagonal, and compare the two pictures. (The colours end at 0.1, so
# that these small cells show; the first cells of the diagonal are larger.)

# %%
off_diagonal = {}
figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
for axis, state in zip(axes, ("target=low&m=64&seed=10", "target=low&m=256&seed=10"), strict=True):
    blocks = []
    for seed in range(1, 21):  # twenty random starts: the first is shown
        kept, start = experiment(state, [0], seed)
        kernel_of_samples = mn.factorised_ntk(start, kept.angles)
        blocks.append(mn.low_frequency_block(kernel_of_samples, kept.angles))
    rest = np.array(blocks)[:, ~np.eye(9, dtype=bool)]
    off_diagonal[start.width] = float(np.sqrt(np.mean(rest**2)))
    plotting.plot_kernel(axis, np.abs(blocks[0]))
    axis.collections[0].set_clim(0, 0.1)
    axis.set_title(f"{start.width} neurons")
for neurons, size in off_diagonal.items():
    print(f"{neurons} neurons: {size:.4f} off the diagonal, over 20 random starts")

# %% [markdown]
# **Seen.** They fade: over twenty random starts they are about half as large, while the diagonal
# stays.
#
# A single start may be off by a factor of two, and now and then by more.
#
# ## Are the pictures right?
#
# The last cell states what was seen as assertions, and compares it with what the theory says.

# %%
corner = np.pi / 2 + np.array([-1, 1]) * np.arccos(-0.3)  # the two ends of the arc
assert np.allclose(mn.forward(neuron, corner), 0, atol=1e-15)
assert np.allclose(mn.forward(neuron, fine), np.maximum(np.sin(fine) + 0.3, 0), atol=1e-15)

assert np.all(np.diff(one_step[:9]) > 0), "the nearer, the more"
assert np.abs(one_step - 3 / 16 * kernel[8]).max() < 0.03 * one_step.max()
assert trace["output"][2][8] > 0.7 > 0.2 > np.abs(trace["output"][2][:8]).max()

predicted = np.exp(-np.outer(times, rates[[1, 2, 3, 5]]))
after_200 = moments.index(200)
assert np.all(np.diff(shares[1.0][after_200]) > 0), "low frequencies first"
assert np.allclose(shares[1.0][1], predicted[1], atol=0.08)
assert shares[1.0][after_200, 0] < 0.01, "1 has left its line when little is left"
assert shares[1.0][-1, 3] > 2 * predicted[-1, 3], "5 is far behind"
assert shares[0.1][-1, 3] < 1.3 * predicted[-1, 3], "less so for a tenth of the target"

without_5, _ = experiment(a_tenth.replace(",0,0.1", ""), [1000])
left_of_3 = np.hypot(*without_5["residual_spectrum"][0, 5:7]) / (0.1 / np.sqrt(2))
assert np.allclose([shares[0.1][-1, 2], left_of_3], [0.0185, 0.0067], atol=1e-4), "5 feeds 3"

assert np.abs(without["output"][1]).max() < 1e-12
assert np.abs(with_bias["output"][1] - with_bias.targets).max() < 0.1

assert 1.6 < off_diagonal[64] / off_diagonal[256] < 2.4
diagonal = np.mean(np.diagonal(blocks, axis1=1, axis2=2), axis=0)
assert np.allclose(diagonal[[0, 1, 3]], rates[:3], rtol=0.1)
print("the pictures show what was said")

# %% [markdown]
# To play on: `minintk explore` writes the page, and `minintk animate "sign(sin(t))"` makes a film
# of a function of your own.
#
# Next: [1. A ReLU network by hand](01_a_relu_network_by_hand.ipynb)
