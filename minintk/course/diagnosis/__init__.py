"""From wrong values to what went wrong: findings are data, and `words` alone makes sentences."""
