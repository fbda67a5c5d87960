"""Plain words: text for readers has the field's words, not a vocabulary of this project's own."""

import ast
import io
import json
import re
import tokenize

import pytest

from minintk.claims import CLAIMS
from tests.project.test_tutorials import texts
from tests.reference.sources import ROOT, SOURCE, comments_of, nodes, parsed

pytestmark = pytest.mark.project

PRIVATE = {  # what not to write → what to write
    r"halls?": "core",
    r"wings?": "subpackage",
    r"twins?": "fast version, reference version",
    r"roads?": "method",
    r"mend(?:s|ed|ing)?": "fix",
    r"doors?": "argument checks; ways to use",
    r"[Rr]efus(?:als?|es?|ed|ing)": "argument checks; an error; raises, rejects",
    r"draws? of (?:an? |the |\d+ )?(?:random )?(?:networks?|neurons?)": "random start",
    r"(?:module|function|kernel|library|page|catalogue|code|program|command|network|NTK)s? "
    r"(?:knows?|wants?|thinks?|believes?)": "depends on, imports, needs, has",
}
WORDS = re.compile("|".join(rf"\b(?:{word})\b" for word in PRIVATE))
# Where such a word is meant in its usual sense, and answers kept as they were given.
USUAL = {"tests/reference/odd_input.py": {"refused"}}  # a name of an outcome
KEPT = ("tests/course/blind", "tests/project/test_plain_words.py")
KINDS = (".py", ".md", ".txt", ".ipynb", ".html", ".js", ".json", ".yml")


