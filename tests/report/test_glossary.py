"""What a reader is told before the claims: three sentences, and twelve words."""

import re

import pytest

from minintk.report.glossary import QUESTION, WORDS

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_the_question_has_three_sentences_and_there_are_twelve_words():
    assert len(re.findall(r"[.?](?: |$)", QUESTION)) == 3
    assert len(WORDS) == 12


@pytest.mark.parametrize("words", [QUESTION, *WORDS.values()])
def test_sentences_are_short(words):
    sentences = re.split(r"(?<=[.?:]) ", words)
    assert max(len(sentence.split()) for sentence in sentences) <= 25
