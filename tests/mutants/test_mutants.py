"""The planted bugs still apply, and the tool that tries them tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mutants.__main__ import chosen, files_of, main, result
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import DoesNotApplyError, Mutant
from tests.mutants.tree import ROOT, Ended, copy_tree, run
from tests.mutants.trial import Fate, Verdict, judged, try_mutant, try_tests
from tests.mutants.witness import KILLER, require_copy

INVARIANT = re.compile(r"D([1-9]|1[01])|O[1-9]|E[1-7]|A([1-9]|10)|M[1-7]|L[1-8]")
CHAIN = ("tests/test_chain.py",)
SHORT_HASH_CUT = Mutant(
    name="short_hash_cut",
    breaks=("D10",),
    why="It is shorter.",
    file="chatd/chain.py",
    old="    return full[:SHORT_HASH_BYTES]\n",
    new="    return full[: SHORT_HASH_BYTES - 1]\n",
    killers=CHAIN,
)


def name(mutant: Mutant) -> str:
    return mutant.name


def mutant(old: str, new: str, file: str = "somewhere.py") -> Mutant:
    return Mutant(name="a", breaks=("D1",), why="", file=file, old=old, new=new, killers=())


@pytest.mark.parametrize("each", MUTANTS, ids=name)
def test_a_planted_bug_applies(each: Mutant) -> None:
    assert each.applied((ROOT / each.file).read_text("utf-8"))


@pytest.mark.parametrize("each", MUTANTS, ids=name)
def test_a_planted_bug_names_what_it_breaks_and_tests_that_exist(each: Mutant) -> None:
    assert [broken for broken in each.breaks if not INVARIANT.fullmatch(broken)] == []
    assert [killer for killer in each.killers if not (ROOT / killer.partition("::")[0]).exists()] == []
    assert each.breaks
    assert each.killers


def test_no_two_planted_bugs_are_the_same() -> None:
    assert len({each.name for each in MUTANTS}) == len(MUTANTS)
    assert len({(each.file, each.old, each.new) for each in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("source", ["b\n", "a\na\n"], ids=["gone", "twice"])
def test_a_text_that_is_not_there_once_does_not_apply(source: str) -> None:
    with pytest.raises(DoesNotApplyError, match=r"times in somewhere\.py"):
        mutant("a\n", "c\n").applied(source)


def test_what_does_not_compile_does_not_apply() -> None:
    with pytest.raises(DoesNotApplyError, match="syntax"):
        mutant("a\n", "a b\n").applied("a\n")


def test_what_is_no_python_need_not_compile() -> None:
    assert mutant("a\n", "a b\n", "somewhere.sql").applied("a\n") == "a b\n"


def test_a_failed_test_kills_and_is_named() -> None:
    assert judged(Ended(1, f"...\n{KILLER}tests/a.py::test_b\n"), 9) == (Fate.KILLED, "tests/a.py::test_b")


def test_passed_tests_let_it_survive() -> None:
    assert judged(Ended(0, "3 passed"), 9) == (Fate.SURVIVED, "")


def test_a_time_that_is_over_kills_by_timeout() -> None:
    assert judged(Ended(None, ""), 9) == (Fate.KILLED, "timeout of 9 s")


@pytest.mark.parametrize(
    "ended", [Ended(2, f"{KILLER}a"), Ended(4, ""), Ended(5, ""), Ended(1, "Traceback"), Ended(-9, "")]
)
def test_tests_that_could_not_run_say_nothing(ended: Ended) -> None:
    assert judged(ended, 9)[0] is Fate.BROKEN


def test_a_process_that_does_not_end_is_ended() -> None:
    assert run(ROOT, ["-c", "import signal; signal.pause()"], 0.1).code is None


def test_only_the_packages_of_the_copy_are_tried(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="and not of"):
        require_copy(tmp_path)


def test_the_result_counts_and_names() -> None:
    verdicts = [
        Verdict("a", Fate.KILLED, "tests/a.py::test_a", 1.0),
        Verdict("b", Fate.SURVIVED, "", 1.0),
        Verdict("c", Fate.BROKEN, "exit code 4", 1.0),
    ]
    assert result(verdicts) == {
        "mutants": 3,
        "killed": 1,
        "survivors": 1,
        "broken": 1,
        "surviving": ["b"],
        "unknown": {"c": "exit code 4"},
        "killers": {"a": "tests/a.py::test_a"},
    }


def test_mutants_are_chosen_by_their_names() -> None:
    assert chosen([]) == MUTANTS
    assert [each.name for each in chosen(["ack_before_commit"])] == ["ack_before_commit"]
    with pytest.raises(ValueError, match="no such mutant: nothing"):
        chosen(["nothing"])


def test_an_unknown_name_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nothing"]) == 1
    assert "no such mutant" in capsys.readouterr().err


def test_the_files_of_all_killers_come_once_each() -> None:
    several = [
        Mutant(name="a", breaks=(), why="", file="", old="", new="", killers=("tests/b/test_c.py::test_d", "tests/e")),
        Mutant(
            name="b", breaks=(), why="", file="", old="", new="", killers=("tests/b/test_c.py", "tests/e/test_f.py")
        ),
    ]
    assert files_of(several) == ("tests/b/test_c.py", "tests/e")


@pytest.mark.slow
def test_without_a_bug_the_copy_passes_and_with_one_it_fails(tmp_path: Path) -> None:
    base = copy_tree(tmp_path / "base")
    assert try_tests(base, CHAIN, 60) == (Fate.SURVIVED, "")
    verdict = try_mutant(SHORT_HASH_CUT, base, 60)
    assert verdict.fate is Fate.KILLED
    assert verdict.killer == "tests/test_chain.py::test_the_short_hash_is_the_first_8_bytes"
    chain = (base / SHORT_HASH_CUT.file).read_text("utf-8")
    assert SHORT_HASH_CUT.old in chain, "the tree it was copied from is left alone"
