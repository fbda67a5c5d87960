# %% [markdown]
# # 1. A ReLU network by hand
#
# You will be able to
#
# - compute the output of a two-layer ReLU network with pencil and paper;
# - derive every partial derivative of its loss, and write them as three lines of NumPy;
# - check a gradient by central differences, and say how large the error may be and why;
# - say what happens at a kink of the ReLU, and why a gradient check can fail there although
#   the gradient is right.
#
# Time: 1½ hours. Assumed: the chain rule, partial derivatives, a little NumPy. Nothing has to
# come before it. ([0. Ten minutes of pictures](00_ten_minutes_of_pictures.ipynb) shows where the
# course goes.)
#
# A notebook comes with its outputs. To predict before you see, clear them first: in Jupyter,
# *Edit*, *Clear Outputs of All Cells*. In formulas for `check` a power is `^` or `**`, in your own
# Python it is `**`.
#
# The network is made here: until the last section nothing of it comes from minintk. What is
# imported only looks at your answers: `check` reads the formulas that you type, and `describe` says
# what is wrong. `answer_value` calls a function of yours, and says so where it gives another shape.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

from minintk.course import check, describe
from minintk.course.answers.formula import answer_value

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"  # told apart by the colour-blind, too
plt.rcParams.update({"figure.dpi": 90, "axes.grid": True, "grid.color": "0.9"})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1. The network
#
# The input is a point of the unit circle, given by its angle $t$ in radians:
#
# $$ x = (\cos t, \sin t). $$
#
# A *neuron* $r$ has an input weight $w_r = (w_{r1}, w_{r2})$, a bias $b_r$ and an output weight
# $a_r$. It does three things:
#
# $$ z_r = w_{r1} x_1 + w_{r2} x_2 + b_r, \qquad h_r = \mathrm{relu}(z_r), \qquad
#    \text{it contributes } a_r h_r, $$
#
# where $\mathrm{relu}(z) = \max(z, 0)$. All $w_r$ are the *first layer*, all $a_r$ the
# *second layer*. The number $z_r$ is called the *pre-activation*. A neuron with $z_r > 0$ is
# *active*. The network adds up $m$ neurons (its *width*):
#
# $$ f(x) = \frac{1}{\sqrt m} \sum_{r=1}^{m} a_r\, \mathrm{relu}(w_r \cdot x + b_r). $$
#
# Why the factor $1/\sqrt m$? Draw the weights at random, with $a_r = \pm 1$, each sign with equal
# chance. A sum of $m$ independent terms of mean 0 is of size $\sqrt m$. So the factor keeps the
# output of the same size at every width.
#
# With $n$ samples $x_1 \dots x_n$ everything is an array. Row $i$ is a sample, column $r$ a neuron:
# $Z$ and $H$ have the shape $(n, m)$.


# %%
def relu(z):
    return np.maximum(z, 0.0)


def forward(w, b, a, t):
    """Output f (n,), with what the gradient needs: points (n, 2), z (n, m), relu(z) (n, m)."""
    x = np.stack([np.cos(t), np.sin(t)], axis=1)
    z = x @ w.T + b
    h = relu(z)
    return h @ a / math.sqrt(len(a)), x, z, h


# %% [markdown]
# **Prediction.** One neuron ($m = 1$) with $w = (2, 0)$, $b = 0.5$, $a = 3$. At $t = 0$ the point
# is $(1, 0)$, so $z = 2 \cdot 1 + 0 \cdot 0 + 0.5 = 2.5$ and $f = 3 \cdot 2.5 = 7.5$. At $t = \pi$
# the point is $(-1, 0)$, so $z = -1.5$, the neuron is not active, and $f = 0$.

# %%
one = (np.array([[2.0, 0.0]]), np.array([0.5]), np.array([3.0]))
output = forward(*one, np.array([0.0, np.pi]))[0]
print(output)
assert np.allclose(output, [7.5, 0.0], rtol=0, atol=1e-15)

# %% [markdown]
# **One neuron as a picture.** Around the circle $w \cdot x$ is a cosine wave, so $z$ is a wave that
# is moved up by $b$. The ReLU cuts off what lies below 0. Where $z$ passes 0 the neuron switches on
# or off, and the slope of $\mathrm{relu}(z)$ jumps: a *kink*.
#
# **Predict before you run.** A wave that is moved up or down: how often can it pass 0 in one turn?
# So how many kinks can one neuron have at most, and how many a network of three? Put the second
# number into the next cell.

# %%
my_kinks = None  # of a network of three neurons, at most
t_fine = np.linspace(0, 2 * np.pi, 721)
three = (
    np.array([[0.0, 1.0], [-0.8, 0.2], [0.5, -0.9]]),
    np.array([0.3, 0.2, -0.4]),
    np.array([1.0, -1.0, 1.5]),
)
f_three, _, z_three, h_three = forward(*three, t_fine)
switches = (z_three[1:] > 0) != (z_three[:-1] > 0)
print(f"kinks of each neuron: {switches.sum(axis=0)}, of the three: {switches.sum()}")
if my_kinks is not None:
    print(f"you said {my_kinks}")
