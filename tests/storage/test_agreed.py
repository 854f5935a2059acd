"""Settings, links and what was taken from members, as text in the rows of their room and membership."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chatd.model import Filter, FilterAction, Links, Role
from chatd.rights import GRANTABLE, SWITCHED, USUAL, Denial, Feature, Invite, JoinBy, Level, Past, Permission, Settings
from chatd.storage.agreed import (
    NO_FILTER_TEXT,
    NOTHING,
    USUAL_TEXT,
    denied_of,
    denied_text,
    filter_of,
    filter_text,
    invites_of,
    invites_text,
    settings_of,
    settings_text,
)
from tests.wire.strategies import steady

times = st.none() | st.integers(0, 2**53)
settings = st.builds(
    Settings,
    defaults=st.lists(st.sampled_from(GRANTABLE), unique=True).map(tuple),
    slow_mode_s=st.integers(0, 21_600),
    slow_since=st.integers(0, 2**53),
    join_by=st.sampled_from(JoinBy),
    keep=st.sampled_from([0, 500]),
    off=st.sampled_from([(), (Feature.TYPING,), SWITCHED]),
    history=st.sampled_from(Past),
    member_s=st.integers(0, 2**25),
    account_s=st.integers(0, 2**25),
    level=st.sampled_from(Level),
    ttl_s=st.integers(0, 31_622_400),
    requires=st.sampled_from([(), (("level", (3, True)), ("region", ("eu", "é")))]),
)
invites = st.builds(
    Invite, hash=st.binary(min_size=32, max_size=32), creator=st.text(max_size=8), expires=times, uses=times
)
filters = st.builds(
    Filter,
    words=st.lists(st.text(max_size=4)).map(tuple),
    links=st.sampled_from(Links),
    hosts=st.lists(st.text(max_size=4)).map(tuple),
    exempt=st.sampled_from(Role),
    action=st.sampled_from(FilterAction),
)
denials = st.builds(Denial, st.sampled_from(Permission), times)


@steady
@given(settings)
def test_settings_come_back_as_they_were_put(given_: Settings) -> None:
    found = settings_of(settings_text(given_))
    assert found == given_
    assert [type(each) for each in found.defaults] == [Permission] * len(found.defaults)
    assert (type(found.join_by), type(found.history), type(found.level)) == (JoinBy, Past, Level)


def test_settings_that_were_put_before_there_was_more_have_what_is_usual() -> None:
    assert settings_of('[["post"], 30, 7, "request"]') == Settings(
        defaults=(Permission.POST,), slow_mode_s=30, slow_since=7, join_by=JoinBy.REQUEST, history=Past.JOINED
    )


@steady
@given(st.lists(invites, max_size=4).map(tuple), st.lists(denials, max_size=4).map(tuple))
def test_links_and_denials_come_back_as_they_were_put(links: tuple[Invite, ...], denied: tuple[Denial, ...]) -> None:
    assert invites_of(invites_text(links)) == links
    assert denied_of(denied_text(denied)) == denied
    assert all(type(each.permission) is Permission for each in denied_of(denied_text(denied)))


@steady
@given(filters)
def test_a_filter_comes_back_as_it_was_put(given_: Filter) -> None:
    found = filter_of(filter_text(given_))
    assert found == given_
    assert found is not None
    assert (type(found.links), type(found.exempt), type(found.action)) == (Links, Role, FilterAction)


def test_settings_from_before_posts_could_expire_are_read_without_it() -> None:
    assert settings_of('[["post"], 5, 9, "request"]') == Settings(
        defaults=(Permission.POST,), slow_mode_s=5, slow_since=9, join_by=JoinBy.REQUEST
    )


def test_a_room_that_agreed_on_nothing_takes_no_place() -> None:
    assert (filter_text(None), filter_of(NO_FILTER_TEXT)) == (NO_FILTER_TEXT, None)
    assert (settings_text(USUAL), invites_text(()), denied_text(())) == (USUAL_TEXT, NOTHING, NOTHING)
    assert (settings_of(USUAL_TEXT), invites_of(NOTHING), denied_of(NOTHING)) == (USUAL, (), ())
