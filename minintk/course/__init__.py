"""A student's work: is it right, and if not, what is wrong with it?

check             a formula for a named quantity: right, or wrong with a diagnosis
check_steps       a derivation, line by line: right, or the line that breaks
grade             a file of functions, each in a process of its own
EXERCISES         the exercises, in teaching order; exercise_text, write_exercises hand them out
grade_class       a class of files: read_course, own_exercise set what is graded
gradient_check    anyone's gradient against differences that keep off kinks
compare_kernels   why two kernel matrices differ: a factor, a part, or the width
CONVENTIONS       the ratio of other papers' kernels, eigenvalues and rates to ours

Functions return frozen records and print nothing; `minintk check`, `grade`, `exercises` and
`conventions` print. A diagnosis states a relation (a ratio, a sign, a missing part), held on fresh
inputs, and never the right formula.
"""

from .answers.formula import FormulaError
from .checking import Answer, check, describe, quantity_table
from .classroom import ClassReport, grade_class
from .conventions import CONVENTIONS, Convention, conventions_text
from .course_file import Course, own_exercise, read_course
from .derivation import StepsAnswer, StepsError, check_steps, describe_steps
from .diagnosis.catalogue import CATALOGUE, Mistake
from .exercises import EXERCISES, Exercise, exercise_text, write_exercises
from .gradient_checking import GradientCheck, GroupCheck, gradient_check
from .grading import Report, Result, grade
from .kernel_comparison import KernelComparison, compare_kernels
from .questions.question import Confusion, Question, Trials
from .reports import gradescope_json, report_text

__all__ = [
    "CATALOGUE",
    "CONVENTIONS",
    "EXERCISES",
    "Answer",
    "ClassReport",
    "Confusion",
    "Convention",
    "Course",
    "Exercise",
    "FormulaError",
    "GradientCheck",
    "GroupCheck",
    "KernelComparison",
    "Mistake",
    "Question",
    "Report",
    "Result",
    "StepsAnswer",
    "StepsError",
    "Trials",
    "check",
    "check_steps",
    "compare_kernels",
    "conventions_text",
    "describe",
    "describe_steps",
    "exercise_text",
    "grade",
    "grade_class",
    "gradescope_json",
    "gradient_check",
    "own_exercise",
    "quantity_table",
    "read_course",
    "report_text",
    "write_exercises",
]
