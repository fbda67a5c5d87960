"""The page to play with: one HTML file that trains a network in the browser.

explore_page          the page as text, with minintk's own numbers inside to check itself against
reference_runs        those numbers: small trainings, by the core
STATES                where the page shows a claim of the study
"""

from .page import explore_page
from .reference_runs import reference_runs
from .states import STATES

__all__ = ["STATES", "explore_page", "reference_runs"]
