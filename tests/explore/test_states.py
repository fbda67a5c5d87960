"""Where the page shows a claim of the study."""

import pytest

from minintk.claims import CLAIMS
from minintk.explore import STATES

pytestmark = pytest.mark.project


def test_every_claim_of_the_study_has_a_state_and_no_other():
    assert list(STATES) == [name for name, claim in CLAIMS.items() if not claim.beyond_study]


def test_each_says_what_to_look_for_in_few_words():
    for state in STATES.values():
        assert 4 <= len(state.words.split()) <= 12
        assert "&amp;" not in state.address
        assert not state.address.startswith("#")
