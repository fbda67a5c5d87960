"""Whether verdicts depend on the seed: `python tests/claims/stability.py --seeds 20 [--quick]`.

Runs every claim (or --claims NAME,…) at many seeds and prints how often each verdict came out. Not
part of the suite: it takes as long as so many runs. It exits with 1 where a claim says both holds
and fails, or the same thing in fewer than 19 of 20 seeds (not decided is allowed with --quick).
"""

import argparse
import collections
import concurrent.futures
import json
import os
import sys
import time
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is loaded, here and in the children

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.pop(1)  # this folder, whose file names are those of the claims

SHARE = 0.95


def verdict_of(name, size, seed):
    """One claim at one seed, in a process of its own: verdict, reason, seconds of work."""
    from minintk.claims import CLAIMS
    from minintk.claims.claim import run_claim

    start = time.process_time()
    outcome = run_claim(CLAIMS[name], getattr(CLAIMS[name], size), seed)
    return outcome.verdict.verdict, outcome.verdict.reason, time.process_time() - start


def stable(counts, quick):
    """Whether so many verdicts of each kind are stable, and if not, why."""
    total = sum(counts.values())
    if counts["holds"] and counts["fails"]:
        return "both holds and fails"
    decided = total - counts["not decided"] if quick else total
    most = max((n for verdict, n in counts.items() if not quick or verdict != "not decided"),
               default=0)  # fmt: skip
    return "" if most >= SHARE * decided else f"the same in {most} of {decided} only"


def main():
    from minintk.claims import CLAIMS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--claims", default=",".join(CLAIMS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=Path, help="write every verdict and reason")
    options = parser.parse_args()
    size = "quick" if options.quick else "default"
    names, unstable, kept = options.claims.split(","), 0, {}
    with concurrent.futures.ProcessPoolExecutor(options.workers) as pool:
        jobs = {
            name: [pool.submit(verdict_of, name, size, seed) for seed in range(options.seeds)]
            for name in names
        }
        print(f"{'claim':24}{'seconds':>8}  verdicts over seeds 0 … {options.seeds - 1}, {size}")
        for name, futures in jobs.items():
            found = [future.result() for future in futures]
            counts = collections.Counter(verdict for verdict, _, _ in found)
            wrong = stable(counts, options.quick)
            unstable += bool(wrong)
            shown = ", ".join(f"{verdict} {n}" for verdict, n in counts.most_common())
            seconds = sum(seconds for *_, seconds in found) / len(found)
            print(f"{name:24}{seconds:8.1f}  {shown}{'   ← ' + wrong if wrong else ''}", flush=True)
            kept[name] = [{"verdict": v, "reason": r, "seconds": s} for v, r, s in found]
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    return 1 if unstable else 0


if __name__ == "__main__":
    sys.exit(main())