assert np.all(switches.sum(axis=0) == 2)

figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.2), layout="constrained")
axes[0].plot(t_fine, z_three[:, 0], "--", color=ORANGE, label="z")
axes[0].plot(t_fine, h_three[:, 0], "-", color=BLUE, label="relu(z)")
axes[0].set(
    title=f"One neuron: {switches[:, 0].sum()} kinks", xlabel="angle t (radians)", ylim=(-0.9, 1.9)
)
axes[0].set_ylabel("z and relu(z)")
for r, line in enumerate(("--", "-.", ":")):
    one_share = three[2][r] * h_three[:, r] / math.sqrt(3)
    axes[1].plot(t_fine, one_share, line, color="0.45", label=f"neuron {r + 1}")
axes[1].plot(t_fine, f_three, "-", color=BLUE, label="their sum f")
axes[1].set(
    title=f"Three neurons: {switches.sum()} kinks", xlabel="angle t (radians)", ylim=(-0.9, 1.9)
)
axes[1].set_ylabel("output f(t) and its parts")
for axis, found in ((axes[0], switches[:, :1]), (axes[1], switches)):
    for place in np.flatnonzero(found.any(axis=1)):
        axis.plot(t_fine[place], (h_three[:, 0] if axis is axes[0] else f_three)[place], "k^")
    axis.plot([], [], "k^", label="kinks")
    axis.legend(fontsize=8, ncols=2, loc="upper right")

# %% [markdown]
# At most two for one neuron, so at most $2m$ for $m$ neurons. Between two kinks the output is
# smooth.
#
# ## 2. The loss, and its gradient from the outside in
#
# The samples have targets $y_1 \dots y_n$. The *residual* is $r_i = f(x_i) - y_i$, and the loss is
# half its mean square:
#
# $$ L = \frac{1}{2n} \sum_{i=1}^{n} \left(f(x_i) - y_i\right)^2 . $$
#
# **Step 1: from the loss to an output.** Only the term $i$ of the sum contains $f(x_i)$:
#
# $$ \frac{\partial L}{\partial f(x_i)} = \frac{1}{2n} \cdot 2 \left(f(x_i) - y_i\right)
#    = \frac{f(x_i) - y_i}{n} =: g_i . $$
#
# The $\frac12$ of the loss is there to cancel the 2 of the square.
#
# **Do it here.** Take one sample, $n = 1$. What is $\partial L/\partial a$, for one of the $m$
# neurons? Type the formula into the next cell, and run it. You may use `r` for the residual $f -
# y$, and `a`, `z`, `m`, `x1`, `x2`. The ReLU is `max(z,0)`, its derivative is `step(z)`.
#
# <details><summary>Hint 1</summary>
#
# The loss contains $a$ through the output only. Multiply two derivatives: that of the loss by the
# output (step 1), and that of the output by $a$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# The output is a sum over neurons, divided by $\sqrt m$. One term contains your $a$, as a factor.
# What is the other factor of that term?
#
# </details>

