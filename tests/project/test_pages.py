"""The pages beside the README: made from what they say, their numbers, commands and links true."""

import dataclasses
import doctest
import hashlib
import importlib
import json
import math
import re
import shlex
import string
from collections import Counter

import pytest

import minintk as mn
from minintk import bench, cli, course
from minintk.claims import CLAIMS
from minintk.claims.numbers import number
from minintk.claims.statistics import Finding, decide
from minintk.course import examiner
from minintk.course.diagnosis import lines
from tests.reference.lists import assert_same
from tests.reference.readers import (
    DEFAULT_RUN,
    MAKE_PAGES,
    MEASURE_AGAIN,
    PAGES,
    SLOW,
    STATUS_1,
    blocks,
    commands,
    makers,
    status_of,
    text_of,
    with_ends_apart,
    write_files,
)
from tests.reference.sources import CORE, ROOT, listed_marks

pytestmark = pytest.mark.project

OWN = [page for page in PAGES if page != "README.md"]
BY_HAND = ("checking", "running", "speed")


@pytest.fixture(scope="module")
def made():
    """The modules that make pages, by name."""
    with makers("pages") as first:
        names = first["pages"].MADE
    with makers("pages", *names) as modules:
        yield modules


@pytest.fixture(scope="module")
def results(made):
    return made["results"]


def require_a_record_of_each_claim(results):
    """Fail where results.txt has sentences on a claim that was not measured yet."""
    said, measured = list(results.texts()), list(results.record())
    assert_same(said, measured, "tutorials/results.txt, beside the record", MEASURE_AGAIN)


def test_every_page_is_what_it_is_made_of(made):
    found = made["pages"].differences()
    assert not found, f"{'; '.join(found)}: {MAKE_PAGES}"
    names = {page.removeprefix("tutorials/").removesuffix(".md") for page in OWN}
    assert names >= {*made["pages"].MADE, *BY_HAND}


def test_every_module_that_makes_a_page_is_one_of_those_that_are_run(made):
    texts = {path.stem: path.read_text("utf-8") for path in ROOT.glob("tutorials/*.py")}
    making = [name for name, text in texts.items() if re.search(r"^def page\(", text, flags=re.M)]
    rule = "a module of tutorials/ with a function `page` stands in MADE, and no other"
    assert_same(set(made["pages"].MADE), set(making), "tutorials/pages.py, MADE", rule)


def test_a_page_that_was_changed_or_is_missing_is_noticed_and_written(
    made, tmp_path, monkeypatch, capsys
):
    pages = made["pages"]
    texts = {name: made[name].page() for name in pages.MADE}
    for name in pages.MADE:
        monkeypatch.setattr(made[name], "page", lambda name=name: texts[name])
        (tmp_path / f"{name}.md").write_text(texts[name], encoding="utf-8")
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    assert pages.differences() == []
    (tmp_path / "results.md").write_text(texts["results"].replace("0.", "1.", 1), encoding="utf-8")
    (tmp_path / "glossary.md").unlink()
    assert [text.split()[0] for text in pages.differences()] == ["glossary.md", "results.md"]
    pages.write()
    assert capsys.readouterr().out == "wrote glossary.md\nwrote results.md\n"
    assert pages.differences() == []


# Sentences: at most 25 words in what is written by hand.


