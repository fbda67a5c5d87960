"""Repeatable hypothesis runs without a clock: the same examples on every machine."""

from hypothesis import settings

settings.register_profile("minintk", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("minintk")
