"""Units become claims: on child processes, on any executor, in any order, with the same bits."""

import json
import random
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from minintk.claims.claim import Measure, run_claim
from minintk.report import runner
from minintk.report.arithmetic import THREADS
from minintk.report.results import Job
from tests.reference import small_claims
from tests.reference.commands import (
    NAMES,
    bits,
    python,
    read_claims,
    reproduce,
    reproduce_here,
    study,
)

pytestmark = pytest.mark.command

# The definition of what a run measures, on one BLAS thread as the runner has it.
DEFINITION = """
import json, sys
import numpy as np
from minintk.claims.claim import arrays, run_claim, summary
from tests.reference.small_claims import ROTATION

found = run_claim(ROTATION, ROTATION.quick, 0).found
np.savez(f"{sys.argv[1]}/rotation.npz", **arrays(found))
with open(f"{sys.argv[1]}/rotation.json", "w") as file:
    json.dump(summary(found), file)
"""
FINE = Job(small_claims.FINE, small_claims.FINE.default, "default")


def in_this_process(tasks, seed=0):
    return [(t, runner.Done(runner.run_unit(*t[2:], seed), 0.5, {}, "")) for t in tasks]


def claims_of(jobs, results):
    return list(runner.run_claims(jobs, results, lambda task, result: None))


# --- by hand --------------------------------------------------------------------------------------


def test_a_claim_is_complete_with_its_last_unit():
    jobs = [FINE, FINE._replace(claim=small_claims.OTHER)]
    results = in_this_process(runner.tasks_of(jobs))
    assert len(results) == 7 + 6, "one has a control"
    random.Random(0).shuffle(results)
    seen = []
    finished = list(runner.run_claims(jobs, results, lambda task, _: seen.append(task)))
    assert seen == [task for task, _ in results]
    assert sorted(one.job.claim.name for one in finished) == ["another_one", "fine"]
    assert sorted(one.seconds for one in finished) == [3.0, 3.5]
    assert all(one.outcome.verdict.verdict == "holds" for one in finished)


def test_the_longest_units_of_a_claim_come_first():
    def cost(sizes, cell):
        return float(cell.number)

    measure = Measure(small_claims.measure, small_claims.CELLS, cost)
    claim = small_claims.claim("costly", measures={"networks": measure})
    tasks = runner.tasks_of([FINE._replace(claim=claim)])
    assert [task.unit.cost for task in tasks] == [2.0, 2.0, 1.0, 1.0, 0.0, 0.0]


def test_one_unit_of_the_middle_of_each_claim_with_many_comes_first():
    many = small_claims.Sizes(seeds=6)
    few = FINE._replace(sizes=small_claims.Sizes(seeds=1))
    jobs = [FINE._replace(claim=small_claims.OTHER, sizes=many), few, FINE._replace(sizes=many)]
    tasks = runner.tasks_of(jobs)
    assert [task.job for task in tasks] == [0, 2, *[0] * 17, *[1] * 4, *[2] * 18]
    assert [task.place for task in tasks[:2]] == [8, 8], "half of 18"
    assert sorted(task[:2] for task in tasks if task.job == 0) == [(0, i) for i in range(18)]


# --- reference ------------------------------------------------------------------------------------


def test_measured_figures_and_arrays_are_those_of_the_definition_bit_by_bit(finished, tmp_path):
    result = python("-c", DEFINITION, tmp_path, **dict.fromkeys(THREADS, "1"))
    assert result.returncode == 0, result.stderr
    (tmp_path / "data").mkdir()
    shutil.move(tmp_path / "rotation.npz", tmp_path / "data")
    assert bits(finished[0], "rotation") == bits(tmp_path, "rotation")
    measured = read_claims(finished[0])[1]["rotation"]["measured"]
    assert measured == json.loads((tmp_path / "rotation.json").read_text())
    assert len(bits(tmp_path, "rotation")) >= 2


# --- theorem --------------------------------------------------------------------------------------


def test_results_do_not_depend_on_the_number_of_workers(finished, tmp_path):
    result = reproduce(tmp_path / "one", "--claims", ",".join(NAMES[::-1]), "--workers", "1")
    assert result.returncode == 0, result.stderr
    _, two = read_claims(finished[0])
    _, one = read_claims(tmp_path / "one")
    assert list(one) == NAMES, "the order is the study's, however the claims were asked for"
    for name in NAMES:
        assert one[name]["measured"] == two[name]["measured"], name
        assert bits(tmp_path / "one", name) == bits(finished[0], name), name
        for kind in ("png", "svg"):
            figure = Path("figures") / f"{name}.{kind}"
            same = (tmp_path / "one" / figure).read_bytes() == (finished[0] / figure).read_bytes()
            assert same, f"{figure} differs"


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same_bits(kind, finished, tmp_path, monkeypatch):
    study(monkeypatch, small_claims.ROTATION, small_claims.OTHER)
    with kind(2) if kind is ThreadPoolExecutor else spawned(2) as executor:
        outcome, _ = reproduce_here(tmp_path, *NAMES, size="quick", executor=executor)
    assert [entry["name"] for entry in outcome.entries] == NAMES
    for name in NAMES:
        assert bits(tmp_path, name).keys() == bits(finished[0], name).keys()
        for key, (_, _, data) in bits(tmp_path, name).items():
            assert data == bits(finished[0], name)[key][2], (name, key)


def spawned(count):
    import multiprocessing

    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def test_seeds_side_by_side_are_those_one_after_the_other():
    together = Measure(
        small_claims.measure_together, small_claims.CELLS, small_claims.cost, together=True
    )
    claim = small_claims.claim("fine", measures={"networks": together}, control=None)
    one = run_claim(small_claims.claim("fine"), small_claims.Sizes(seeds=5, block=2), 3).found
    other = run_claim(claim, small_claims.Sizes(seeds=5, block=2), 3).found
    assert np.array_equal(one.values, other.values)


# --- argument checks ------------------------------------------------------------------------------


def test_a_claim_that_crashes_leaves_the_others_alone():
    jobs = [FINE._replace(claim=small_claims.UNJUDGED), FINE]
    found = claims_of(jobs, in_this_process(runner.tasks_of(jobs)))
    assert [type(one).__name__ for one in found] == ["Crashed", "Finished"]
    assert "this record cannot be judged" in found[0].traceback
    tasks = runner.tasks_of([FINE])
    failing = [(task, runner.Failed("Traceback: of a unit")) for task in tasks]
    assert claims_of([FINE], failing) == [runner.Crashed(FINE, "Traceback: of a unit")], "once"


def test_a_control_that_does_not_fail_leaves_its_claim_open():
    job = FINE._replace(claim=small_claims.UNCONTROLLED)
    (found,) = claims_of([job], in_this_process(runner.tasks_of([job])))
    assert found.outcome.verdict.verdict == "not decided"
    assert "numbers that are too large" in found.outcome.verdict.reason


def test_a_worker_with_another_minintk_is_rejected(monkeypatch):
    with ThreadPoolExecutor(1) as executor:
        future = runner.submit(executor, runner.tasks_of([FINE])[0], 0)
        future.result()
        monkeypatch.setattr(runner, "_code", lambda: "another")
        assert "another minintk" in runner.traced(future).traceback
