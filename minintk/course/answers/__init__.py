"""What was handed in: formulas as text, programs as files, and every syntax tree one edit away."""