def prose(path):
    """The text of a file that people read: of a program its texts, comments and names of tests."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    if path.suffix != ".py":
        return [text]
    all_of_it = nodes(parsed(path))
    found = [n.value for n in all_of_it if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    names = [n.name for n in all_of_it if isinstance(n, ast.FunctionDef)]
    found += [name.replace("_", " ") for name in names if name.startswith("test_")]
    return found + [comment for _, comment in comments_of(text)]


def files():
    """Every file with text for readers, in the repository or in an unpacked release."""
    for folder in ("minintk", "tests", "tutorials", ".github", "."):
        deep = (ROOT / folder).glob("*" if folder == "." else "**/*")
        for path in sorted(path for path in deep if path.suffix in KINDS and path.is_file()):
            if not path.relative_to(ROOT).as_posix().startswith(KEPT):
                yield path


def private_words(path):
    """The private words in a file, but those that are meant in their usual sense."""
    found = {word for text in prose(path) for word in WORDS.findall(" ".join(text.split()))}
    return found - USUAL.get(path.relative_to(ROOT).as_posix(), set())


def test_text_for_readers_has_no_private_words():
    checked = list(files())
    assert len(checked) > 200
    found = {path.relative_to(ROOT).as_posix(): private_words(path) for path in checked}
    wrong = {name: words for name, words in found.items() if words}
    assert not wrong, f"words to replace: {wrong}; PRIVATE of this test says by what: {PRIVATE}"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("page.md", "The twin stands in the hall,\nbehind the door.", {"twin", "hall", "door"}),
        ("code.py", '"""A refusal."""\nroad = 1  # the other road\n', {"refusal", "road"}),
        ("code.py", "def test_two_roads_agree():\n    refuse = wing = 1\n", {"roads"}),
        ("page.txt", "each draw of a\nnetwork; the kernel knows it", {"draw of a network"}),
        ("page.md", "wherever an indoor broad recommend shallow", set()),
    ],
)
def test_private_words_are_found(name, text, words, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = private_words(tmp_path / name)
    assert words <= found
    assert bool(words) == bool(found)


def test_comments_are_those_that_python_finds():
    found = 0
    for path in (ROOT / "tests" / "conftest.py", SOURCE / "circle.py"):
        text = path.read_text("utf-8") + AWKWARD
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        comments = [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
        assert comments_of(text) == comments
        found += len(comments)
    assert found > 10


AWKWARD = r'''
a = "# no", 'n"o # "', "\"# no", r"\\"  # one
b = """no \""" "# no ' " # no"""  # two
c = f"{a['#']} # no"; d = ''  # three, of "a" and 'b
# four: it's one
'''


def test_sentences_of_the_claims_are_short():
    for name, claim in CLAIMS.items():
        later = claim.later[0] if claim.later else ""
        for text in (claim.statement, claim.criterion(claim.default), later):
            for sentence in re.split(r"(?<=[.?!)]) ", text):
                words = re.findall(r"[^\W\d_]{2,}", sentence)
                assert len(words) <= 25, f"{name}: {sentence}"


# Sentences of docstrings and comments: one idea each, at most 25 words.

# A sentence ends with a full stop, also one within a bracket, but not with that of "et al."
END_OF_SENTENCE = re.compile(r"(?<!\bal\.)(?<=[.?!])\)? |(?<=…) (?=[A-Z][a-z])")
# No sentences: examples, what is set in by four spaces or more, and rows of tables and formulas.
NO_SENTENCE = [
    re.compile(r"^>>> .*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL),
    re.compile(r"^(?: {4}.*|.*\S {2,}\S.*)$", re.MULTILINE),
]


def docstrings(tree):
    """Every docstring of a module, its classes and its functions, with the place of each."""
    for node in nodes(tree):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        if isinstance(node, kinds) and (docstring := ast.get_docstring(node)):
            yield getattr(node, "name", "the module"), docstring


def comments(text):
    """Every comment, with those on the lines below it where they go on, and its line."""
    lines = text.splitlines()
    found = {}
    for line, comment in comments_of(text):
        found[line] = comment.lstrip("# ")
        above = line - 1
        if above in found and lines[above].lstrip()[0] == lines[above - 1].lstrip()[0] == "#":
            found[line] = f"{found.pop(above)}\n{found[line]}"
    yield from found.items()


def long_sentences(text, word=re.compile(r"\w")):
    """The sentences of more than 25 words; a sign alone, such as = or ×, is no word."""
    for part in NO_SENTENCE:
        text = part.sub("\n", text)
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in END_OF_SENTENCE.split(" ".join(paragraph.split())):
            if sum(bool(word.search(part)) for part in sentence.split()) > 25:
                yield sentence


def test_sentences_of_docstrings_and_comments_are_short():
    files = sorted(SOURCE.rglob("*.py"))
    assert len(files) > 100
    checked, found = 0, []
    for path in files:
        text = path.read_text("utf-8")
        for place, words in (*docstrings(parsed(path)), *comments(text)):
            checked += 1
            name = f"{path.relative_to(ROOT).as_posix()}, {place}"
            found += [f"{name}: {sentence}" for sentence in long_sentences(words)]
    assert checked > 1500
    assert not found, "at most 25 words a sentence:\n" + "\n".join(found)


LONG = " ".join(["word"] * 26)
LONG_IN_TWO = "# " + LONG.replace("word ", "word\n# ", 1)


@pytest.mark.parametrize(
    ("text", "long"),
    [
        (LONG, 1),
        (LONG.replace("word", "a = b", 1), 1),  # 27 words, and a sign that is none
        (LONG.replace("word", "=", 1), 0),
        (LONG.replace("word word", "word.\nWord", 1), 0),
        (LONG.replace("word word", "word …\nWord", 1), 0),
        (LONG.replace("word word", "(word.) Word", 1), 0),
        (LONG.replace("word word", "et al. word", 1), 1),
        (LONG.replace("word word", "word; word: word", 1), 1),
        (LONG.replace("word word", "word\n\nword", 1), 0),
        (LONG.replace("word", "\nword", 9) + f"\n\n{LONG}", 2),
        (f"Words.\n\n    {LONG}", 0),  # a formula
        (f"name  {LONG}", 0),  # a row of a table
        (f"Words.\n\n>>> {LONG}\n{LONG}\n\n{LONG}", 1),  # an example, and what follows it
    ],
)
def test_long_sentences_are_found(text, long):
    assert len(list(long_sentences(text))) == long


@pytest.mark.parametrize(
    "module",
    [
        f'"""{LONG}"""\n',
        f'def f():\n    """{LONG}"""\n',
        f'class C:\n    def _f(self):\n        """Short.\n\n        {LONG}\n        """\n',
        f"x = 1  # {LONG}\n",
        f"x = 1\n{LONG_IN_TWO}\n",
    ],
)
def test_a_long_sentence_is_found_wherever_it_stands(module):
    found = [words for _, words in (*docstrings(ast.parse(module)), *comments(module))]
    assert sum(len(list(long_sentences(words))) for words in found) == 1


# Sentences of pages and tutorials: the same, where a number is no word either.

LETTER = re.compile(r"[^\W\d_]")


def running_text(page):
    """A page without code, tables, headings, quotations and sources; a formula is one word."""
    text = re.split(r"^##+ Sources$", page, flags=re.MULTILINE)[0]
    text = re.sub(r"^ *```.*?^ *```$", "\n\n", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$", "\n\n", text, flags=re.DOTALL)
    text = re.sub(r"\$[^$]*\$|`[^`]*`", "f", text)  # before lines: | may begin one in a formula
    text = re.sub(r"^(?: {4}|\||#|>).*$|^ *(?:[-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
    return re.sub(r"\]\([^)]*\)|<[^>]*>|\*", "", text)


def test_sentences_of_pages_and_tutorials_are_short():
    pages = {path: running_text(page) for path, page in texts().items()}
    assert len(" ".join(pages.values()).split(". ")) > 1000
    found = {path: list(long_sentences(page, LETTER)) for path, page in pages.items()}
    wrong = {path: long for path, long in found.items() if long}
    assert not wrong, f"at most 25 words a sentence: {wrong}"


@pytest.mark.parametrize(
    ("page", "long"),
    [
        (LONG.replace("word", "12", 1), 0),
        (f"- {LONG}\n- word", 1),
        (LONG.replace("word", "$a\n| b. c$", 1), 1),
        (LONG.replace("word word", "word\n- word", 1), 0),
        (LONG.replace("word word", "**word.** Word", 1), 0),
        (LONG.replace("word word word", "[word](a/b word.md#c)", 1), 0),
        (LONG.replace("word", "`a. b c`, $x =\n1. 2$", 1), 1),
        (LONG.replace("word word", "word\n$$ x\n= y $$\nWord", 1), 0),
        (f"```\n{LONG}\n```\n| {LONG} |\n> {LONG}\n## {LONG}\n\nword", 0),
        (f"{LONG}\n\n## Sources\n\n{LONG}", 1),
    ],
)
def test_long_sentences_of_a_page_are_found(page, long):
    assert len(list(long_sentences(running_text(page), LETTER))) == long


def test_every_exception_is_needed():
    for name, words in USUAL.items():
        text = " ".join(" ".join(prose(ROOT / name)).split())
        assert words <= set(WORDS.findall(text)), name
