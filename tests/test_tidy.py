"""The repository checks itself: floors, sizes, bans with their replacement, a test module for each module."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES_MAX = 300
FUNCTION_LINES_MAX = 60
TOP = {
    "pyproject.toml", "README.md", "protocol.md", "LICENSE", "chatd", "clients", "tests", "benchmarks",
}  # fmt: skip

FLOOR_1 = tuple(
    f"chatd.{name}"
    for name in (
        "model", "messages", "codes", "limits", "names", "chain", "facts", "frozen", "rights", "words", "checked",
        "features",
        "filters",
    )
)  # fmt: skip
WINGS = ("chatd.wire", "chatd.rooms", "chatd.storage")
OURS = re.compile(r"chatd(_client)?(\.|$)")

UNTESTED = {
    "chatd/__init__.py": "holds the version alone",
    "chatd/checked.py": "is data: tests/wire/test_content.py sees it made",
    "chatd/__main__.py": "is the command under another name: tests/endtoend runs it",
    "chatd/server/__main__.py": "calls cli, which test_cli runs; tests/endtoend runs it as a process",
    "chatd/server/entering.py": "tests/server/test_session.py and test_sessions.py enter and leave by it",
    "chatd/rooms/subjects.py": "tests/rooms/test_room.py and test_pending.py judge over what is in flight by it",
    "clients/chatd_client/every_verb.py": "tests/client/test_terminal.py and each test of verbs go through it",
    "chatd/storage/aside.py": "is data: a union of what tests/storage/test_contract_*.py ask",
    "chatd/server/posts.py": "tests/server/test_history.py and tests/dialogues act on posts through it",
    "chatd/server/core.py": "is data: what the sessions share",
    "chatd/server/hooks/calls.py": "is data: tests/server/hooks/test_calling.py makes calls of it",
    "chatd/rooms/bounds.py": "tests/rooms/test_needs.py and all that use tests/rooms/bounds.py",
    "chatd/server/doors.py": "tests/server/test_daemon*.py come in by every door",
    "chatd/server/compose.py": "puts the parts together: every test over tests/house.py runs on what it made",
    "chatd/storage/puts.py": "tests/storage/test_contract_*.py put every record and read it back",
    "chatd/storage/rows.py": "tests/storage/test_contract_*.py read every row",
    "chatd/rooms/slots.py": "tests/rooms/test_room.py and tests/rooms/test_registry_own.py fill them",
    "chatd/server/lookups.py": "tests/server/test_loader.py looks up all of it",
    "chatd/rooms/judge.py": "tests/rooms/test_router.py and tests/rooms/commands decide every command by it",
    "chatd/rooms/tails.py": "tests/rooms/test_registry_memory.py fills and erases them",
    "chatd/storage/base.py": "is a protocol: tests/storage/test_contract_*.py prove it of every backend",
    "chatd/storage/queries.py": "is data: asked by tests/storage/test_contract_*.py",
    "chatd/storage/personal.py": "is data: asked by tests/storage/test_contract_personal.py",
    "chatd/storage/following.py": "is data: asked by tests/storage/test_contract_following.py",
    "chatd/storage/following_rows.py": "tests/storage/test_contract_following.py",
    "chatd/storage/following_tables.py": "tests/storage/test_contract_following.py",
    "chatd/storage/personal_tables.py": "tests/storage/test_contract_personal.py",
    "chatd/storage/polls.py": "is data: asked by tests/storage/test_contract_polls.py",
    "chatd/storage/presences.py": "is data: asked by tests/storage/test_contract_presences.py",
    "chatd/storage/posts_tables.py": "tests/storage/test_contract_messages.py",
    "chatd/storage/reports.py": "is data: asked by tests/storage/test_contract_reports.py",
    "chatd/storage/report_tables.py": "tests/storage/test_contract_reports.py",
    "chatd/rooms/own_needs.py": "tests/rooms/test_needs.py",
    "chatd/storage/people.py": "is data: asked by tests/storage/test_contract_people.py",
    "chatd/storage/people_tables.py": "tests/storage/test_contract_people.py",
    "chatd/storage/tables.py": "tests/storage/test_contract_rooms.py",
    "chatd/model/entries.py": "tests/test_model.py covers the package",
    "chatd/model/held.py": "tests/test_model.py covers the package",
    "chatd/storage/held.py": "is data: asked by tests/storage/test_contract_held.py",
    **{
        f"chatd/storage/{noun}_{what}.py": f"tests/storage/test_contract_{noun}.py"
        for noun in ("accounts", "held", "polls", "presences", "relays")
        for what in ("rows", "tables")
    },
    "chatd/model/filters.py": "tests/test_model.py covers the package",
    "chatd/model/servers.py": "tests/test_model.py covers the package",
    "chatd/model/items.py": "tests/test_model.py covers the package",
    "chatd/model/kinds.py": "tests/test_model.py covers the package",
    "chatd/model/own.py": "tests/test_model.py covers the package",
    "chatd/model/polls.py": "tests/test_model.py covers the package",
    "chatd/model/presences.py": "tests/test_model.py covers the package",
    "chatd/model/people.py": "tests/test_model.py covers the package",
    "chatd/model/posts.py": "tests/test_model.py covers the package",
    "chatd/model/reports.py": "tests/test_model.py covers the package",
    "chatd/model/rooms.py": "tests/test_model.py covers the package",
    "chatd/model/users.py": "tests/test_model.py covers the package",
    "chatd/storage/statements.py": "is text: tests/storage/test_contract_*.py run every statement",
    "clients/chatd_client/track.py": "is data: tests/client/test_follow.py moves it",
    "chatd/messages/asking.py": "tests/test_messages.py covers the package",
    "chatd/messages/commands.py": "tests/test_messages.py covers the package",
    "chatd/messages/events.py": "tests/test_messages.py covers the package",
    "chatd/messages/grouping.py": "tests/test_messages.py covers the package",
    "chatd/messages/operating.py": "tests/test_messages.py covers the package",
    "chatd/messages/telling.py": "tests/test_messages.py covers the package",
    "chatd/messages/people.py": "tests/test_messages.py covers the package",
    "chatd/messages/personal.py": "tests/test_messages.py covers the package",
    "chatd/messages/presence.py": "tests/test_messages.py covers the package",
    "chatd/messages/reporting.py": "tests/test_messages.py covers the package",
    "chatd/messages/replies.py": "tests/test_messages.py covers the package",
    "chatd/messages/fields.py": "tests/test_messages.py covers the package",
    "chatd/messages/searching.py": "tests/test_messages.py covers the package",
    "chatd/messages/talking.py": "tests/test_messages.py covers the package",
    "chatd/storage/index.py": "is a protocol: tests/storage/test_contract_index.py proves it of every backend",
}

GROWING = ("benchmarks/figures.jsonl",)
"""Records that are only ever added to."""


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


SOURCES = python_files("chatd", "clients", "benchmarks")
EVERYTHING = [*SOURCES, *python_files("tests")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    parts = list(path.relative_to(ROOT / "clients" if "clients" in path.parts else ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(imported: str, packages: tuple[str, ...]) -> bool:
    return any(imported == package or imported.startswith(f"{package}.") for package in packages)


def allowed(importer: str) -> tuple[str, ...]:
    """Which of our own modules a module may import."""
    if within(importer, FLOOR_1):
        return FLOOR_1
    for wing in WINGS:
        if within(importer, (wing,)):
            return (*FLOOR_1, wing)
    if within(importer, ("chatd_client",)):
        return (*FLOOR_1, "chatd.wire", "chatd_client", "chatd.__version__")
    return ("chatd", "chatd_client", "benchmarks", "tests")


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_imports_only_what_its_floor_may(path: Path) -> None:
    ours = [each for each in imports(path) if OURS.match(each) and each != "chatd"]
    assert [each for each in ours if not within(each, allowed(module(path)))] == []


@pytest.mark.parametrize("path", python_files("chatd", "clients"), ids=name)
def test_trio_stays_on_floor_3_and_in_the_bridge(path: Path) -> None:
    if not name(path).startswith("chatd/server/") and name(path) != "chatd/storage/bridge.py":
        assert [each for each in imports(path) if within(each, ("trio",))] == []


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_a_file_fits_in_a_reader_s_head(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES_MAX


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= FUNCTION_LINES_MAX] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_source_module_has_a_test_module(path: Path) -> None:
    if name(path) in UNTESTED or not any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in ast.walk(tree(path))):
        return
    stem = path.parent.name if path.name == "__init__.py" else path.stem.strip("_")
    places = [test.stem for test in (ROOT / "tests").rglob(f"test_{stem}*.py")]
    assert places, f"tests/**/test_{stem}.py is missing"


def test_no_exemption_is_left_over() -> None:
    assert [each for each in UNTESTED if not (ROOT / each).exists()] == []


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


BANNED_BELOW_FLOOR_3 = {
    "time.time": "take `now` as an argument",
    "time.monotonic": "take `now` as an argument",
    "datetime.now": "take `now` as an argument",
    "os.urandom": "take random bytes as an argument",
    "secrets.token_bytes": "take random bytes as an argument",
    "uuid.uuid4": "take random bytes as an argument",
}


@pytest.mark.parametrize("path", python_files("chatd"), ids=name)
def test_below_floor_3_there_is_neither_clock_nor_chance(path: Path) -> None:
    if not name(path).startswith("chatd/server/"):
        assert [each for each in calls(path) if each in BANNED_BELOW_FLOOR_3 or each.startswith("random.")] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_chance_is_seeded_or_the_system_s(path: Path) -> None:
    """random.Random(seed) replays; random.SystemRandom() and an argument are for keys and jitter."""
    drawn = [each for each in calls(path) if each.startswith("random.")]
    assert [each for each in drawn if each not in ("random.Random", "random.SystemRandom")] == []


@pytest.mark.parametrize("path", python_files("chatd"), ids=name)
def test_the_server_does_not_print(path: Path) -> None:
    assert "print" not in list(calls(path)), "structlog to stderr, or sys.stdout.write for an answer"


@pytest.mark.parametrize("path", python_files("chatd", "clients"), ids=name)
def test_nothing_iterates_over_a_set(path: Path) -> None:
    """The order of a set differs from run to run, and replay depends on order: use dict.fromkeys or a list."""
    made = ("set", "frozenset")
    loops = [node.iter for node in ast.walk(tree(path)) if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)]
    sets = [each for each in loops if isinstance(each, ast.Set | ast.SetComp)]
    calls_of_set = [each for each in loops if isinstance(each, ast.Call) and ast.unparse(each.func) in made]
    assert [ast.unparse(each) for each in (*sets, *calls_of_set)] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_channel_is_bounded(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"(open_memory_channel|create_memory_object_stream)[^\n]*\((math\.)?inf\)", text)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_sql_is_pasted_together(path: Path) -> None:
    words = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA)\b ")
    pasted = [node for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr)]
    texts = [ast.unparse(node) for node in pasted]
    assert [text for text in texts if words.search(text)] == []


@pytest.mark.parametrize("path", python_files("chatd", "clients"), ids=name)
def test_assert_is_for_tests(path: Path) -> None:
    """An assert vanishes under -O: raise, or let the types say it."""
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree(path)))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_public_things_say_what_they_guarantee(path: Path) -> None:
    """A module, and each public function or method longer than a few lines, has a docstring."""
    parsed = tree(path)
    assert ast.get_docstring(parsed) or not parsed.body
    owners: list[ast.Module | ast.ClassDef] = [parsed, *(e for e in parsed.body if isinstance(e, ast.ClassDef))]
    silent = [
        node.name
        for owner in owners
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not (node.name.startswith("_") or getattr(owner, "name", "").startswith("_"))
        and (node.end_lineno or 0) - node.lineno > 6
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_left_undone() -> None:
    marks = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK)\b")
    assert [name(path) for path in EVERYTHING if marks.search(path.read_text("utf-8"))] == []


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return listed.stdout.split("\n")[:-1]


def test_the_top_level_holds_nothing_else() -> None:
    tops = dict.fromkeys(path.split("/")[0] for path in tracked())
    assert [top for top in tops if top not in TOP and not top.startswith(".")] == []


def test_no_large_file_is_kept() -> None:
    sizes = {path: (ROOT / path).stat().st_size for path in tracked() if (ROOT / path).is_file()}
    assert [path for path, size in sizes.items() if size > 256 * 1024 and path not in GROWING] == []


def test_ci_sets_up_and_tests_as_the_readme_says() -> None:
    command = re.search(r"^ {4}(\S.*pytest.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert command
    assert command[1] in (ROOT / ".ci/run").read_text("utf-8").splitlines()