def sentences(text):
    """The sentences of a page, without code, tables, headings and the targets of links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?: {4}|\||#|>).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|\*\*|<[^>]*>", " ", text)
    parts = re.split(r"\n\s*\n|^- |(?<=[.!?:;])\s+", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in parts if part.strip()]


def literal(text):
    """A text of results.txt without its fields."""
    return "".join(part for part, *_ in string.Formatter().parse(text))


def test_sentences_are_short(made):
    texts = {name: text_of(f"tutorials/{name}.md") for name in (*BY_HAND, "glossary")}
    said = made["results"].texts().values()
    fields = re.compile(r"\{[^{}]*\}")
    texts["results.txt"] = "\n\n".join(fields.sub("1", t) for parts in said for t in parts.values())
    around = made["results"].frame()
    texts["around the results"] = "".join(around[part] for part in ("top", "beyond", "larger"))
    parts = [made["records"].common(), *made["records"].claims().values()]
    lines = "\n\n".join(line.meaning for part in parts for line in part)
    texts["records.txt"] = made["records"].frame()["top"] + lines
    texts["reference.py"] = made["reference"].TOP
    texts["conventions.md"] = text_of("tutorials/conventions.md")
    for name, text in texts.items():
        found = sentences(text.split("## Sources")[0])
        file = name if "." in name or " " in name else f"{name}.md"
        assert len(found) > 5, f"{file} has {len(found)} sentences: too few to be judged"
        long = [sentence for sentence in found if len(sentence.split()) > 25]
        assert not long, f"tutorials/{file}: at most 25 words a sentence: {long}"


# The numbers of the results.


def test_the_record_is_a_default_run_at_seed_0_of_every_claim(results):
    content = json.loads(results.RECORD.read_text("utf-8"))
    assert (content["size"], content["seed"]) == ("default", 0)
    names = [entry["name"] for entry in content["claims"]]
    assert_same(names, list(CLAIMS), "tutorials/data/claims.json", MEASURE_AGAIN)
    for entry in content["claims"]:
        claim, again = CLAIMS[entry["name"]], f"{entry['name']} has changed: {MEASURE_AGAIN}"
        assert entry["criterion"] == claim.criterion(claim.default), f"criterion of {again}"
        sizes = json.loads(json.dumps(dataclasses.asdict(claim.default)))
        assert entry["configuration"] == sizes, f"configuration of {again}"
        assert entry["statement"] == claim.statement, f"statement of {again}"
        assert entry["formula"] == claim.formula, f"formula of {again}"
        assert entry["control"]["verdict"] == "fails", f"{entry['name']}: its control must fail"
        if "picture" in results.texts()[entry["name"]]:
            figure = (results.FIGURES / f"{entry['name']}.png").read_bytes()
            digest = hashlib.sha256(figure).hexdigest()
            assert digest == entry["figure"], f"figure of {again}"


def test_the_record_of_a_full_run_has_the_sizes_criteria_and_verdicts_of_today(results):
    content, said = json.loads(results.FULL.read_text("utf-8")), results.texts()
    assert (content["size"], content["seed"]) == ("full", 0)
    names = [entry["name"] for entry in content["claims"]]
    assert_same(names, list(CLAIMS), "tutorials/data/claims_full.json", MEASURE_AGAIN)
    for entry in content["claims"]:
        claim, again = CLAIMS[entry["name"]], f"{entry['name']} has changed: {MEASURE_AGAIN}"
        sizes = json.loads(json.dumps(dataclasses.asdict(claim.full)))
        assert entry["configuration"] == sizes, f"full configuration of {again}"
        # Its words may be of another day: its numbers are not, and the verdict is today's.
        asked, today = (
            sorted(re.findall(r"\d+(?:\.\d+)?", text))
            for text in (entry["criterion"], claim.criterion(claim.full))
        )
        assert asked == today, f"a number in the criterion of {again}"
        findings = [Finding(**finding) for finding in entry["findings"]]
        assert decide(findings, "").verdict == entry["verdict"], f"the rule of {again}"
        kept = {*results.KEPT, *(["measured"] if "full" in said[entry["name"]] else [])}
        assert_same(set(entry), kept, f"tutorials/data/claims_full.json, {again}", MEASURE_AGAIN)


# Names of cells (m = 16, λ_kτ > 12), exponents, and the numbers of formulas.
CELL = r"[mnkτβ] ?(?:= |[≥≤<>] )\d[\d.^]*(?:(?:, | and | … )\d+(?!\.?\d))*"
FORMULA = r"ln 20|0\.3k|1 − ηλ_k|2\^22|15 × 15|λ_kτ [<>] \d+|k = 0 and 1|k = 2 and 3"


def test_no_measured_number_stands_in_the_sentences(results):
    require_a_record_of_each_claim(results)
    for name, parts in results.texts().items():
        for about, text in parts.items():
            if about not in ("measured", "caption", "full"):
                continue
            path = results.FULL if about == "full" else results.RECORD
            entry = json.dumps(results.record(path)[name], ensure_ascii=False)
            rest = literal(text)
            for cell in re.findall(r"\b[mkβ] = [\d.]+(?<!\.)", rest):
                number = re.escape(cell.split()[-1])
                assert re.search(rf"(?<![\d.]){number}(?![\d])", entry), f"{name}: {cell}"
            rest = re.sub(f"{FORMULA}|{CELL}", "", rest)
            assert not re.search(r"\d", rest), f"{name}, {about}: {rest}"
    around = results.frame()["larger"].split("## Sources")[0]
    assert "{both sizes}" in around
    assert "{parts of cause}" in around
    assert not re.search(r"\d", around)


def numbers(value):
    """Every number in a record, also those in its sentences."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    if isinstance(value, str):
        return [float(text.replace("−", "-")) for text in re.findall(r"[−-]?\d+\.?\d*", value)]
    return [float(value)] if isinstance(value, (int, float)) else []


def test_every_number_measured_is_one_of_the_record(results):
    # Another way than the page's own: by its text, and any number of the record that rounds to it.
    page = text_of("tutorials/results.md")
    seen = 0
    for name, entry in results.record().items():
        section = page.split(f"### {name}\n")[1].split("\n### ")[0]
        measured = re.search(r"\*\*Measured\.\*\* (.+)", section)[1]
        known = [
            *numbers(entry["measured"]),
            *numbers(entry["reason"]),
            *numbers(entry["criterion"]),
        ]
        assert f"**Verdict: {entry['verdict']}.**" in section
        for text in re.findall(r"(?<![\w.^])[−+]?\d+\.\d+(?![\d.])", measured):
            value = float(text.replace("−", "-"))
            unit = 0.5001 * 10.0 ** -len(text.split(".")[1])
            near = [n for n in known if abs(n - value) <= unit or abs(100 * n - value) <= unit]
            assert near, f"{name}: {text} is not in the record"
            seen += 1
    assert seen > 100


def intervals(value):
    """Every interval in a record, as mean and kind."""
    if isinstance(value, dict) and "interval" in value:
        return [(value["mean"], value["interval"])]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for item in items for one in intervals(item)]


def test_measured_names_the_kind_of_every_interval(results):
    page, seen = text_of("tutorials/results.md"), set()
    for name, entry in results.record().items():
        measured = page.split(f"### {name}\n")[1].split("**Measured.** ")[1].split("\n")[0]
        numbers, _, kinds = measured.partition(" Brackets: ")
        shown = re.findall(r"([−\d.]+) \[[^]]+\]", numbers)
        known = {kind for _, kind in intervals(entry["measured"])}
        said = {kind.split(" for ")[0] for kind in kinds.removesuffix(".").split("; ") if kind}
        assert said <= known, name
        assert bool(said) == bool(shown), name
        if len(said) > 1:
            each = [one for part in kinds.removesuffix(".").split("; ")
                    for one in part.split(" for ")[1].split(", ")]  # fmt: skip
            assert sorted(each) == sorted(shown), name
        seen |= said
    assert len(seen) > 5


