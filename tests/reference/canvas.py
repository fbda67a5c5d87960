"""Axes that keep what is drawn on them."""


class Canvas:
    """Axes that keep what is drawn on them: [(method, arguments, options), …]."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *arguments, **options: self.calls.append((name, arguments, options)) or self

    def of(self, method):
        return [call[1:] for call in self.calls if call[0] == method]
