"""Claims beyond the study: the evolving kernel measured, explained and predicted."""
