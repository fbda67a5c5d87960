"""The tests, laid out as the package is: the tests of minintk/x.py are in core/test_x.py."""
