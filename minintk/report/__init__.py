"""The report: run the claims, keep what they measured, draw it, and write one page.

reproduce    everything, from the folder's check to the page; or one share of the units
book         the entries of a folder, from its opening to the page
sizes        which claims at which sizes, also the reader's own
runner       units of work, in any order, become claims; on any executor
pool         child processes of our own for the units
cluster      a Dask cluster as an executor
units        units as files, which shards write and a run merges
locks        one run in a folder at a time, and signs of life of shards
arithmetic   the BLAS that computes, its threads, its core type
progress     lines on stderr while it runs
results      claims.json and what belongs to it: written, checked, used again
files        files that are whole or not there
figures      the figures of a run as files
page         report.html, one self-contained file
card         one claim on it
opening      the picture at its top
glossary     the question, the study, and the words that are explained
formulas     the claims' formulas as MathML
readable     plain text with true signs and small letters

It computes no result: every number comes from `claims`.
"""

from .card import Link
from .reproduce import Run, run, run_shard

__all__ = ["Link", "Run", "run", "run_shard"]
