"""Plain words: text for readers has the field's words, not a vocabulary of this project's own."""

import ast
import io
import json
import re
import tokenize

import pytest

from minintk.claims import CLAIMS
from tests.project.test_tutorials import texts
from tests.reference.sources import ROOT

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
    nodes = list(ast.walk(ast.parse(text)))
    found = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    names = [n.name for n in nodes if isinstance(n, ast.FunctionDef)]
    found += [name.replace("_", " ") for name in names if name.startswith("test_")]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return found + [token.string for token in tokens if token.type == tokenize.COMMENT]


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
    assert not {name: words for name, words in found.items() if words}, PRIVATE


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


def test_sentences_of_the_claims_are_short():
    for name, claim in CLAIMS.items():
        later = claim.later[0] if claim.later else ""
        for text in (claim.statement, claim.criterion(claim.default), later):
            for sentence in re.split(r"(?<=[.?!)]) ", text):
                words = re.findall(r"[^\W\d_]{2,}", sentence)
                assert len(words) <= 25, f"{name}: {sentence}"


def sentences(page):
    """The sentences of a page, without code, tables, headings, formulas, quotations, sources."""
    text = re.split(r"^##+ Sources$", page, flags=re.MULTILINE)[0]
    text = re.sub(r"^ *```.*?^ *```$", "\n\n", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$", "\n\n", text, flags=re.DOTALL)
    text = re.sub(r"\$[^$]*\$|`[^`]*`|\]\([^)]*\)|<[^>]*>", " f ", text)
    text = re.sub(r"^(?: {4}|\||#|>).*$", "\n", text, flags=re.MULTILINE)
    parts = re.split(r"\n\s*\n|^ *(?:[-*]|\d+\.) |(?<=[.!?])[)”*]*\s+", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in parts if part.strip()]


def too_long(sentence):
    """Whether a sentence has more than 25 words; numbers and signs are none."""
    return len([word for word in sentence.split() if re.search(r"[^\W\d_]", word)]) > 25


def test_sentences_of_pages_and_tutorials_are_short():
    pages = {path: sentences(page) for path, page in texts().items()}
    assert sum(map(len, pages.values())) > 2000
    found = {path: [one for one in page if too_long(one)] for path, page in pages.items()}
    assert not {path: long for path, long in found.items() if long}


@pytest.mark.parametrize(
    ("page", "long"),
    [
        ("word " * 25 + "12 = 3. " + "word " * 25, 0),
        ("word " * 12 + "a: it [goes](on/and.on) " + "word " * 12 + "(here.) And on.", 1),
        ("word " * 26 + "\n## Sources\n" + "name " * 26, 1),
        ("- " + "word " * 20 + "\n- " + "word " * 20 + "\n1. " + "word " * 20, 0),
        (
            "word " * 20 + "\n$$ x\n= y $$\n" + "word " * 20 + "\n\n```\n" + "word " * 26 + "\n```",
            0,
        ),
        ("| " + "word " * 26 + "\n> " + "word " * 26 + "\n## " + "word " * 26, 0),
    ],
)
def test_a_long_sentence_is_found(page, long):
    assert sum(map(too_long, sentences(page))) == long


def test_every_exception_is_needed():
    for name, words in USUAL.items():
        text = " ".join(" ".join(prose(ROOT / name)).split())
        assert words <= set(WORDS.findall(text)), name