def test_every_interval_that_a_verdict_was_decided_on_stands_under_measured(results):
    page, seen, kinds = text_of("tutorials/results.md"), 0, set()
    for name, entry in results.record().items():
        section = page.split(f"### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
        measured = section.split("**Measured.** ")[1].split("**Where it stops.**")[0]
        later = section.split("**A later criterion.**")[-1] if entry["later"] else ""
        for text, findings in ((measured, entry["findings"]), (measured + later, later_of(entry))):
            cells = re.findall(r"(?<=\| )[^|]+(?= \|)", text.replace("\\|", "¦"))
            for finding in findings:
                assert finding["judged"], f"{name}: {finding['part']}"
                for one in finding["judged"]:
                    values = [float(one[key]) for key in ("mean", "low", "high")]
                    shown = with_ends_apart(*values) if one["interval"] else number(values[0], 2)
                    marked = [
                        cell
                        for cell in cells
                        if cell.split(", ")[0] in (shown, shown.split(", ")[0])
                    ]
                    assert marked, f"{name}, {finding['part']}: {shown}"
                    assert one["interval"] in text, f"{name}: {one['interval']}"
                    kinds.add(one["interval"])
                    seen += 1
    assert seen > 400
    assert len(kinds) > 12


def later_of(entry):
    """The findings of the later criterion, where there is one."""
    return entry["later"]["findings"] if entry["later"] else []


def test_what_is_refuted_or_open_is_named_unless_that_is_all(results):
    page, seen = text_of("tutorials/results.md"), 0
    for name, entry in results.record().items():
        section = page.split(f"### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
        rest = section.partition("**Not shown.**")[2].partition("**Where it stops.**")[0]
        decided = entry["verdict"] in ("holds", "fails")
        assert bool(rest) != decided, name
        said = dict(re.findall(r"(Refuted|Not decided[a-z ]+):\s(.+?)(?=Refuted:|Not decided|\Z)",
                               rest, flags=re.DOTALL))  # fmt: skip
        refuted, still_open = (said.get(w, "") for w in ("Refuted", "Not decided at these sizes"))
        for finding in entry["findings"]:
            part, shown = finding["part"].replace("-0.05", "−0.05"), finding["shown"]
            assert (part in refuted) == (shown is False and not decided), f"{name}: {part}"
            assert (part in still_open) == (shown is None), f"{name}: {part}"
            seen += bool(rest) and shown is not True
    assert seen > 10


def test_the_shares_of_wins_and_the_verdict_by_the_first_criterion_are_on_the_page(results):
    page, record = text_of("tutorials/results.md"), results.record()
    shares = record["evolving"]["measured"]["share_evolving_lower"]
    said = page.split("in the following shares. ")[1].split(" Brackets")[0]
    cells = [f"{t} target, {s}, m = {m}" for t in ("low", "high")
             for s in ("antisymmetric", "independent") for m in (16, 32)]  # fmt: skip
    assert re.findall(r"(\d+) %", said) == [f"{100 * shares[cell]:.0f}" for cell in cells]
    words = record["decomposition"]["reason"].split("By the first criterion, of means: ")[1]
    verdict, *ratios = re.findall(r"^[a-z ]+|[\d.]+(?= \(m)", words)
    first = page.split("By the first criterion, of means, the claim ")[1].split(" times")[0]
    assert first == f"{verdict}: {ratios[0]}, {ratios[1]} and {ratios[2]}"


def larger_runs(page):
    """The section on larger runs: its rows, and its sentences by claim."""
    section = page.split("\n## Larger runs\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| \[(\w+)\]\(#\1\) \| (.+) \| (.+) \| (.*) \|$", section, flags=re.M)
    return rows, dict(re.findall(r"^- \*\*(\w+)\*\*: (.+)$", section, flags=re.M))


def test_the_larger_runs_are_those_of_both_records(results):
    default, full = results.record(), results.record(results.FULL)
    rows, notes = larger_runs(text_of("tutorials/results.md"))
    names = [name for name, *_ in rows]
    assert_same(names, list(CLAIMS), "tutorials/results.md, “Larger runs”", MEASURE_AGAIN)
    seen = 0
    for name, *verdicts, words in rows:
        assert verdicts == [default[name]["verdict"], full[name]["verdict"]], name
        if default[name]["configuration"] == full[name]["configuration"]:
            assert words == "The sizes are those of the default run."
            continue
        known = set(numbers(full[name]["findings"]))
        assert set(numbers(words.replace("\\|", "|"))) <= known, f"{name}: {words}"
        seen += len(numbers(words))
        undecided = verdicts[1] in ("holds in part", "not decided")
        for finding in full[name]["findings"]:
            part = finding["part"].replace("|", "\\|").replace("-", "−")
            named = part in words.replace("-", "−")
            assert named == (undecided and finding["shown"] is not True), f"{name}: {part}"
        later = full[name]["later"]
        assert words.endswith(f"later criterion it {later['verdict']}.") if later else True
    assert seen > 50
    assert set(notes) == {name for name, parts in results.texts().items() if "full" in parts}
    for name, note in notes.items():
        known = numbers(full[name])
        if name == "mean_field_fluctuation":  # B of the prediction over that of the networks
            m = full[name]["measured"]
            for cell, own in m["measured_excess"].items():
                width = int(cell.split("m = ")[1])
                factor = (width + own["mean"]) / m["ratio"][cell]["mean"]  # m (1 + B/m)
                known.append((factor - width) / own["mean"])
        for text in re.findall(r"(?<![\w.^])[−+]?\d+\.\d+(?![\d.])", note):
            value, unit = float(text.replace("−", "-")), 0.5001 * 10.0 ** -len(text.split(".")[1])
            assert any(abs(n - value) <= unit for n in known), f"{name}: {text}"


def test_the_page_says_where_the_record_of_the_full_run_has_older_words(results):
    default, full = results.record(), results.record(results.FULL)
    said = " ".join(results.older(default, full).split())
    assert said in " ".join(text_of("tutorials/results.md").split())
    today = {name: CLAIMS[name].criterion(CLAIMS[name].full) for name in full}
    renewed = {name: {"criterion": text} for name, text in today.items()}
    same = "Each claim has the criterion above, with the numbers of its size."
    assert results.older(default, renewed) == same
    assert (said == same) == all(today[name] == entry["criterion"] for name, entry in full.items())
    renewed["decay"] = {"criterion": f"{today['decay']} So it was."}
    renewed["cause"] = {"criterion": today["cause"].replace(results.ADDED, "was there")}
    words = f"{same} But of 2 of {len(full)} claims the record has it in older words."
    words += f" In those of `cause` it lacks a rule that {results.ADDED}, as above."
    assert results.older(default, renewed) == words


def test_the_parts_of_cause_are_gains_of_the_full_record(results):
    entry = results.record(results.FULL)["cause"]["measured"]
    section, seen = text_of("tutorials/results.md").split("\n## Larger runs\n")[1], 0
    for target in ("low", "high"):
        table = rf"^\| {target} target \| (.+) \|\n\|[-|]+\n((?:\|.+\n)+)"
        heads, rows = re.search(table, section, flags=re.M).groups()
        for row in rows.splitlines():
            part, *cells = row.removeprefix("| ").removesuffix(" |").split(" | ")
            for head, cell in zip(heads.split(" | "), cells, strict=True):
                width, time = head.split(", ")
                name = f"{target} target, antisymmetric, {width}"
                place = list(entry["shares"][name]).index(time)
                share = float(entry["shares"][name][time][part.replace("\\|", "|")])
                gain = share * entry["whole_gain"][name][place]
                printed = float(cell.replace("−", "-")) if cell != "—" else math.nan
                assert abs(printed - gain) <= 0.00501 or math.isnan(printed) > math.isfinite(
                    gain
                ), (name, time, part)
                seen += 1
    assert seen == 2 * 9 * 9


def tampered(results, tmp_path, change, record="RECORD"):
    content = json.loads(getattr(results, record).read_text("utf-8"))
    change({entry["name"]: entry for entry in content["claims"]})
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def worse_slope(entries):
    slope = entries["width"]["measured"]["slopes"]["signs"]
    slope["mean"] = slope["high"] + 1e-3


def other_verdict(entries):
    entries["decay"]["verdict"] = "fails"


def passing_control(entries):
    entries["kink"]["control"]["verdict"] = "holds"


def more_rounding(entries):
    entries["rotation"]["measured"]["infinite_change"] *= 100


def other_words(entries):
    entries["mean_field"]["reason"] = entries["mean_field"]["reason"].replace("10 % at", "15 % at")


def other_count(entries):
    entries["evolving_or_frozen"]["measured"]["right"]["late"] -= 1


def worse_full_growth(entries):
    entries["growth"]["measured"]["ratio_to_lazy"][-1]["mean"] += 0.1


def other_counts_of_full(entries):
    entries["evolving_or_frozen"]["measured"]["named"]["early, evolving"] += 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (worse_slope, "width: the page has −0.499 [−0.518, −0.480], the run -0.47"),
        (other_verdict, "decay: the run says “fails”, the page “holds”"),
        (passing_control, "kink: the run's control holds"),
        (more_rounding, "rotation: the page has 1e-14, the run 1.2"),
        (other_words, "mean_field: the page has 10, the run 15"),
        (other_count, "evolving_or_frozen: the page has 48, the run 47"),
    ],
)
def test_a_run_that_differs_from_the_page_is_named(results, tmp_path, change, words):
    assert list(results.compare(results.RECORD)) == []
    path = tampered(results, tmp_path, change)
    (found,) = results.compare(path)
    assert found.startswith(words), found
    if change is not passing_control:  # the page of that record is another page
        assert results.page(path) != results.page()


