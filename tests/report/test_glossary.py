"""What a reader is told before the claims: three sentences, the study, and words."""

import re

import pytest

from minintk.report.glossary import QUESTION, STUDY, WORDS

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_the_question_has_three_sentences_and_what_the_claims_speak_of_is_explained():
    assert len(re.findall(r"[.?](?: |$)", QUESTION)) == 3
    words = " ".join([*WORDS, *WORDS.values()])
    for word in ("Replay", "null", "CKA", "Bonferroni", "Holm", "Band means", "Trace", "phases",
                 "Raw", "Whitened", "Lazy", "Rich", "lazy limit", "Cell", "Student's",
                 "log loss", "Negative control", "Circulant", "Aliasing", "standard error",
                 "Pilot"):  # fmt: skip
        assert word in words, word


@pytest.mark.parametrize("words", [QUESTION, STUDY, *WORDS.values()])
def test_sentences_are_short(words):
    sentences = re.split(r"(?<=[.?:]) ", words)
    assert max(len(sentence.split()) for sentence in sentences) <= 25
