"""fast."""
from .kernel import empirical_ntk, empirical_ntk_parts, empirical_ntk_product
from .samples import forward, loss_and_gradient, objective
from .kernel import empirical_low_frequency_block
from .population import *
from .infinite import *
from .flow import frozen_flow, grid_flow
