"""A student's work: is it right, and if not, what is wrong with it?

check          a formula for a named quantity, with a diagnosis
"""

from .checking import Answer, check, describe, quantity_table
from .formula import FormulaError

__all__ = ["Answer", "FormulaError", "check", "describe", "quantity_table"]