# %%
answer = ""  # ∂L/∂a, with r, z and m
if answer:
    print(describe(check("dL_da", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# **Step 2: from an output to an output weight.** In $f(x_i) = m^{-1/2} \sum_s a_s h_{is}$ only the
# term $s = r$ contains $a_r$:
#
# $$ \frac{\partial f(x_i)}{\partial a_r} = \frac{1}{\sqrt m}\, h_{ir}, \qquad
#    \frac{\partial L}{\partial a_r} = \sum_i g_i \frac{\partial f(x_i)}{\partial a_r}
#    = \frac{1}{\sqrt m} \sum_i g_i\, h_{ir} . $$
#
# The sum over $i$ is the chain rule: $a_r$ acts on the loss through every one of the $n$ outputs.
#
# **Do it here.** Now $\partial L/\partial w_1$, again for one sample: the first input weight of the
# neuron.
#
# <details><summary>Hint 1</summary>
#
# The chain has three links: from the loss to the output, from the output to $z$, from $z$ to $w_1$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# The first link is `r`. The second contains $a$, $\sqrt m$ and the derivative of the ReLU. For the
# third, look at $z = w_1 x_1 + w_2 x_2 + b$: which number stands beside $w_1$?
#
# </details>

# %%
answer = ""  # ∂L/∂w1, with r, a, z, x1 and m
if answer:
    print(describe(check("dL_dw1", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# **Step 3: from an output to a pre-activation.** $f(x_i)$ contains $z_{ir}$ in one term,
# $m^{-1/2} a_r\, \mathrm{relu}(z_{ir})$:
#
# $$ \frac{\partial f(x_i)}{\partial z_{ir}} = \frac{1}{\sqrt m}\, a_r\, \mathrm{relu}'(z_{ir}),
#    \qquad \mathrm{relu}'(z) = 1 \text{ for } z > 0,\ 0 \text{ for } z < 0 . $$
#
# At $z = 0$, its kink, the ReLU has no derivative. We set $\mathrm{relu}'(0) = 0$; section 4 says
# what this means.
#
# **Step 4: from a pre-activation to an input weight and a bias.** From
# $z_{ir} = w_{r1} x_{i1} + w_{r2} x_{i2} + b_r$:
#
# $$ \frac{\partial z_{ir}}{\partial w_{r1}} = x_{i1}, \qquad
#    \frac{\partial z_{ir}}{\partial w_{r2}} = x_{i2}, \qquad
#    \frac{\partial z_{ir}}{\partial b_r} = 1 . $$
#
# **Step 5: multiply along the chain, and sum over the samples.**
#
# $$ \frac{\partial L}{\partial w_{rc}}
#    = \sum_i g_i \,\frac{\partial f(x_i)}{\partial z_{ir}}\,
#      \frac{\partial z_{ir}}{\partial w_{rc}}
#    = \frac{a_r}{\sqrt m} \sum_i g_i\, \mathrm{relu}'(z_{ir})\, x_{ic}, \qquad c = 1, 2, $$
#
# $$ \frac{\partial L}{\partial b_r}
#    = \frac{a_r}{\sqrt m} \sum_i g_i\, \mathrm{relu}'(z_{ir}) . $$
#
# That is the whole of *backpropagation* for this network. First as loops, exactly as it reads:


# %%
def loss(w, b, a, t, y):
    residual = forward(w, b, a, t)[0] - y
    return residual @ residual / (2 * len(y))


def gradient_by_loops(w, b, a, t, y):
    f, x, z, h = forward(w, b, a, t)
    n, m = len(t), len(a)
    grad_w, grad_b, grad_a = np.zeros_like(w), np.zeros_like(b), np.zeros_like(a)
    for i in range(n):
        g = (f[i] - y[i]) / n  # step 1
        for r in range(m):
            grad_a[r] += g * h[i, r] / math.sqrt(m)  # step 2
            if z[i, r] > 0:  # step 3: relu' is 1 here, and 0 elsewhere
                grad_b[r] += g * a[r] / math.sqrt(m)  # steps 4 and 5
                for c in range(2):
                    grad_w[r, c] += g * a[r] * x[i, c] / math.sqrt(m)
    return grad_w, grad_b, grad_a


# %% [markdown]
# Now as arrays. Call $G_{ir} = \partial L/\partial z_{ir} = g_i\, \mathrm{relu}'(z_{ir})\, a_r /
# \sqrt m$. Then $\partial L/\partial w = G^\top X$ (a sum over $i$ is a matrix product),
# $\partial L/\partial b$ is the column sum of $G$, and $\partial L/\partial a = H^\top g/\sqrt m$.


# %%
def gradient(w, b, a, t, y):
    f, x, z, h = forward(w, b, a, t)
    g = (f - y) / len(y) / math.sqrt(len(a))
    grad_z = g[:, None] * (z > 0) * a
    return grad_z.T @ x, grad_z.sum(axis=0), h.T @ g


# %% [markdown]
# **Prediction.** The neuron from above, one sample at $t = 0$ with target $y = 5$: the residual is
# $7.5 - 5 = 2.5$ and $n = m = 1$. So $L = 2.5^2/2 = 3.125$, $\partial L/\partial a = 2.5
# \cdot 2.5 = 6.25$, $\partial L/\partial w = 2.5 \cdot 3 \cdot (1, 0) = (7.5, 0)$ and $\partial
# L/\partial b = 7.5$.

# %%
t_one, y_one = np.array([0.0]), np.array([5.0])
print(loss(*one, t_one, y_one), gradient(*one, t_one, y_one))
assert math.isclose(loss(*one, t_one, y_one), 3.125)
for part, expected in zip(gradient(*one, t_one, y_one), ([[7.5, 0.0]], [7.5], [6.25]), strict=True):
    assert np.allclose(part, expected, rtol=0, atol=1e-14)

# %% [markdown]
# Now a network that is no special case: 5 samples, 3 neurons, $p = 4m = 12$ parameters. The three
# numbers differ, so that a transposed array cannot pass unseen.

# %%
rng = np.random.default_rng(1)
n, m = 5, 3
w, b, a = rng.standard_normal((m, 2)), 0.5 * rng.standard_normal(m), rng.standard_normal(m)
t = np.array([0.3, 1.1, 2.9, 4.0, 5.6])
y = rng.standard_normal(n)

for loops, arrays in zip(gradient_by_loops(w, b, a, t, y), gradient(w, b, a, t, y), strict=True):
    assert loops.shape == arrays.shape
    assert np.abs(loops - arrays).max() < 1e-15
print("loops and arrays agree; active neurons at each sample:")
print((forward(w, b, a, t)[2] > 0).astype(int))

# %% [markdown]
# ## 3. Is the derivation right? Central differences
#
# Two programs written from one derivation share its mistakes. A difference quotient does not use
# the derivation. Write the loss as a function $F$ of one number: one parameter is moved by $v$.
#
# **Do it here.** The one-sided quotient $(F(h) - F(0))/h$ is not quite $F'(0)$. By how much is it
# off, to leading order in $h$? Write it with `h` and `second`, which is $F''(0)$.
#
# <details><summary>Hint 1</summary>
#
# Expand $F(h)$ in powers of $h$ up to $h^2$, and put it into the quotient.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# The term with $F'(0)$ is what the quotient should be. The next term of $F(h)$ has $h^2$ and a
# factor $\frac12$. Divide it by $h$.
#
# </details>

# %%
your_error = None  # lambda h, second: …
if your_error is None:
    print("Put `lambda h, second:` and your formula in place of None, and run this cell.")
else:
    h, v = 1e-3, 0.4  # tried on F = sin at 0.4, where F' = cos and F'' = −sin
    real = (np.sin(v + h) - np.sin(v)) / h - np.cos(v)
    found = answer_value(your_error, (), h, -np.sin(v))
    good = np.isclose(found, real, rtol=1e-2, atol=0)
    print(f"yours {found:.3e}, for the sine it is {real:.3e}: {'right' if good else 'wrong'}")

# %% [markdown]
# Expand $F$ to both sides:
#
# $$ F(\pm h) = F(0) \pm h F'(0) + \tfrac{h^2}{2} F''(0) \pm \tfrac{h^3}{6} F'''(0) + \dots $$
#
# In the one-sided quotient the second term stays; in the central one the even terms cancel:
#
# $$ \frac{F(h) - F(0)}{h} = F'(0) + \tfrac{h}{2} F''(0) + \dots, \qquad
#    \frac{F(h) - F(-h)}{2h} = F'(0) + \tfrac{h^2}{6} F'''(0) + \dots $$
#
# On top of that comes rounding. A computed number is off by a share of about $\epsilon = 1.1 \cdot
# 10^{-16}$. So each value of $F$ is off by about $\epsilon |F|$, and the quotient by
# $\epsilon |F| / h$.
#
# **Predict before you run.** Move one weight by $h = 10^{-4}$, and take the central difference. How
# far is it from the derivative? Write down a power of ten, as `1e-8`, before you read on.

# %%
my_error = None  # of the central difference along one weight, at h = 1e-4

# %% [markdown]
# **What to expect here.** As long as no $z_{ir}$ changes its sign, the output $f$ is *linear* in
# each single parameter. So $L$ is exactly quadratic in it and $F''' = 0$. The central difference
# has *no* error but rounding: with $h = 10^{-4}$ about $10^{-12}$. A large $h$ is then better than
# a small one.
#
# Now move *all* parameters at once, along a random direction. Then $f$ is quadratic in $h$ and $L$
# of degree 4. So the central difference does have an error, and it falls as $h^2$.


# %%
def split(vector):
    """One flat vector (4m,) as w (m, 2), b (m,), a (m,)."""
    m = len(vector) // 4
    return vector[: 2 * m].reshape(m, 2), vector[2 * m : 3 * m], vector[3 * m :]


def join(w, b, a):
    return np.concatenate([w.ravel(), b, a])


def loss_of(vector):
    return loss(*split(vector), t, y)


def central(direction, h):
    return (loss_of(theta + h * direction) - loss_of(theta - h * direction)) / (2 * h)


def one_sided(direction, h):
    return (loss_of(theta + h * direction) - loss_of(theta)) / h


theta = join(w, b, a)
by_hand = join(*gradient(w, b, a, t, y))
by_differences = np.array([central(direction, 1e-4) for direction in np.eye(len(theta))])
nearest_kink = np.abs(forward(w, b, a, t)[2]).min()
print(f"distance to the nearest kink: {nearest_kink:.3f}, far above the step 1e-4")
print(f"largest derivative {np.abs(by_hand).max():.3f}")
print(f"largest difference {np.abs(by_hand - by_differences).max():.1e}")
if my_error is not None:
    print(f"you said {my_error:.1e}")
assert nearest_kink > 1e-3
assert np.abs(by_hand).max() > 0.1
assert np.abs(by_hand - by_differences).max() < 1e-10

# %% [markdown]
# All 12 derivatives agree. Now the error against $h$. **Prediction**, three cases:
#
# - One-sided, one weight: slope $+1$, with the constant $|F''|/2$. Since $f$ is linear in the one
#   parameter $\theta$, $F'' = \frac1n \sum_i (\partial f(x_i)/\partial\theta)^2$.
# - Central, along a direction that moves everything: slope $+2$.
# - Central, one weight: only rounding.

# %%
everything = rng.standard_normal(len(theta))
everything /= np.linalg.norm(everything)
weight = np.eye(len(theta))[np.abs(by_hand[: 2 * m]).argmax()]
reach = nearest_kink / 2 / math.sqrt(2)  # of a step along a unit vector, so that no z changes sign
steps = reach / 4.0 ** np.arange(12)
errors = {
    "one-sided, one weight": [abs(one_sided(weight, h) - by_hand @ weight) for h in steps],
    "central, everything": [abs(central(everything, h) - by_hand @ everything) for h in steps],
    "central, one weight": [abs(central(weight, h) - by_hand @ weight) for h in steps],
}
h0 = reach / 8
second = (loss_of(theta + h0 * weight) - 2 * loss_of(theta) + loss_of(theta - h0 * weight)) / h0**2
slopes = {
    name: np.polyfit(np.log(steps[:5]), np.log(np.maximum(errors[name][:5], 1e-18)), 1)[0]
    for name in errors
}
print({name: round(float(slope), 2) for name, slope in slopes.items()})
assert abs(slopes["one-sided, one weight"] - 1) < 0.02
assert np.allclose(errors["one-sided, one weight"][:5], steps[:5] * abs(second) / 2, rtol=1e-3)
assert abs(slopes["central, everything"] - 2) < 0.05
assert max(errors["central, one weight"][:5]) < 1e-12

figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.5), sharey=True, layout="constrained")
for axis, name, marker, colour, label in (
    (axes[0], "one-sided, one weight", "o", BLUE, "one-sided"),
    (axes[0], "central, one weight", "^", GREEN, "central"),
    (axes[1], "central, everything", "s", ORANGE, "central"),
):
    axis.loglog(steps, np.maximum(errors[name], 1e-17), marker, color=colour, label=label)
axes[0].loglog(steps, steps * abs(second) / 2, "-", color=BLUE, label="predicted: h |F''|/2")
scale = errors["central, everything"][0] / steps[0] ** 2
axes[1].loglog(steps[:6], scale * steps[:6] ** 2, "--", color=ORANGE, label="slope 2")
for axis, moved in zip(axes, ("one weight moves", "all parameters move"), strict=True):
    axis.loglog(steps, 1.1e-16 * loss_of(theta) / steps, ":", color="black", label="rounding: εL/h")
    axis.set(xlabel="step h (units of the parameter)", title=moved, ylim=(3e-18, 10))
    axis.legend(fontsize=8, loc="upper left")
_ = axes[0].set_ylabel("|quotient − derivative|")

# %% [markdown]
# On the left the central difference has no error but rounding: its points scatter around the dotted
# line, and a larger step is better. On the right a step in the middle is best.
#
# ## 4. What a kink does
#
# Along the circle a neuron switches where $w_r \cdot x + b_r = 0$. Write $w_r = \rho_r (\cos
# \phi_r, \sin \phi_r)$ with $\rho_r = |w_r|$.
#
# **Do it here.** At which angle $t$ is the kink? There are two; one is enough. Write it with `rho`,
# `phi` and `b`; `np.arccos` is there.
#
# <details><summary>Hint 1</summary>
#
# $\cos\phi \cos t + \sin\phi \sin t$ is the cosine of one angle. Which?
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# So $w \cdot x + b = \rho \cos(t - \phi) + b$. Set it to 0, and solve for the cosine first.
#
# </details>

# %%
your_kink = None  # lambda rho, phi, b: …
if your_kink is None:
    print("Put `lambda rho, phi, b:` and your formula in place of None, and run this cell.")
else:
    place = answer_value(your_kink, (), 2.0, 0.7, 0.5)
    z_there = 2.0 * (np.cos(0.7) * np.cos(place) + np.sin(0.7) * np.sin(place)) + 0.5
    good = abs(z_there) < 1e-9
    print(f"at your angle {place:.4f}, z is {z_there:.4f}: {'right' if good else 'wrong'}")

# %% [markdown]
# By the addition formula $w_r \cdot x = \rho_r \cos(t - \phi_r)$, so the switch is at
#
# $$ \cos(t - \phi_r) = -\frac{b_r}{\rho_r}, \qquad
#    t = \phi_r \pm \arccos\left(-\frac{b_r}{\rho_r}\right) \quad \text{if } |b_r| < \rho_r . $$
#
# These are the two kinks of section 1. Between the at most $2m$ kinks of a network the output has
# the form $A \cos t + B \sin t + C$. At a kink it is continuous, and its slope jumps.
#
# Two kinds of neurons have no kink. One with $b_r > \rho_r$ is active everywhere. One with $b_r
# \le -\rho_r$ is active nowhere: its gradient is 0 on every sample. It is *dead*: gradient descent
# cannot move it.
#
# **Prediction.** The slope $f'(t)$ jumps at a kink of neuron $r$ by $|a_r| \sqrt{\rho_r^2 - b_r^2}
# / \sqrt m$ in absolute value: $z_r$ passes 0 there with the slope $|{-\rho_r} \sin(t - \phi_r)| =
# \rho_r \sqrt{1 - b_r^2/\rho_r^2}$.

# %%
rho, phi = np.hypot(w[:, 0], w[:, 1]), np.arctan2(w[:, 1], w[:, 0])
has_kinks = np.abs(b) < rho
half_width = np.arccos(np.clip(-b / rho, -1, 1))
jump = np.abs(a) * np.sqrt(np.maximum(rho**2 - b**2, 0)) / math.sqrt(m)
assert has_kinks.any()


def slope_at(angle, side, h=1e-6):
    ends = forward(w, b, a, np.array([angle, angle + side * h]))[0]
    return (ends[1] - ends[0]) / (side * h)


kinks = []
for r in np.flatnonzero(has_kinks):
    for end in (phi[r] - half_width[r], phi[r] + half_width[r]):
        kinks.append(end % (2 * np.pi))
        measured = abs(slope_at(end, +1) - slope_at(end, -1))
        assert abs(measured - jump[r]) < 1e-4, (r, measured, jump[r])
print(f"{len(kinks)} kinks; every jump of the slope is as predicted")

fine = np.linspace(0, 2 * np.pi, 2881)
output = forward(w, b, a, fine)[0]
figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.4), sharex=True, layout="constrained")
above.plot(fine, output, color=BLUE, label="network output f(t)")
above.plot(t, y, "s", color=ORANGE, label="targets")
above.plot(kinks, forward(w, b, a, np.array(kinks))[0], "k^", label="predicted kinks")
above.set(ylabel="output", title="At a kink the output is continuous …")
below.plot(fine[1:], np.diff(output) / np.diff(fine), color=BLUE)
below.set(xlabel="angle t (radians)", ylabel="slope f′(t)", title="… and its slope jumps")
for axis in (above, below):
    for kink in kinks:
        axis.axvline(kink, color="black", linestyle=":", linewidth=0.8)
_ = above.legend(fontsize=8)

# %% [markdown]
# A kink also lies in the way of a *parameter*: moving $b_r$ towards it by more than $|z_{ir}|$
# switches the neuron at sample $i$. A central difference that steps over it is wrong, however
# right the gradient. For one ReLU at distance $d > 0$ from its kink and a step $h > d$:
#
# $$ \frac{\mathrm{relu}(d + h) - \mathrm{relu}(d - h)}{2h} = \frac{d + h - 0}{2h}
#    = \frac12 \left(1 + \frac dh\right), \qquad \text{but } \mathrm{relu}'(d) = 1 . $$
#
# **Prediction.** With $d = 10^{-3}$ the quotient is 1 for every $h \le d$, $0.75$ at $h = 2 d$, and
# close to $\frac12$ for large $h$. *On* the kink ($d = 0$) it is exactly $\frac12$ at every $h$,
# where our convention says 0. No step size changes that. So a gradient check must keep away from
# the kinks. Or it skips the parameters whose step crosses one, and says how many.

# %%
d = 1e-3
quotient = {h: (relu(d + h) - relu(d - h)) / (2 * h) for h in (d / 2, 2 * d, 100 * d)}
print({f"h = {h:g}": round(float(value), 4) for h, value in quotient.items()})
assert np.allclose(list(quotient.values()), [1.0, 0.75, 0.505], rtol=1e-12)
assert all((relu(h) - relu(-h)) / (2 * h) == 0.5 for h in (1e-3, 1e-6, 1e-9))

# "On the kink" is a matter of rounding, too: cos(π/2) is not 0 in floating point.
print("cos(π/2) =", math.cos(math.pi / 2))
assert 0 < math.cos(math.pi / 2) < 1e-16

# %% [markdown]
# The loss along one bias, across a kink: pieces of parabolas that meet, one kink for each sample
# that switches. The loss is continuous, its derivative is not. **Prediction**: where sample
# $i$ switches neuron $r$ on, the derivative $\partial L/\partial b_r$ jumps by $a_r g_i/\sqrt m$.
# That is the sample's own term in the sum, with $g_i$ taken at the kink.

# %%
r = int(np.abs(a).argmax())
z = forward(w, b, a, t)[2]
i = int(np.abs(z[:, r]).argmin())
at_kink = b[r] - z[i, r]  # the bias at which z_ir = 0


def with_bias(value):
    moved = b.copy()
    moved[r] = value
    return moved


biases = at_kink + np.linspace(-0.6, 0.6, 241)
losses = [loss(w, with_bias(value), a, t, y) for value in biases]
derivatives = [gradient(w, with_bias(value), a, t, y)[1][r] for value in biases]
below, above = (gradient(w, with_bias(at_kink + s), a, t, y)[1][r] for s in (-1e-9, 1e-9))
g_i = (forward(w, with_bias(at_kink), a, t)[0][i] - y[i]) / n
print(f"jump of the derivative: {above - below:.6f}, predicted {a[r] * g_i / math.sqrt(m):.6f}")
assert abs(a[r] * g_i / math.sqrt(m)) > 0.01
assert abs((above - below) - a[r] * g_i / math.sqrt(m)) < 1e-7

figure, axes = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
axes[0].plot(biases, losses, color=BLUE)
axes[0].set(xlabel="bias of one neuron", ylabel="loss L")
axes[1].plot(biases, derivatives, ".", color=ORANGE, markersize=3)
axes[1].set(xlabel="bias of one neuron", ylabel="∂L/∂b, by the formula")
for axis in axes:
    for kink in b[r] - z[:, r]:  # the bias at which z = 0, for every sample
        if biases[0] < kink < biases[-1]:
            axis.axvline(kink, color="black", linestyle=":")
axes[0].plot([], [], "k:", label="kinks (predicted)")
_ = axes[0].legend(fontsize=8)
# %% [markdown]
# ## 5. The gradient at work
#
# One step of gradient descent moves every parameter $\theta_j$ by $-\eta\, \partial L/\partial
# \theta_j$. To first order in $\eta$ the loss changes by
#
# $$ \Delta L \approx \sum_j \frac{\partial L}{\partial \theta_j} \cdot
#    \left(-\eta \frac{\partial L}{\partial \theta_j}\right) = -\eta\, |\nabla L|^2 . $$
#
# **Prediction**: $\Delta L/(-\eta |\nabla L|^2) \to 1$ as $\eta \to 0$; and many steps lower the
# loss. (How *fast*, and how large $\eta$ may be, is the subject of the next tutorial.)

# %%
eta = 1e-5
ratio = (loss_of(theta - eta * by_hand) - loss_of(theta)) / (-eta * (by_hand @ by_hand))
print(f"ratio {ratio:.5f}")
assert abs(ratio - 1) < 1e-4

w_s, b_s, a_s = w, b, a
for _ in range(500):
    grads = gradient(w_s, b_s, a_s, t, y)
    w_s, b_s, a_s = (p - 0.1 * g for p, g in zip((w_s, b_s, a_s), grads, strict=True))
print(f"loss {loss(w, b, a, t, y):.3f} -> {loss(w_s, b_s, a_s, t, y):.3f} after 500 steps of 0.1")
assert loss(w_s, b_s, a_s, t, y) < 0.5 * loss(w, b, a, t, y)

# %% [markdown]
# ## What people get wrong here
#
# - **The factor ½.** Without it in the loss every derivative doubles, and with it every rate of
#   learning that you will meet later.
# - **1/n.** A sum over the samples in place of a mean multiplies every derivative by $n$.
# - **$1/\sqrt m$ once, not twice.** It stands in $f$, so it stands once in each derivative of $f$.
# - **The forgotten $a_r$** in $\partial L/\partial w_r$ and $\partial L/\partial b_r$. With all
#   $a_r = 1$ nobody sees it: test with random $a$.
# - **Transposed arrays.** With $n = m$ they pass unseen: test with different sizes.
# - **Checking at a kink**, or with a step so small that rounding takes over. Above: $h = 10^{-4}$.
# - **float32.** Rounding is $6 \cdot 10^{-8}$ instead of $10^{-16}$, so the same check is good for
#   three digits only, and a real mistake of that size stays hidden. Measured:

# %%
theta32, t32, y32 = (v.astype(np.float32) for v in (theta, t, y))
h32 = np.float32(1e-4)
differences32 = np.array(
    [
        (loss(*split(theta32 + h32 * e), t32, y32) - loss(*split(theta32 - h32 * e), t32, y32))
        / (2 * h32)
        for e in np.eye(len(theta), dtype=np.float32)
    ]
)
assert forward(*split(theta32), t32)[0].dtype == np.float32, "computed in float32"
error32 = np.abs(differences32 - by_hand).max()
print(
    f"float32: off by {error32:.0e}; float64: off by {np.abs(by_differences - by_hand).max():.0e}"
)
assert error32 > 1e-5 > 1e5 * np.abs(by_differences - by_hand).max()

# %% [markdown]
# ## Questions
#
# 1. A network of width $m = 4$ has $w_r = (1, 0)$, $b_r = 0$, $a_r = 2$ for all four neurons. What
#    is $f$ at $t = 0$ and at $t = 3\pi/4$?
#
# <details><summary>Answer</summary>
#
# At $t = 0$: $z_r = 1$, $f = \frac{1}{\sqrt 4} \cdot 4 \cdot 2 \cdot 1 = 4$. At $t = 3\pi/4$ the
# first coordinate is negative, no neuron is active, and $f = 0$.
#
# </details>
#
# 2. Why is the central difference of the loss exact (but for rounding) in one weight, while the
#    one-sided difference is not?
#
# <details><summary>Answer</summary>
#
# As long as no sample switches, $f$ is linear in one weight, so $L$ is quadratic. Then $F''' = 0$:
# the leading error of the central difference is gone, and so are the next ones ($F^{(5)}$, …). The
# one-sided error $\frac h2 F''$ stays.
#
# </details>
#
# 3. Someone's check of $\partial L/\partial b_2$ gives a quotient that is far off at every
#    step from $10^{-1}$ to $10^{-3}$, and is right at $10^{-4}$. What has happened?
#
# <details><summary>Answer</summary>
#
# Nothing is wrong with the derivative. A sample's pre-activation $z_{i2}$ lies between $10^{-4}$
# and $10^{-3}$ from 0, and the larger steps cross the kink. (A mistake in the formula would still
# be there at $10^{-4}$.)
#
# </details>
#
# 4. All output weights of a network are doubled. What happens to $\partial f/\partial w_r$, and to
#    $\partial f/\partial a_r$?
#
# <details><summary>Answer</summary>
#
# $\partial f/\partial w_r = m^{-1/2} a_r \mathrm{relu}'(z_r)\, x$ doubles; $\partial f/\partial
# a_r = m^{-1/2} \mathrm{relu}(z_r)$ does not contain $a$ and stays.
#
# </details>
#
# **An open question**, without a printed answer. Choose another function in place of the ReLU:
# $|z|$, $z^2$, or one of your own. Change `relu` and the derivative of step 3, and nothing else.
# Which statements of sections 3 and 4 still hold? Derive first, then let the difference quotients
# decide. What would you lose if you trained a network with it?
#
# ## Check your own
#
# `minintk check` compares a formula with the right one and names the mistake, without telling the
# answer. (`r` is the residual $f - y$; one sample, so $n = 1$.)
#
# - `minintk check dL_da "r*max(z,0)/sqrt(m)"` answers *right*.
# - `minintk check dL_dw1 "r*a*x1/sqrt(m)"` answers *wrong*: the neuron is not active everywhere.
# - `minintk check loss "(f-y)^2"` answers *wrong*: a factor 2.
# - `minintk check dL_db "…"` is yours. Write $\mathrm{relu}'(z)$ as `step(z)` or `(z > 0)`.
#
# (`minintk` is on the path once the environment that it was installed into is active.)
#
# Exercises (show one with `minintk exercises NAME`): `relu`, `relu_derivative`, `circle_points`,
# `forward`, `loss`, `backward`, `gradient_descent`. Grade one alone: `minintk grade FILE.py
# --exercise NAME`.
#
# ## Sources
#
# - A. Jacot, F. Gabriel, C. Hongler, *Neural Tangent Kernel*, 2018: the factor $1/\sqrt m$ in front
#   of the network (their section 2, where the same factor stands in front of every layer).
# - D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*,
#   1986: the chain rule from the outside in.
# - D. Bertoin, J. Bolte, S. Gerchinovitz, E. Pauwels, *Numerical influence of ReLU'(0) on
#   backpropagation*, 2021: what the choice at the kink costs.
#
# ## The comparison
#
# Only now minintk, which has the same network: output, loss and gradient. It also has the Jacobian
# $\partial f(x_i)/\partial \theta_j$: steps 2 to 4 without the sum over the samples.


# %%
def compare_with_minintk():
    import minintk as mn  # only here: nothing above borrows from it

    params = mn.Params(w, b, a)
    assert np.abs(mn.forward(params, t) - forward(w, b, a, t)[0]).max() < 1e-14
    value, grads = mn.loss_and_gradient(params, t, y)
    assert abs(value - loss(w, b, a, t, y)) < 1e-14
    assert np.abs(mn.flatten(grads) - by_hand).max() < 1e-14
    jacobian = mn.output_jacobian(params, t)
    assert jacobian.shape == (n, 4 * m)
    residual = forward(w, b, a, t)[0] - y
    assert np.abs(jacobian.T @ residual / n - by_hand).max() < 1e-14
    backwards = mn.backward(params, mn.forward_with_cache(params, t)[1], residual / n)
    assert np.abs(mn.flatten(backwards) - by_hand).max() < 1e-14
    assert np.array_equal(mn.relu_derivative([-1.0, 0.0, 1.0]), [0, 0, 1])


compare_with_minintk()
print("minintk agrees with what was made here by hand")

# %% [markdown]
# A network of your own has no second version to compare with. `gradient_check` needs the loss
# alone. It does section 3 for every coordinate, with smaller steps where a kink may lie within the
# first. It sees every derivative that is not the slope of the given loss, and whether one factor
# explains it. It cannot see a mistake in the loss itself. With a parameter exactly on a kink it
# accepts every slope between the two one-sided ones.
#
# **Predictions.** (1) The gradient made here is right in all 12 coordinates. (2) Without the factor
# $a_r$ in $\partial L/\partial b_r$ only the group `b` is wrong, by no common factor. (3) Without
# the $1/n$ all groups are, by the factor 5. (4) The loss without its ½ passes with the gradient of
# that. (5) On the kink of section 4 the gradient passes, and the kinks are counted.

# %%
from minintk.course import gradient_check  # noqa: E402  (nothing above needs it)


def loss_at(parts):
    return loss(**parts, t=t, y=y)


def gradient_at(parts):
    return dict(zip("wba", gradient(**parts, t=t, y=y), strict=True))


def without_a(parts):
    found = gradient_at(parts)
    return {**found, "b": found["b"] / parts["a"]}


def without_mean(parts):
    return {name: n * value for name, value in gradient_at(parts).items()}


parts = {"w": w, "b": b, "a": a}
right = gradient_check(loss_at, gradient_at, parts)
lost_factor = gradient_check(loss_at, without_a, parts)
lost_mean = gradient_check(loss_at, without_mean, parts)
print(right, lost_factor, lost_mean, sep="\n\n")
assert right.passed
assert [group.passed for group in lost_factor.groups] == [True, False, True]
assert lost_factor.groups[1].ratio is None
assert [group.ratio for group in lost_mean.groups] == [n, n, n]

both_doubled = gradient_check(
    lambda parts: 2 * loss_at(parts),
    lambda parts: {name: 2 * value for name, value in gradient_at(parts).items()},
    parts,
)
on_the_kink = gradient_check(loss_at, gradient_at, {**parts, "b": with_bias(at_kink)})
print(f"\nOn a kink of neuron {r}:\n{on_the_kink}")
assert both_doubled.passed, "a wrong loss is not seen"
assert on_the_kink.passed
assert sum(group.kinks for group in on_the_kink.groups) >= 1

# %% [markdown]
# Next: [2. From gradient descent to a kernel](02_from_descent_to_a_kernel.ipynb)
