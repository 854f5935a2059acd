"""Reports: what of, by whom, with what evidence, and for whom (14.8 - 14.16)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from chatd import chain
from chatd.chain import report_id, self_id
from chatd.limits import REPORTS_A_DAY_MAX
from chatd.messages import AddMember, Delete, Done, Edit, Leave, OpenDirect, Post, Report, Resolve
from chatd.model import Proof, ReportRecord, RoomId
from chatd.rooms.effects import Actor
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, MODERATOR, OWNER, Scene

OPERATOR = Actor(99, "", operator=True)
NOWHERE = b"no such room at "


def stage(**people: Any) -> tuple[Scene, Actor, Actor, RoomId]:
    """Return a scene, ana and bo in a group of hers, with posts of bo at 2..6."""
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": MEMBER, **people})
    for number in range(2, 7):
        scene.do(bo, Post(room=room, key=scene.key(), content=text(f"post {number}")))
    return scene, ana, bo, room


def report(scene: Scene, room: RoomId | None = None, seq: int | None = None, user: str | None = None) -> Report:
    return Report(key=scene.key(), room=room, seq=seq, user=user, reason="spam", text="look")


def stored(scene: Scene) -> list[ReportRecord]:
    return list(scene.store._tables.reports.values())


def shown(record: ReportRecord) -> list[int]:
    return [proof.entry.seq for proof in record.evidence]


def verified(proof: Proof) -> bool:
    entry = proof.entry
    header = (entry.room, entry.seq, entry.kind.value, entry.sender, entry.key, entry.time, entry.target)
    hashed = chain.body_hash(entry.salt or b"", entry.body or b"")
    return chain.link(proof.before, header, hashed) == entry.hash


# -- what is reported --------------------------------------------------------------------------------------------------


def test_a_report_of_a_post_is_an_entry_of_the_self_room_and_a_record_about_its_author() -> None:
    scene, ana, _, room = stage()
    before = scene.log(room)
    command = report(scene, room, 4)
    reply = scene.do(ana, command)
    [entry] = scene.log(self_id("ana"))
    [record] = stored(scene)
    name = report_id("ana", command.key)
    assert (reply.room, reply.seq, entry.kind) == (self_id("ana"), 1, "report")
    assert msgpack.unpackb(entry.body) == {"report": name, "reason": "spam", "room": room, "seq": 4}
    assert (record.report, record.reporter, record.room, record.seq, record.user) == (name, "ana", room, 4, "bo")
    assert (record.reason, record.text, record.time, record.resolved) == ("spam", "look", scene.now, 0)
    assert scene.log(room) == before


def test_the_evidence_is_the_post_and_three_entries_before_it_each_to_be_verified() -> None:
    scene, ana, _, room = stage()
    scene.do(ana, report(scene, room, 6))
    [record] = stored(scene)
    assert shown(record) == [3, 4, 5, 6]
    assert [verified(proof) for proof in record.evidence] == [True] * 4


def test_the_newest_edit_of_a_post_goes_with_it() -> None:
    scene, ana, bo, room = stage()
    for words in ("worse", "worst"):
        scene.do(bo, Edit(room=room, key=scene.key(), seq=2, content=text(words)))
    scene.do(ana, report(scene, room, 2))
    [record] = stored(scene)
    assert shown(record) == [1, 2, 8]
    assert verified(record.evidence[-1])


def test_what_the_reporter_may_not_see_is_no_evidence() -> None:
    scene, ana, bo, room = stage()
    dee = scene.enter("dee")
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("dee",)))
    scene.do(bo, Post(room=room, key=scene.key(), content=text("for dee")))
    assert code(scene.do(dee, report(scene, room, 6))) == "bad_seq"
    assert code(scene.do(dee, report(scene, room, 8))) == "ok"
    assert [shown(record) for record in stored(scene)] == [[7, 8]]


def test_evidence_outlasts_the_post() -> None:
    scene, ana, bo, room = stage()
    scene.do(ana, report(scene, room, 4))
    scene.do(bo, Delete(room=room, key=scene.key(), seq=4))
    [record] = stored(scene)
    assert scene.log(room)[3].body is None
    assert record.evidence[-1].entry.body == text("post 4")


def test_a_post_that_is_deleted_or_about_to_be_is_not_reported_any_more() -> None:
    scene, ana, bo, room = stage()
    scene.ask(bo, Delete(room=room, key=scene.key(), seq=4))
    assert code(scene.do(ana, report(scene, room, 4))) == "deleted"
    scene.commit()
    assert code(scene.do(ana, report(scene, room, 4))) == "deleted"


def test_what_is_no_post_or_not_there_is_not_reported() -> None:
    scene, ana, _, room = stage()
    assert [code(scene.do(ana, report(scene, room, seq))) for seq in (1, 7, 99)] == ["bad_seq"] * 3
    assert code(scene.do(ana, report(scene, NOWHERE, 1))) == "unknown_room"
    assert code(scene.do(ana, report(scene, self_id("ana")))) == "wrong_kind"


def test_nobody_reports_themselves() -> None:
    scene, ana, bo, room = stage()
    assert code(scene.do(bo, report(scene, room, 4))) == "forbidden"
    assert code(scene.do(ana, report(scene, user="ana"))) == "forbidden"


def test_a_room_and_a_user_are_reported_without_evidence() -> None:
    scene, ana, _, room = stage()
    scene.do(ana, report(scene, room))
    scene.do(ana, report(scene, user="bo"))
    assert code(scene.do(ana, report(scene, user="nobody"))) == "unknown_user"
    about = [(each.room, each.seq, each.user, each.evidence) for each in stored(scene)]
    assert about == [(room, None, None, ()), (None, None, "bo", ())]


def test_who_has_left_may_report_what_they_may_see() -> None:
    scene, _, bo, room = stage(cy=MEMBER)
    cy = scene.enter("cy")
    scene.do(cy, Leave(room=room, key=scene.key()))
    scene.do(bo, Post(room=room, key=scene.key(), content=text("behind their back")))
    assert code(scene.do(cy, report(scene, room, 6))) == "ok"
    assert code(scene.do(cy, report(scene, room, 8))) == "bad_seq"
    assert code(scene.do(cy, report(scene, room))) == "ok"


def test_a_stranger_learns_nothing_of_a_room() -> None:
    scene, _, _, room = stage()
    cy = scene.enter("cy")
    told = [scene.do(cy, report(scene, where, seq)) for where in (room, NOWHERE) for seq in (None, 2)]
    assert [each for each in told if each != told[0]] == []
    assert code(told[0]) == "unknown_room"


def test_in_a_direct_room_posts_are_reported_too() -> None:
    scene, ana, bo, _ = stage()
    room = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    scene.do(bo, Post(room=room, key=scene.key(), content=text("psst")))
    scene.do(ana, report(scene, room, 2))
    assert [record.user for record in stored(scene)] == ["bo"]


def test_a_day_has_room_for_so_many_reports() -> None:
    scene, ana, _, _ = stage()
    for _ in range(REPORTS_A_DAY_MAX):
        assert code(scene.do(ana, report(scene, user="bo"))) == "ok"
        scene.now += 1
    assert code(scene.do(ana, report(scene, user="bo"))) == "limit_reached"
    assert code(scene.do(scene.enter("cy"), report(scene, user="bo"))) == "ok"
    scene.now += 86_400_000 - REPORTS_A_DAY_MAX
    assert code(scene.do(ana, report(scene, user="bo"))) == "ok"
    assert code(scene.do(ana, report(scene, user="bo"))) == "limit_reached"


def test_a_report_that_is_sent_again_is_one() -> None:
    scene, ana, _, room = stage()
    command = report(scene, room, 4)
    first = scene.do(ana, command)
    again = scene.do(ana, command)
    assert (again.seq, again.duplicate) == (first.seq, True)
    assert len(stored(scene)) == 1


def test_what_a_report_commits_is_within_its_bound() -> None:
    scene, ana, bo, room = stage()
    large = text("x" * 32_000)
    scene.do(bo, Post(room=room, key=scene.key(), content=large))
    scene.do(bo, Edit(room=room, key=scene.key(), seq=7, content=large))
    command = report(scene, room, 7)
    item = committed(scene, command, ana)
    assert_bounded(command, item)
    evidence = sum(len(proof.entry.body or b"") for record in item.records for proof in getattr(record, "evidence", ()))
    assert 64_000 < evidence < 128 * 1024


# -- for whom ----------------------------------------------------------------------------------------------------------


def resolve(scene: Scene, actor: Actor, room: RoomId | None, number: int = 0) -> Any:
    return scene.do(actor, Resolve(report=stored(scene)[number].report, room=room))


def test_a_report_is_settled_once_and_its_evidence_is_gone() -> None:
    scene, ana, _, room = stage(cy=MODERATOR)
    scene.do(scene.enter("dee"), report(scene, user="bo"))
    scene.do(ana, report(scene, room, 4))
    scene.now += 5
    assert resolve(scene, scene.enter("cy"), room, 1) == Done()
    assert code(resolve(scene, ana, room, 1)) == "unchanged"
    record = stored(scene)[1]
    assert (record.resolved, record.resolver, record.evidence) == (scene.now, "cy", ())
    assert stored(scene)[0].resolved == 0


def test_of_two_who_settle_it_together_the_first_counts() -> None:
    scene, ana, _, room = stage(cy=MODERATOR)
    scene.do(ana, report(scene, room, 4))
    for name in ("cy", "ana"):
        scene.ask(scene.enter(name, "again"), Resolve(report=stored(scene)[0].report, room=room))
    scene.commit()
    assert stored(scene)[0].resolver == "cy"


@pytest.mark.parametrize(
    ("standing", "answer"),
    [(ADMIN, "ok"), (MODERATOR, "ok"), (MEMBER, "forbidden"), (INVITED, "not_member"), (LEFT, "not_member")],
)
def test_reports_of_posts_are_for_those_who_may_delete_what_others_wrote(standing: Any, answer: str) -> None:
    scene, ana, _, room = stage(cy=standing)
    scene.do(ana, report(scene, room, 4))
    assert code(resolve(scene, scene.enter("cy"), room)) == answer


def test_staff_do_not_settle_what_is_about_them_nor_what_is_not_of_their_room() -> None:
    scene, ana, bo, room = stage()
    scene.do(ana, Post(room=room, key=scene.key(), content=text("mine")))
    other = scene.group({"cy": OWNER, "ana": MEMBER})
    cy = scene.enter("cy")
    scene.do(cy, Post(room=other, key=scene.key(), content=text("theirs")))
    scene.do(bo, report(scene, room, 7))
    scene.do(bo, report(scene, room))
    scene.do(ana, report(scene, other, 2))
    scene.do(bo, report(scene, user="cy"))
    assert [code(resolve(scene, ana, room, number)) for number in range(4)] == ["unknown_report"] * 4
    assert code(scene.do(ana, Resolve(report=bytes(16), room=room))) == "unknown_report"


def test_a_stranger_learns_nothing_of_reports() -> None:
    scene, ana, _, room = stage()
    scene.do(ana, report(scene, room, 4))
    told = [resolve(scene, scene.enter("cy"), where) for where in (room, NOWHERE, None)]
    assert [code(each) for each in told] == ["unknown_room"] * 3


def test_operators_settle_any() -> None:
    scene, ana, bo, room = stage()
    scene.do(bo, report(scene, room))
    scene.do(bo, report(scene, user="ana"))
    scene.do(ana, report(scene, room, 4))
    assert code(resolve(scene, OPERATOR, NOWHERE)) == "unknown_report"
    assert [resolve(scene, OPERATOR, where, number) for number, where in enumerate((room, None, None))] == [Done()] * 3
    assert [record.resolver for record in stored(scene)] == [""] * 3
