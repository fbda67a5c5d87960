"""The claims of the study: one file each."""
