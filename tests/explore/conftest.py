"""The tests in a real browser need selenium, which the suite does not: `.ci/run` installs it."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("selenium") else ["browser.py", "driver.py", "screenshots.py"]
