"""The report: run the claims, keep what they measured, draw it, and write one page.

reproduce    everything, from the folder's check to the page
sizes        which claims at which sizes, also the reader's own
runner       units of work, in any order, become claims; on any executor
pool         child processes of our own for the units
arithmetic   the BLAS that computes, its threads, its core type
progress     lines on stderr while it runs
results      claims.json and what belongs to it: written, checked, used again
files        files that are whole or not there
figures      the style of every figure; the only importer of matplotlib
page         report.html, one self-contained file

It computes no result: every number comes from `claims`.
"""

from .reproduce import Run, run

__all__ = ["Run", "run"]
