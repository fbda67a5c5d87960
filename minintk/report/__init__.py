"""The report: run the claims, keep what they measured, draw it, and write one page.

reproduce   everything, from the folder's check to the page
runner      units of work over child processes
progress    lines on stderr while it runs
results     the folder: claims.json, data, figures; written whole or not at all
figures     the style of every figure; the only importer of matplotlib
page        report.html, one self-contained file

It computes no result: every number comes from `claims`.
"""
