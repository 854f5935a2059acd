"""The app's rules are asked before a post or an edit, once, in bounds; what they do not answer disturbs nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import Committed, Done, Edit, History, HistoryPage, Ping, Post, React
from chatd.model import RoomId
from chatd.server.hooks.before_post import Asked, Replace
from chatd.storage.base import StoreError
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.hooks.rules import Gate, broken, by_word, dev, never, plan
from tests.server.people import group, remove, texts
from tests.server.stores import GatedStore


async def _meet(house: House) -> tuple[Peer, Peer, RoomId]:
    ana, bo = await house.enter("ana"), await house.enter("bo")
    return ana, bo, await group(house, ana, bo)


def _asks(house: House) -> tuple[int, int]:
    metrics = house.daemon.core.metrics
    return metrics.hook_asks, metrics.hook_failures


async def test_what_is_allowed_passes_as_it_is(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(by_word)) as house:
        ana, bo, room = await _meet(house)
        assert isinstance(await ana.post(room, "tea"), Committed)
        assert texts(bo, room) == ["tea"]
        assert _asks(house) == (1, 0)


async def test_the_rule_is_told_who_says_what_where(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, _, room = await _meet(house)
        for text in ("tea", "green tea"):
            rule.answer(text)
        post = Post(room=room, key=house.key(), content=content.text("tea"), reply=1)
        seq = (await ana.ask(post)).seq
        edit = Edit(room=room, key=house.key(), seq=seq, content=content.text("green tea"))
        await ana.ask(edit)
        told: dict[str, Any] = {"room": room, "room_kind": "group", "title": "friends", "sender": "ana", "type": "text"}
        assert rule.asked == [
            Asked(command="post", key=post.key, content=post.content, text="tea", seq=1, **told),
            Asked(command="edit", key=edit.key, content=edit.content, text="green tea", seq=seq, **told),
        ]


async def test_what_is_refused_or_held_is_not_there_and_uses_no_key(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(by_word)) as house:
        ana, bo, room = await _meet(house)
        refused = await ana.post(room, "refuse me")
        assert (refused.code, refused.verdict, refused.reason) == ("rejected", "never", "manners")
        assert refused.text == "mind your language"
        held = await ana.post(room, "hold me")
        assert (held.code, held.verdict, held.text) == ("on_hold", "never", "somebody will look at it")
        assert texts(bo, room) == []
        assert _asks(house) == (2, 0)


async def test_the_entry_holds_what_was_put_in_the_place_of_what_was_sent(mock_clock: MockClock) -> None:
    """A repeat of what was sent is the same command: same answer, and the rule is not asked again (E1, E2)."""
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo, room = await _meet(house)
        rule.answer("replace me")
        key = house.key()
        first = await ana.post(room, "replace me", key)
        for retry in (True, False):
            again = await ana.post(room, "replace me", key, retry=retry)
            assert (again.seq, again.time, again.duplicate) == (first.seq, first.time, True)
        other = await ana.post(room, "***", key)
        assert other.code == "conflict"
        assert texts(bo, room) == ["***"]
        assert rule.texts == ["replace me"]


async def test_other_commands_are_not_asked_about(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo, room = await _meet(house)
        rule.answer("tea")
        seq = (await ana.post(room, "tea")).seq
        await bo.ask(React(room=room, key=house.key(), seq=seq, emoji="x"))
        await bo.ask(Ping())
        assert rule.texts == ["tea"]


async def test_what_operators_post_is_not_asked_about(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        _, bo, room = await _meet(house)
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        await operator.post_on_disk(room, "refuse me")
        assert texts(bo, room) == ["refuse me"]
        assert rule.texts == []


async def test_what_is_refused_anyhow_is_not_asked_about(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(Gate())) as house:
        ana, bo, room = await _meet(house)
        cy = await house.enter("cy")
        assert (await cy.post(room, "tea")).code == "unknown_room"
        edit = Edit(room=room, key=house.key(), seq=1, content=content.text("x"))
        assert (await bo.ask(edit)).code == "bad_seq"
        house.daemon.core.journal.full = True
        assert (await ana.post(room, "tea")).code == "storage_full"
        house.daemon.core.journal.full = False
        assert (await ana.post(room, "tea")).code == "storage_full"
        assert _asks(house) == (0, 0)


async def test_a_session_waits_for_its_post_and_no_other_does(mock_clock: MockClock) -> None:
    """Invariants O3 and L2."""
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo, room = await _meet(house)
        slow = [await ana.send(Post(room=room, key=house.key(), content=content.text(each))) for each in ("one", "two")]
        await house.rest()
        assert rule.texts == ["one"]
        rule.answer("tea")
        assert (await bo.post(room, "tea")).seq == 2
        rule.answer("two")
        await house.rest()
        assert rule.texts == ["one", "tea"]
        rule.answer("one")
        await house.rest()
        assert [ana.reply(each).seq for each in slow] == [3, 4]


async def test_what_waits_for_the_rule_has_no_credit(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, _, room = await _meet(house)
        before = house.daemon.core.journal._entries_left
        await ana.send(Post(room=room, key=house.key(), content=content.text("one")))
        await house.rest()
        assert rule.texts == ["one"]
        assert house.daemon.core.journal._entries_left == before


async def test_credit_is_taken_for_the_content_that_is_stored(mock_clock: MockClock) -> None:
    store = GatedStore()
    large = content.text("a" * 30_000)
    async with open_house(store=store, plan=plan(lambda _: Replace(large))) as house:
        ana, _, room = await _meet(house)
        before = house.daemon.core.journal._bytes_left
        store.hold_appends()
        await ana.send(Post(room=room, key=house.key(), content=content.text("x")))
        await house.rest()
        assert before - house.daemon.core.journal._bytes_left > len(large)
        store.release_appends()


@pytest.mark.parametrize(
    "rule",
    [
        broken,
        lambda _: "allow",
        lambda _: Replace(b"no content"),
        lambda _: Replace(content.text("a" * 200)),
    ],
    ids=["it raises", "it answers something else", "its content is none", "its content is too long"],
)
@pytest.mark.parametrize("opens", [False, True])
async def test_what_is_no_answer_refuses_or_lets_through_as_the_operator_says(
    mock_clock: MockClock, rule: Any, opens: bool
) -> None:
    config = dev(limits=evolve(DEFAULTS, content_bytes_max=100))
    async with open_house(config, plan=plan(rule, fails_open=opens)) as house:
        ana, bo, room = await _meet(house)
        reply = await ana.post(room, "tea")
        if opens:
            assert isinstance(reply, Committed)
        else:
            assert (reply.code, reply.verdict) == ("not_judged", "never")
        assert texts(bo, room) == (["tea"] if opens else [])
        assert _asks(house) == (1, 1)


async def test_a_rule_that_fails_is_told_of_once_until_it_answers_again(
    mock_clock: MockClock, logs: list[dict[str, Any]]
) -> None:
    async with open_house(plan=plan(by_word)) as house:
        ana, _, room = await _meet(house)
        for text in ("break", "break", "tea", "more tea", "break"):
            await ana.post(room, text)
    told = [(each["event"], each["log_level"]) for each in logs if each["event"].startswith("hook")]
    assert told == [("hook failed", "warning"), ("hook answers again", "info"), ("hook failed", "warning")]


async def test_an_error_of_a_rule_is_told_with_its_traceback_and_not_for_every_post(
    mock_clock: MockClock, logs: list[dict[str, Any]]
) -> None:
    async with open_house(plan=plan(broken)) as house:
        ana, bo, room = await _meet(house)
        for each in (ana, bo):
            await each.post(room, "tea")
    assert [each["exc_info"] for each in logs if each["event"] == "hook broke"] == [True]


async def test_a_rule_that_hangs_costs_its_budget_and_nothing_else(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(never, ms=500)) as house:
        ana, bo, room = await _meet(house)
        request = await ana.send(Post(room=room, key=house.key(), content=content.text("tea")))
        await house.rest()
        assert isinstance(await bo.ask(History(room=room)), HistoryPage)
        mock_clock.jump(0.5)
        await house.rest()
        assert ana.reply(request).code == "not_judged"
        assert await ana.ask(Ping()) == Done()


async def test_who_leaves_while_the_rule_thinks_takes_nothing_along(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule, asks_max=1, waiting_max=0)) as house:
        ana, bo, room = await _meet(house)
        await ana.send(Post(room=room, key=house.key(), content=content.text("one")))
        await house.rest()
        await house.enter("ana")
        rule.answer("tea")
        assert (await bo.post(room, "tea")).seq == 2
        assert rule.texts == ["one", "tea"]


async def test_a_store_that_does_not_answer_refuses_for_now(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, plan=plan(by_word)) as house:
        ana, _, room = await _meet(house)
        store.read_error = StoreError("slow")
        refused = await ana.post(room, "tea")
        assert (refused.code, refused.after_ms) == ("internal", 1000)
        assert _asks(house) == (0, 0)


async def test_who_is_removed_while_the_rule_thinks_does_not_post(mock_clock: MockClock) -> None:
    """Invariant A3: the verdict is a part of the proposal, and the decision is made when it is there."""
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo, room = await _meet(house)
        request = await bo.send(Post(room=room, key=house.key(), content=content.text("one")))
        await house.rest()
        await ana.ask(remove(house, room, "bo"))
        rule.answer("one")
        await house.rest()
        assert bo.reply(request).code == "not_member"


async def test_the_same_key_on_two_devices_is_one_entry(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo, room = await _meet(house)
        laptop = await house.enter("ana", "laptop")
        key = house.key()
        requests = [
            await each.send(Post(room=room, key=key, content=content.text("one"), retry=True)) for each in (ana, laptop)
        ]
        await house.rest()
        rule.answer("one")
        await house.rest()
        replies = [ana.reply(requests[0]), laptop.reply(requests[1])]
        assert sorted(each.duplicate for each in replies) == [False, True]
        assert texts(bo, room) == ["one"]
