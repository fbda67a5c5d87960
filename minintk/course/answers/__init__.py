"""What was handed in, read: LaTeX, the notation of paper, and the lines of a derivation."""
