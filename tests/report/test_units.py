"""Units as files: what shards write, and a plain run merges."""

import numpy as np
import pytest

from minintk.report import units
from minintk.report.arithmetic import arithmetic
from minintk.report.results import Job
from minintk.report.runner import Done, tasks_of
from tests.reference import small_claims

pytestmark = pytest.mark.command

JOBS = [Job(claim, claim.default, "default") for claim in (small_claims.FINE, small_claims.OTHER)]
TASKS = tasks_of(JOBS)
PART = {"values": np.arange(6.0).reshape(2, 3), "law": np.array(["λ"]), "one": 0.1}
DONE = Done(PART, 0.25, arithmetic(), "code")


# --- by hand --------------------------------------------------------------------------------------


def test_what_is_written_is_read_again_bit_by_bit(tmp_path):
    shelf = units.Shelf(tmp_path, JOBS, 0)
    assert shelf.read(TASKS[0]) is None
    shelf.write(TASKS[0], DONE)
    found = shelf.read(TASKS[0])
    assert found[1:] == DONE[1:]
    for name, value in PART.items():
        assert found.part[name].tobytes() == np.asarray(value).tobytes()
        assert found.part[name].dtype == np.asarray(value).dtype
    assert shelf.read(TASKS[1]) is None


def test_other_seeds_sizes_and_claims_have_other_files(tmp_path):
    bigger = [job._replace(sizes=job.claim.full) for job in JOBS]
    shelves = [units.Shelf(tmp_path, jobs, seed) for jobs in (JOBS, bigger) for seed in (0, 1)]
    paths = {shelf.path(task) for shelf in shelves for task in TASKS}
    assert len(paths) == 4 * len(TASKS)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_every_unit_is_dealt_to_one_shard_and_the_work_is_even(count):
    shares = [units.dealt(TASKS, number, count) for number in range(1, count + 1)]
    assert sorted(task[:2] for share in shares for task in share) == sorted(t[:2] for t in TASKS)
    work = [sum(task.unit.cost for task in share) for share in shares]
    assert max(work) - min(work) <= max(task.unit.cost for task in TASKS)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["emptied", "cut", "edited"])
def test_a_file_that_was_changed_is_rejected(how, tmp_path):
    shelf = units.Shelf(tmp_path, JOBS, 0)
    shelf.write(TASKS[0], DONE)
    path = shelf.path(TASKS[0])
    before = path.read_bytes()
    edited = before.replace(b"0.25", b"0.26")
    path.write_bytes({"emptied": b"", "cut": before[:-1], "edited": edited}[how])
    with pytest.raises(ValueError, match=r"units/fine-.*/\d{5}.unit was changed since"):
        shelf.read(TASKS[0])
