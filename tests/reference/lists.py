"""What a contributor is told where a list of the project has more or less than it should."""

from collections import Counter


def assert_same(found, asked, place, repair):
    """Fail where what was found is not what is asked for; two sequences also have one order.

    place    the file, and what in it: the first words of the message
    repair   what to do, with the command where there is one: its last words
    """
    __tracebackhide__ = True
    said = [
        f"{words} {', '.join(sorted(map(str, more.elements())))}"
        for words, more in (
            ("missing", Counter(asked) - Counter(found)),
            ("not known", Counter(found) - Counter(asked)),
        )
        if more
    ]
    if not said and all(isinstance(names, (list, tuple)) for names in (found, asked)):
        pairs = zip(found, asked, strict=True)
        said = [f"{have} stands where {want} belongs" for have, want in pairs if have != want][:1]
    assert not said, f"{place}: {'; '.join(said)}: {repair}"
