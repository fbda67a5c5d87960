"""The list of sources: every work that is cited stands in it, and no other."""

import re

import pytest

from minintk.course import CONVENTIONS
from tests.reference.lists import assert_same
from tests.reference.readers import PAGES, text_of
from tests.reference.sources import ROOT

pytestmark = pytest.mark.project

LIST = "tutorials/sources.md"
NAME, YEAR = r"[A-ZÀ-ÖØ-Þ][\w'’-]+", r"(?:1[89]\d\d|20[0-3]\d)\b"
AMONG = rf"(?P<more>(?:, {NAME})*,? & {NAME}| et al\.)"
# Bowman & Montúfar (2022), Saad (1992) or Cho & Saul 2009; a name and a bare year are no source.
CITED = re.compile(
    rf"(?<![A-ZÅ]\. )(?P<first>{NAME})"
    rf"(?:{AMONG} (?P<bare>{YEAR})|{AMONG.replace('more', 'other')}? \((?P<year>{YEAR}))"
    r"(?:\)?, [*\"](?P<title>[^*\"]+)[*\"])?"
)
# A. Jacot, F. Gabriel, C. Hongler (2018), *Title*; or the year behind the title.
INITIALS = r"\b(?:[A-ZÅ]\.[ -]?)+"
WORK = re.compile(
    rf"(?P<names>{INITIALS}{NAME}(?:, {INITIALS}{NAME})*)(?: et al\.)?,? "
    rf"(?:\((?P<year>{YEAR})\), )?\*(?P<title>[^*]+)\*(?:(?:, | \([^()]*, )(?P<after>{YEAR}))?"
)


def plain(text):
    """A text in one line, without the signs of comments."""
    return " ".join(re.sub(r"^\s*#+ ?", "", text, flags=re.MULTILINE).split())


def texts():
    """What may cite, by path; pages that are made of these, and the list itself, are left out."""
    patterns = ("minintk/**/*.py", "minintk/**/*.txt", "tutorials/*.py", "tutorials/*.txt")
    paths = {
        path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)
    }
    return {path: text_of(path) for path in sorted({*paths, *PAGES} - {LIST})}


def citations(text):
    """First author, year, the other authors that are named, and the title where there is one."""
    for found in CITED.finditer(plain(text)):
        others = re.findall(NAME, found["more"] or found["other"] or "")
        yield found["first"], found["bare"] or found["year"], others, found["title"]
    for found in WORK.finditer(plain(text)):
        first, *others = re.findall(rf"{INITIALS}({NAME})", found["names"])
        yield first, found["year"] or found["after"], others, found["title"]


def listed():
    """The works of the list: authors and title, by first author and year."""
    rows = re.findall(rf"^\| (.+) \(({YEAR})\) \| (.+) \| (.+) \|$", text_of(LIST), re.MULTILINE)
    found = {}
    for names, year, title, _ in rows:
        authors = re.findall(rf"({NAME}), {INITIALS}", names)
        assert ", ".join(authors) == re.sub(rf", {INITIALS}(?=,|$)", "", names), names
        found[authors[0], year] = authors, title
    assert len(found) == len(rows) == text_of(LIST).count("\n| ") - 1
    return found


def same(title):
    return re.sub(r"\W+", " ", title.casefold()).strip()


def test_every_work_that_is_cited_is_listed_and_no_other():
    known, cited = listed(), set()
    for path, text in texts().items():
        for first, year, others, title in citations(text):
            assert (first, year) in known, f"{path} cites {first} {year}: add it to {LIST}"
            authors, full = known[first, year]
            assert set(others) <= set(authors), (path, first, year, others)
            assert same(title or "") in same(full), f"{path}: {title!r} is not {full!r}"
            cited.add((first, year))
    assert set(known) == cited, f"cited nowhere: {set(known) - cited}"


def test_every_source_of_a_tutorial_and_of_a_convention_is_read():
    """No line of a list of sources is passed over because it is written in another way."""
    bullets = 0
    for path, text in texts().items():
        for block in re.findall(
            r"^# ## Sources$(.+?)^# (?:##|Next)", text, re.MULTILINE | re.DOTALL
        ):
            for bullet in plain(block).split("- ")[1:]:
                titles = re.findall(r"\*([^*]+)\*", bullet)
                found = [title for *_, title in citations(f"{bullet} ") if title]
                assert sorted(titles) == sorted(found), (path, bullet)
                bullets += len(titles)
    assert bullets > 25
    of_papers = [row for row in CONVENTIONS if re.search(YEAR, row.name)]
    assert len(of_papers) >= 6
    for row in of_papers:
        ((first, year, _, _),) = citations(row.name)
        assert same(row.source.split(",")[0].split(":")[0]) in same(listed()[first, year][1])


def test_the_list_is_in_the_order_of_names_and_years():
    ascii_of = str.maketrans("éöÅ", "eoA")
    order = [(first.translate(ascii_of), year) for first, year in listed()]
    assert_same(order, sorted(order), LIST, "its rows are in the order of names and years")


@pytest.mark.parametrize(
    ("text", "first", "year", "others"),
    [
        ("Source: Bowman &\n    Montúfar (2022): x", "Bowman", "2022", ["Montúfar"]),
        ("(Cho & Saul 2009; x)", "Cho", "2009", ["Saul"]),
        ("# - Basri, Jacobs,\n# Kasten & Kritchman 2019: x", "Basri", "2019", None),
        ("- Å. Björck, G. H. Golub (1973), *Numerical x*", "Björck", "1973", ["Golub"]),
        ("- J. Lee et al., *Wide x*, 2019, y", "Lee", "2019", []),
        ("S. Mei, P.-M. Nguyen (2018), *A x*", "Mei", "2018", ["Nguyen"]),
    ],
)
def test_citations_are_found_as_they_are_written(text, first, year, others):
    found = {(one, when): named for one, when, named, _ in citations(text)}
    assert (first, year) in found
    assert others is None or found[first, year] == others
