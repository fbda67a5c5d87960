"""fast."""
from .samples import forward, loss_and_gradient, objective