def test_a_number_inside_the_printed_interval_is_no_difference(results, tmp_path):
    def inside(entries):
        slope = entries["width"]["measured"]["slopes"]["signs"]
        slope["mean"] = 0.9 * slope["high"] + 0.1 * slope["low"]

    assert list(results.compare(tampered(results, tmp_path, inside))) == []


@pytest.mark.parametrize("change", [worse_full_growth, other_verdict, other_counts_of_full])
def test_another_full_run_is_another_page(results, tmp_path, change):
    assert results.page(results.RECORD, results.FULL) == text_of("tutorials/results.md")
    path = tampered(results, tmp_path, change, "FULL")
    assert results.page(results.RECORD, path) != text_of("tutorials/results.md")


@pytest.mark.parametrize(("size", "seed"), [("quick", 0), ("default", 1), ("full", 1), ("own", 0)])
def test_only_a_default_or_full_run_at_seed_0_becomes_a_record(results, tmp_path, size, seed):
    path = tmp_path / "claims.json"
    path.write_text(json.dumps({"size": size, "seed": seed, "claims": []}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"must be of the default or full size at seed 0, got"):
        results.take_over(path)


def test_a_full_run_with_a_claim_of_another_size_is_no_record(results, tmp_path):
    claims = [{"name": "decay", "size": "full"}, {"name": "width", "size": "own"}]
    path = tmp_path / "claims.json"
    path.write_text(json.dumps({"size": "full", "seed": 0, "claims": claims}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"all claims must be of the full size, got .*own"):
        results.take_over(path)


@pytest.mark.parametrize(("size", "record"), [("default", "RECORD"), ("full", "FULL")])
def test_a_run_becomes_the_record_of_its_size(results, tmp_path, monkeypatch, size, record):
    require_a_record_of_each_claim(results)
    kept = getattr(results, record).read_text("utf-8")
    content = json.loads(kept)
    for entry in content["claims"]:  # what a run has besides
        figure = {f"figures/{entry['name']}.png": entry.get("figure")}
        entry |= {"size": size, "seconds": 1.0, "files": figure}
        entry |= {"measured": entry.get("measured", {})}
        entry |= {"beyond_study": CLAIMS[entry["name"]].beyond_study}
        (tmp_path / "figures").mkdir(exist_ok=True)
        (tmp_path / "figures" / f"{entry['name']}.png").write_text(entry["name"])
    run, path = tmp_path / "claims.json", tmp_path / "record.json"
    run.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(results, record, path)
    monkeypatch.setattr(results, "FIGURES", tmp_path / "shown")
    monkeypatch.setattr(results, "PAGE", tmp_path / "page.md")
    (tmp_path / "shown").mkdir()
    results.take_over(run)
    assert (tmp_path / "page.md").read_text("utf-8") == text_of("tutorials/results.md")
    assert path.read_text("utf-8") == kept
    shown = {file.stem: file.read_text() for file in (tmp_path / "shown").iterdir()}
    asked = {name for name, parts in results.texts().items() if "picture" in parts}
    assert shown == {name: name for name in asked if size == "default"}
    # of some claims alone
    content["claims"] = [entry | {"verdict": "fails"} for entry in content["claims"][1:2]]
    run.write_text(json.dumps(content), encoding="utf-8")
    if size == "default":
        with pytest.raises(ValueError, match="is not finished: rotation, decay, "):
            results.take_over(run)
        assert path.read_text("utf-8") == kept
        return
    results.take_over(run)
    before, after = results.record(results.RECORD), results.record(path)
    assert list(after) == list(before)
    assert after.pop("eigenfunctions")["verdict"] == "fails"
    assert after.items() <= {e["name"]: e for e in json.loads(kept)["claims"]}.items()


@pytest.fixture
def with_a_new_claim(results, tmp_path, monkeypatch):
    """A project with sentences on new_claim, and the folder of a run of it at each size."""
    require_a_record_of_each_claim(results)
    folder = tmp_path / "tutorials"
    (folder / "data").mkdir(parents=True)
    (folder / "figures").mkdir()
    said = (ROOT / "tutorials" / "results.txt").read_text("utf-8")
    decay = said.split("== decay\n")[1].split("\n\n")[0].splitlines()
    lines = [line for line in decay if line.split(":")[0] in results.LINES]
    new = "\n".join(["== new_claim", *lines, "full: The rate is {m[rate_ratio].worst:.3f}."])
    (folder / "results.txt").write_text(f"{said}\n{new}\n", "utf-8")
    monkeypatch.setattr(results, "FOLDER", folder)
    for name, place in (("RECORD", "data/claims.json"), ("FULL", "data/claims_full.json")):
        (folder / place).write_bytes(getattr(results, name).read_bytes())
        monkeypatch.setattr(results, name, folder / place)
    monkeypatch.setattr(results, "FIGURES", folder / "figures")
    monkeypatch.setattr(results, "PAGE", folder / "results.md")
    of_default = json.loads(results.RECORD.read_text("utf-8"))
    again = {**results.record()["decay"], "name": "new_claim", "beyond_study": True}
    of_default["claims"].append(again)
    for entry in of_default["claims"]:
        entry |= {"size": "default", "files": {f"figures/{entry['name']}.png": "digest"}}
    again = {**again, "size": "full", "configuration": {**again["configuration"], "seeds": 99}}
    of_full = {**of_default, "size": "full", "claims": [again]}
    for size, content in (("default", of_default), ("full", of_full)):
        figures = tmp_path / size / "figures"
        figures.mkdir(parents=True)
        for entry in content["claims"]:
            (figures / f"{entry['name']}.png").write_text("a figure")
        (tmp_path / size / "claims.json").write_text(json.dumps(content), "utf-8")
    return tmp_path


def test_a_new_claim_comes_with_its_default_run_and_then_with_its_full_run(
    results, with_a_new_claim
):
    before = list(results.record())
    results.take_over(with_a_new_claim / "default" / "claims.json")
    rows, notes = larger_runs(results.PAGE.read_text("utf-8"))
    assert rows[-1] == ("new_claim", "holds", "—", "There is no full run of it yet.")
    assert [name for name, *_ in rows] == [*before, "new_claim"]
    assert "new_claim" not in notes
    results.take_over(with_a_new_claim / "full" / "claims.json")
    rows, notes = larger_runs(results.PAGE.read_text("utf-8"))
    assert rows[-1][:3] == ("new_claim", "holds", "holds")
    assert re.match(r"The rate is [01]\.\d{3} \[.+\]\. Brackets: 95 % S", notes["new_claim"])


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_its_line(folder):
    text = (folder / "tutorials" / "results.txt").read_text("utf-8")
    before, mark, after = text.partition("== new_claim\n")
    (folder / "tutorials" / "results.txt").write_text(
        before + mark + after.replace("stops: ", "stop: ", 1), "utf-8"
    )


def with_a_wrong_field(folder):
    path = folder / "tutorials" / "results.txt"
    before, mark, after = path.read_text("utf-8").partition("== new_claim\n")
    path.write_text(before + mark + after.replace("{m[", "{m[wrong ", 1), "utf-8")


def without_a_figure(folder):
    (folder / "default" / "figures" / "decay.png").unlink()


@pytest.mark.parametrize(
    ("change", "size", "words"),
    [
        (without_its_line, "default", r"must have a line `stops:` on new_claim"),
        (with_a_wrong_field, "default", r"new_claim: no 'wrong \w+' in the record, for"),
        (without_a_figure, "default", r"decay\.png"),
        (lambda folder: None, "full", r"must have the claims of the record"),  # no default run yet
    ],
)
def test_where_something_is_wrong_no_file_changes(results, with_a_new_claim, change, size, words):
    change(with_a_new_claim)
    before = contents(with_a_new_claim)
    with pytest.raises((OSError, ValueError), match=words):
        results.take_over(with_a_new_claim / size / "claims.json")
    assert contents(with_a_new_claim) == before


def test_a_full_run_of_a_claim_without_a_default_run_is_rejected(results):
    entries = results.record()
    del entries["decay"]
    with pytest.raises(ValueError, match="must be claims of the default run, in their order, got"):
        results.larger(entries, results.record(results.FULL))


# What the other pages say.


def test_the_page_on_running_says_which_fields_each_record_has(results):
    page = text_of("tutorials/running.md")
    fields = {name for row in re.findall(r"^\| (`.+?) \|", page.split("Each entry has")[1], re.M)
              for name in re.findall(r"`(\w+)`", row)}  # fmt: skip
    default, full = results.record().values(), results.record(results.FULL).values()
    missing = set(re.findall(r"`(\w+)`", page.split("has all of them but ")[1].split(".")[0]))
    assert missing < fields
    assert "Where the page of results shows a figure, `figure`\nis its SHA-256." in page
    shown = re.findall(r"\]\(figures/(\w+)\.png\)", text_of("tutorials/results.md"))
    for entry in default:
        more = {"figure"} if entry["name"] in shown else set()
        assert set(entry) == fields - missing | more
    kept = page.split("full sizes, has ")[1].split(", of some claims `measured`")[0]
    for entry in full:
        assert set(entry) - {"measured"} == set(re.findall(r"`(\w+)`", kept))
    assert 0 < sum("measured" in entry for entry in full) < len(full)
    assert all("judged" in one for entry in full for one in entry["findings"])


def test_the_conventions_are_those_of_the_docstring_and_of_the_command(made, capsys):
    page = text_of("tutorials/conventions.md")
    lines = mn.__doc__.split("the same everywhere:\n\n")[1].split("\n\nOne example")[0]
    assert len(made["conventions"].fixed()) >= 14
    for line in lines.splitlines():
        for part in re.split(r"  +", line.strip()):
            assert part.replace("|", r"\|") in page, f"conventions.md lacks “{part}”: {MAKE_PAGES}"
    assert cli.main(["conventions"]) == 0
    printed = capsys.readouterr().out
    for row in course.CONVENTIONS:
        assert row.name in printed
        assert f"| `{row.key}` | {row.name}: {row.source}" in page, f"{row.key}: {MAKE_PAGES}"
    papers, asked = page.split("| Quantity | Names that it takes |")
    assert papers.count("\n| `") == len(course.CONVENTIONS)
    assert {row.key for row in course.CONVENTIONS} == set(re.findall(r"`(\S+?)`", names_of(asked)))


# A symbol is a letter with a tilde, a sign ± or dashes, and its indices; a few have more letters.
# Words, sums, the number e and the d of a derivative are none.
SYMBOL = re.compile(
    r"(gain_k|C?KA|QR)|d(?=[A-Zτθ]|w\u0303)|e(?=\^)|Σ(?:_[a-z]+)?|[A-Za-z]{2,}(?:_[a-z]+|'s)?|"
    r"([A-Za-zΑ-Ωα-ω](?:\u0303|[₀-₉]|±)?"
    r"(?:_(?:\{[^}]*\}|mean-field|MF|[a-z]\u0303|[a-z]+|\d|∞))?(?:\^[wba]\b)?'*)"
)


def symbols_of(text):
    """The symbols of a formula, as they are written."""
    return {one or other for one, other in SYMBOL.findall(text)} - {""}


def test_symbols_are_told_from_words():
    formula = "ΔK = ∫ gain_k f_k'' K₃ w̃_r e^{−λ_kτ} L_MF du/dτ of a neuron's M_{Q±}/Σ_j λ_{k+jn}"
    expected = "Δ K gain_k f_k'' K₃ w̃_r λ_k τ L_MF a M_{Q±} λ_{k+jn}"
    assert symbols_of(formula) == set(expected.split())


def test_the_table_of_symbols_has_every_symbol_of_the_formulas_and_no_other(made):
    fixed = "\n".join(how for _, how in made["conventions"].fixed())
    rows = [row[0] for row in made["conventions"].SYMBOLS]
    listed = {form for row in rows for form in re.split(r", (?!j \+|j\+)", row)}
    formulas = {name: symbols_of(claim.formula) for name, claim in CLAIMS.items()}
    for name, found in formulas.items():
        new = found - symbols_of(fixed) - listed
        assert not new, f"{name} has {new}: add it to SYMBOLS of tutorials/conventions.py"
    page = text_of("tutorials/results.md")
    unused = listed - set().union(*formulas.values())
    gone = {form for form in unused if not all(sign in page for sign in form.split("·"))}
    assert not gone, f"no formula has {gone}: take it out of SYMBOLS of tutorials/conventions.py"
    modules = [(row, where) for row, _, where in made["conventions"].SYMBOLS if "minintk" in where]
    assert len(modules) > 8
    for row, where in modules:
        text = (ROOT / where.replace(".", "/")).with_suffix(".py").read_text("utf-8")
        assert set(row.split(", ")) & symbols_of(text), f"SYMBOLS: {where} has none of {row}"


def names_of(rows):
    """The second cells of a table."""
    return "".join(re.findall(r"^\| .* \| (.*) \|$", rows, flags=re.MULTILINE))


def test_a_quantity_takes_the_conventions_that_the_page_says_and_no_other():
    rows = text_of("tutorials/conventions.md").split("| Quantity | Names that it takes |")[1]
    found = {
        quantity: set(re.findall(r"`(\S+?)`", names))
        for quantities, names in re.findall(r"^\| (`.*) \| (.*) \|$", rows, flags=re.MULTILINE)
        for quantity in re.findall(r"`(\w+)`", quantities)
    }
    place = "tutorials/conventions.md, table of quantities"
    assert_same(set(found), set(course.quantity_table()), place, MAKE_PAGES)
    for quantity, names in found.items():
        for key in {row.key for row in course.CONVENTIONS} - names:
            rule = "one of .*" if names else "left out "
            with pytest.raises(ValueError, match=f"^convention must be {rule}for {quantity}, got"):
                course.check(quantity, "1", convention=key)
        for key in names:
            assert course.check(quantity, "12345", convention=key).verdict == "wrong"


def test_the_reference_has_every_public_name_once_in_reading_order(made):
    page = text_of("tutorials/reference.md")
    homes = [f"minintk.{name}" for name in CORE]
    homes += [
        f"minintk.{name}" for name in ("fast", "evolving", "plotting", "report", "bench", "course")
    ]
    headings = re.findall(r"^## (minintk\.\w+)$", page, flags=re.MULTILINE)
    assert_same(headings, homes, "tutorials/reference.md", MAKE_PAGES)
    for home in homes:
        section = page.split(f"\n## {home}\n")[1].split("\n## ")[0]
        listed = re.findall(r"^\*\*`(\w+)", section, flags=re.MULTILINE)
        names = importlib.import_module(home).__all__
        assert_same(listed, names, f"tutorials/reference.md, {home}", MAKE_PAGES)
    assert "**`kappa0(angle)`**: Arc-cosine kernel of order 0, normalised to 1 at angle 0." in page
    assert "Source: Cho & Saul (2009), J0 = π − θ, divided by π." in page
    assert "κ0(θ) = (π − θ)/π = 2 E[1(w·x > 0) 1(w·x' > 0)],  w ~ N(0, I)" in page


def test_the_reference_names_the_module_in_whose_file_a_name_of_a_subpackage_is():
    # Another way than the page's own: the text of the file, not what Python says of the object.
    page = text_of("tutorials/reference.md")
    entries = re.findall(r"^\*\*`(\w+).*?`\*\*: .+?(?: In `([\w.]+)`\.)?$", page, flags=re.M)
    places = {(place, name) for name, place in entries if place}
    for package in ("fast", "evolving", "plotting", "course"):
        module = importlib.import_module(f"minintk.{package}")
        named = {name for place, name in places if place.startswith(f"minintk.{package}.")}
        assert_same(named, set(module.__all__), f"tutorials/reference.md, {package}", MAKE_PAGES)
    for place, name in places:
        path = ROOT / place.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        defined = rf"^(?:def |class ){name}\b|^{name}(?:: .+)? = "
        assert re.search(defined, file.read_text("utf-8"), flags=re.M), f"{place}: {name}"
    assert len(places) > 80


def test_the_glossary_has_its_words_in_order_and_links_to_a_section_for_each(made):
    words = made["glossary"].WORDS
    named = [word.word.lower() for word in words]
    assert_same(
        named, sorted(named), "tutorials/glossary.py, WORDS", "in the order of the alphabet"
    )
    assert len(words) >= 20
    assert [word.word for word in words if not word.tutorial] == [
        "Bonferroni, Holm",
        "bootstrap",
        "cell",
        "rich",
        "Student's interval",
    ]
    for word in ("Bonferroni", "Holm", "bootstrap", "rich", "Student"):
        assert word in text_of("tutorials/results.md")
    wrong = words[0]._replace(heading="No such section")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made["glossary"], "WORDS", (wrong,))
        with pytest.raises(ValueError, match=r"aliasing: 04_the_circle.ipynb has no section 'No"):
            made["glossary"].page()


def test_results_names_the_claims_with_a_later_criterion(results):
    about = text_of("tutorials/results.md").split("came after a first run says so. In ")[1]
    named = re.findall(r"`(\w+)`", about.split(" it stands apart")[0])
    later = [name for name, entry in results.record().items() if entry["later"]]
    assert len(later) == 4
    assert sorted(named) == sorted(later)
    first = [
        name for name, entry in results.record().items() if "first criterion" in entry["reason"]
    ]
    assert first == ["decomposition"]


def test_running_names_every_command_option_file_and_field(results, capsys):
    page = text_of("tutorials/running.md")
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--help"])
    listed = re.findall(r"^    (\w+) {2,}\S", capsys.readouterr().out, flags=re.MULTILINE)
    table = re.findall(r"^\| `minintk (\w+)` \|", page, flags=re.MULTILINE)
    place, rule = "tutorials/running.md, table of", "change its rows by hand"
    assert_same(sorted(table), sorted(listed), f"{place} commands", rule)
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["reproduce", "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    assert len(options) >= 10
    named = set(re.findall(r"^\| `(--[a-z]+)", page, flags=re.MULTILINE))
    assert_same(named, options, f"{place} options of reproduce", rule)
    marks = {*re.findall(r"`(\w+)`", page.split("## The tests")[1]), "backward"} & listed_marks()
    assert_same(marks, listed_marks(), "tutorials/running.md, “The tests”", "name the mark there")
    fields = page.split("Each entry has these fields.")[1].split("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", fields, flags=re.MULTILINE) for name in
             re.findall(r"`(\w+)`", row)}  # fmt: skip
    for entry in results.record().values():
        kept = {*entry, *results.DROPPED} - {"figure"}  # which the page's record adds
        assert_same(named, kept, f"{place} fields of a claim", rule)


def test_speed_names_every_field_of_the_json_file_and_cases_that_exist():
    page = text_of("tutorials/speed.md")
    fields = page.split("| Field of a case")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", fields))
    names = {field.name for field in dataclasses.fields(bench.Result)}
    assert_same(named, names, "tutorials/speed.md, table of fields", "change its rows by hand")
    table = page.split("| Work |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([a-zA-Z][^|]*?) \|", table, flags=re.MULTILINE)
    assert len(rows) == 21
    for row in rows:
        name, *sizes = row.replace("eight trainings side by side", "training").split(", ")
        sizes = {int(size) for text in sizes for size in re.findall(r"[nm] = (\d+)", text)}
        assert any(
            case.name.startswith(name) and sizes <= {case.n, case.m} for case in bench.CASES
        ), row


# Commands and examples.


def run(command, capsys):
    try:
        status = cli.main(shlex.split(command)[1:])
    except SystemExit as end:  # of --version
        status = end.code
    return status, capsys.readouterr().out


@pytest.mark.parametrize("page", [page for page in OWN if commands(page)])
def test_the_short_commands_of_a_page_run_in_their_order(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_files(page, tmp_path)
    shown = blocks(page, "")
    for command in commands(page):
        if not command.startswith(SLOW) and command != DEFAULT_RUN:
            status, out = run(command, capsys)
            rule = "must exit with 1 where STATUS_1 of tests/reference/readers.py names it, else 0"
            assert status == status_of(command), f"{page}: {command} {rule}"
            assert out, f"{page}: {command} must print something"
            if command == STATUS_1[0]:
                assert out in shown, f"{page} must show what {command} prints: {out}"


def test_every_command_of_the_pages_is_run_somewhere():
    found = [command for page in OWN for command in commands(page)]
    assert len(found) > 15
    unused = [slow for slow in SLOW if not any(c.startswith(slow) for c in found)]
    assert not unused, f"no page has {unused}: take it out of SLOW of tests/reference/readers.py"
    assert DEFAULT_RUN in found, f"a page must have the line `{DEFAULT_RUN}` in a block `sh`"


def test_what_is_shown_and_not_run_as_it_stands_is_known():
    # .ci/pages.py runs these at small sizes, .ci/cluster.py the one for Dask.
    found = [
        line
        for page in OWN
        for language in ("text", "bash")
        for block in blocks(page, language)
        for line in block.splitlines()
        if line.startswith("minintk ")
    ]
    known = [
        "minintk reproduce --full",
        "minintk reproduce --full --dask tcp://scheduler:8786",
        "minintk reproduce --full --out results --shard $SLURM_ARRAY_TASK_ID/100",
    ]
    rule = (
        "write it in a block `sh`; what cannot run so stands here, and .ci/pages.py runs it smaller"
    )
    place = (
        "tests/project/test_pages.py, `known`, the lines in blocks `text` and `bash` of tutorials/"
    )
    assert_same(found, known, place, rule)


def test_the_page_has_the_shares_of_the_last_lists():
    """How often a diagnosis is false, as the readers of the lists judged the first runs."""
    page = text_of("tutorials/checking.md")
    kinds, two = ("named", "acceptable", "neutral", "false"), ("both", "one", "neutral", "false")
    programs, derivations = ["formulas", "programs"], ["derivations"]
    wrong = false = accepted = right = unread = 0
    of_programs = []
    for of_list, which in (
        (7, "first"),
        (8, "second"),
        (9, "third"),
        (10, "fourth"),
        (11, "fifth"),
        (12, "sixth"),
        (13, "seventh"),
        (14, "eighth"),
    ):
        folder = ROOT / "tests" / "course" / f"blind-{of_list}"
        of = {p.stem: json.loads(p.read_text("utf-8")) for p in folder.glob("*.json")}
        of_programs += of["programs"]
        rows = [("one mistake", programs, ["one"], kinds), ("two mistakes", programs, ["two"], two)]
        if of_list != 8:  # which has none
            rows += [("derivations that break at one line", derivations, ["broken", "one"], kinds)]
        for words, names, category, judgements in rows:
            entries = [e for n in names for e in of[n] if e["category"].split()[0] in category]
            judged = [e["first_run"] for e in entries]
            cells = " | ".join(map(str, [len(judged), *map(judged.count, judgements)]))
            assert f"| {words}, {which} test | {cells} |" in page
            wrong, false = wrong + len(judged), false + judged.count("false")
        every = [entry for _, names, *_ in rows[1:] for name in names for entry in of[name]]
        answers = [e["first_run"] for e in every if e["category"] == "right"]
        not_read = [e for e in every if e.get("verdict") == "exit 2" and e["category"] != "right"]
        unread += len(not_read)
        accepted, right = accepted + answers.count("right"), right + len(answers)
    rejected = f"Of the {wrong} wrong ones {wrong - unread} were rejected, and of the {right} right"
    rejected += f" ones {accepted} accepted."
    words, share = " ".join(page.split()), f"one in {round(wrong / false)}"
    of_exercises = Counter(e["exercise"] for e in of_programs if e["first_run"] == "false")
    count = sum(e["category"] != "right" for e in of_programs)
    told = f"{of_exercises.total()} were of the {count} wrong programs: four of `analytic_ntk`, two"
    assert f"{told} each of `fourier_coefficients` and `kappa0`," in words
    assert [count for _, count in of_exercises.most_common(4)] == [4, 2, 2, 1]
    assert rejected in words
    assert f"{false} of the {wrong} sentences were false, about {share}." in words
    assert f"About {share} is false" in text_of("tutorials/course_plan.md")


def test_the_page_has_the_numbers_of_inputs_that_are_compared():
    words = " ".join(text_of("tutorials/checking.md").split())
    assert f"A formula is compared at {2 * examiner._POINTS} random inputs" in words
    assert f"Two lines are compared at {lines.POINTS} inputs, or at the ten lowest k" in words


@pytest.mark.parametrize(
    "page", ["tutorials/checking.md", "tutorials/conventions.md", "tutorials/speed.md"]
)
def test_the_examples_of_a_page_print_what_it_shows(page):
    path = str(ROOT / page)
    flags = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(
        path, module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert failed == 0
    assert tried >= 3
