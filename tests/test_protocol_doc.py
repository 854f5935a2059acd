"""protocol.md and the code say the same: whatever has a table there exists here, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from attrs import NOTHING, asdict, fields

from chatd import limits, names
from chatd.codes import RECONNECT_BELOW, VERDICTS, CloseCode, GapReason, RefusalCode, Verdict
from chatd.limits import DEFAULTS, Limits
from chatd.messages import (
    Command,
    HeldPost,
    KeyedCommand,
    Letter,
    Member,
    Message,
    MessageState,
    Origin,
    PollSummary,
    PostSummary,
    ProfileOf,
    ProvenEntry,
    Reactor,
    ReportSummary,
    RoomSummary,
    RoomSync,
    StreamEvent,
    Token,
    User,
    Voter,
    Webhook,
)
from chatd.messages.fields import SUBSCRIBE_ROOMS_MAX, USERS_PER_CALL_MAX
from chatd.model import Answer, ContactList, EntryKind, MemberState, RelationKind, Role, RoomKind
from chatd.wire import bodies, strict
from chatd.wire.bodies import TYPES, File, Other, Text
from tests.test_limits import bounds

DOC = (Path(__file__).parents[1] / "protocol.md").read_text(encoding="utf-8")
MESSAGES: dict[str, Any] = {cls.__name__: cls for cls in get_args(Message)}
INSIDE: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        *(HeldPost, Limits, Letter, Member, MessageState, Origin, PollSummary, PostSummary, ProfileOf, ProvenEntry),
        *(Reactor, ReportSummary, RoomSummary, RoomSync, StreamEvent, Token, User, Voter, Webhook),
    )
}
CLASSES = MESSAGES | INSIDE

HEADING = re.compile(r"^### [\d.]+ (\w+), (?:tag (\d+)|inside (\w+))$", re.MULTILINE)
ROW = re.compile(r"^\| ([^|]*) \| ([^|]*) \| ([^|]*?) ?\|(?: ([^|]*) \|)?$", re.MULTILINE)


def section(number: int) -> str:
    found = re.search(rf"^## {number} .*?(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def block(name: str) -> str:
    """Return what stands under the heading of a message, up to the next heading or clause."""
    found = re.search(
        rf"^### [\d.]+ {name}, (?:tag|inside) \w+$\n(.*?)(?=^#|^\d+\.\d|\Z)", DOC, re.MULTILINE | re.DOTALL
    )
    return found[1] if found else ""


def rows(text: str, heads: tuple[str, ...]) -> list[list[str]]:
    """Return the rows of the table in `text` that has these heads."""
    table = text[text.index("| " + " | ".join(heads) + " |") :].split("\n\n", maxsplit=1)[0]
    return [[cell or "" for cell in row] for row in ROW.findall(table)][1:]


def described(name: str) -> list[tuple[str, bool]]:
    """Return the fields of a message and whether each may be absent, as the document has them."""
    text = block(name)
    if "| field |" not in text:
        return []
    cells = [row[0] for row in rows(text, ("field", "type", "meaning")) if row[0].startswith("`")]
    return [(cell.split("`")[1], cell.endswith("?")) for cell in cells]


def test_every_message_has_its_heading_with_its_tag_and_nothing_else_has() -> None:
    documented = {name: int(tag) for name, tag, _ in HEADING.findall(DOC) if tag}
    assert documented == {name: cls.tag for name, cls in MESSAGES.items()}


def test_everything_inside_a_message_has_its_heading_and_nothing_else_has() -> None:
    documented = [(name, outer) for name, _, outer in HEADING.findall(DOC) if outer]
    assert sorted(name for name, _ in documented) == sorted(INSIDE)
    assert [outer for _, outer in documented if outer not in MESSAGES] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_is_documented_and_nothing_else_is(name: str) -> None:
    assert described(name) == [(each.name, each.default is not NOTHING) for each in fields(CLASSES[name])]


@pytest.mark.parametrize("name", CLASSES)
def test_what_may_be_absent_says_what_absent_means(name: str) -> None:
    assert block(name).count(" else ") + block(name).count("| else ") >= sum(
        optional for _, optional in described(name)
    )


@pytest.mark.parametrize("name", [cls.__name__ for cls in get_args(KeyedCommand)])
def test_every_keyed_command_is_named_where_keys_are_defined(name: str) -> None:
    clause = DOC[DOC.index("4.4 **Keys.**") : DOC.index("4.5 **Retries.**")]
    assert f"`{name}`" in clause


@pytest.mark.parametrize("name", [name for name, cls in MESSAGES.items() if cls in get_args(Command)])
def test_every_command_names_its_reply(name: str) -> None:
    found = re.search(r"Reply: `(\w+)`", block(name))
    assert found
    assert found[1] in MESSAGES


def test_every_refusal_is_documented_with_its_verdict_and_nothing_else_is() -> None:
    documented = {code.strip("`"): verdict for code, verdict, _, _ in rows(section(6), ("code", "verdict", "when"))}
    assert documented == {code.value: verdict.value for code, verdict in VERDICTS.items()}


def test_only_refusals_that_exist_are_named_by_commands() -> None:
    named = re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"Refusals: (.*)", DOC)))
    assert [code for code in named if code not in list(RefusalCode)] == []


def test_every_refusal_is_named_outside_its_own_table_or_is_of_the_server() -> None:
    elsewhere = DOC.replace(section(6), "")
    assert [code for code in RefusalCode if f"`{code}`" not in elsewhere] == []


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_explained(verdict: Verdict) -> None:
    assert f"`{verdict.value}`:" in section(6)


def test_every_close_is_documented_with_its_number_and_nothing_else_is() -> None:
    documented = {name: int(number) for number, name, _, _ in rows(section(7), ("number", "name", "when"))}
    assert documented == {code.name: code.value for code in CloseCode}


def test_the_two_ranges_of_closes_are_those_of_the_code() -> None:
    assert f"1000 - {RECONNECT_BELOW - 1}:" in section(7)
    assert f"{RECONNECT_BELOW} - 1999:" in section(7)


def test_every_fixed_limit_is_documented_with_its_value_and_nothing_else_is() -> None:
    documented = {name.strip("`"): int(value) for name, value, _, _ in rows(section(11), ("name", "value", "of"))}
    fixed = {
        name: value
        for module in (limits, strict, names, bodies)
        for name, value in vars(module).items()
        if name.isupper() and name[0] != "_" and isinstance(value, int)
    }
    assert documented == fixed


def test_every_limit_of_the_greeting_is_documented_with_its_numbers_and_nothing_else_is() -> None:
    documented = {
        name.strip("`"): [int(low), int(high), int(usual)]
        for name, low, high, usual in rows(section(11), ("name", "lowest", "highest", "usual"))
    }
    assert documented == {name: [*bounds(name), usual] for name, usual in asdict(DEFAULTS).items()}


def test_the_most_that_one_call_may_carry_is_the_most_that_a_greeting_may_tell() -> None:
    assert bounds("users_per_call_max")[1] == USERS_PER_CALL_MAX
    assert bounds("subscribe_rooms_max")[1] == SUBSCRIBE_ROOMS_MAX


def test_every_kind_of_entry_is_documented_and_nothing_else_is() -> None:
    documented = [kind.strip("`") for kind, _, _, _ in rows(section(9), ("kind", "facts", "what"))]
    assert documented == [kind.value for kind in EntryKind]


@pytest.mark.parametrize("word", [*RoomKind, *MemberState, *Role, *Answer, *GapReason, *RelationKind, *ContactList])
def test_every_word_of_a_closed_set_is_documented(word: str) -> None:
    assert f"`{word}`" in DOC


BODIES: dict[str, Any] = {"File": File} | {cls.__name__: cls for cls in TYPES.values() if cls is not Text}
COMMON = [each.name for each in fields(bodies.Body)]
BODY_HEADING = re.compile(r"^#### 9\.4\.\d+ (\w+)(?:, type `(\w+)`)?$", re.MULTILINE)


def body_block(name: str) -> str:
    """Return what stands under the heading of a type of content, up to the next heading or clause."""
    found = re.search(rf"^#### 9\.4\.\d+ {name}\b.*?\n(.*?)(?=^#|^\d+\.\d|\Z)", DOC, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def keys_in(text: str) -> list[tuple[str, bool, str]]:
    """Return the keys of the first table in `text`: name, whether it may be absent, and what may stand there."""
    found = rows(text, ("key", "type", "meaning"))
    return [(cell.split("`")[1], cell.endswith("?"), says) for cell, says, *_ in found]


def keys_of(cls: Any) -> list[tuple[str, bool, str]]:
    return [(each.name, each.default is not NOTHING, each.validator.says) for each in fields(cls)]


def test_every_type_of_content_has_its_heading_and_nothing_else_has() -> None:
    assert dict(BODY_HEADING.findall(DOC)) == {name: getattr(cls, "type", "") for name, cls in BODIES.items()}


@pytest.mark.parametrize("name", BODIES)
def test_every_key_of_a_content_is_documented_with_its_rule_and_nothing_else_is(name: str) -> None:
    own = [key for key in keys_of(BODIES[name]) if name == "File" or key[0] not in COMMON]
    assert keys_in(body_block(name)) == own


@pytest.mark.parametrize("name", BODIES)
def test_what_a_content_may_leave_out_says_what_absent_means(name: str) -> None:
    assert body_block(name).count("else ") == sum(optional for _, optional, _ in keys_in(body_block(name)))


def test_the_keys_of_all_contents_are_documented_with_their_rules_and_nothing_else_is() -> None:
    documented = keys_in(DOC[DOC.index("9.4 **Contents.**") :])
    assert sorted(documented) == sorted(keys_of(Other))


def test_the_clauses_of_contents_are_numbered_without_holes() -> None:
    clauses = re.findall(r"^(?:#### )?9\.4\.(\d+) ", DOC, re.MULTILINE)
    assert [int(clause) for clause in clauses] == list(range(1, len(clauses) + 1))


def test_sections_and_clauses_are_numbered_without_holes() -> None:
    sections = [int(number) for number in re.findall(r"^## (\d+) ", DOC, re.MULTILINE)]
    assert sections == list(range(1, 15))
    for number in sections:
        clauses = re.findall(rf"^(?:### )?{number}\.(\d+) ", section(number), re.MULTILINE)
        assert [int(clause) for clause in clauses] == list(range(1, len(clauses) + 1))


def test_every_clause_that_is_cited_exists() -> None:
    defined = re.findall(r"^(?:### )?(\d+\.\d+) ", DOC, re.MULTILINE)
    cited = re.findall(r"(?<![\d.#])(\d{1,2}\.\d{1,2})(?![\d.])", DOC)
    assert [clause for clause in cited if clause not in defined] == []
