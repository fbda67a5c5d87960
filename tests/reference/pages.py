"""The report's page as a browser sees it: elements, attributes, the text of each cell."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements of a page in their order, with attributes, and the text of each cell."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self.texts = [], [], []
        self._cell = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data):
        self.texts.append(data)
        if self._cell:
            self.rows[-1][-1] += data

    def named(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


def page_of(folder):
    """The page of a run."""
    return Page((folder / "report.html").read_text(encoding="utf-8"))
