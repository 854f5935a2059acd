"""What hypothesis puts and asks of users and their reports."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from chatd.model import Attributes, ContactList, Profile, Relation, RelationKind, ReportRecord, Resolution
from chatd.storage.people import CountBlocks, FindHandle, GetAttributes, GetContacts, GetProfile, GetTies
from chatd.storage.reports import GetProofs, GetReport, GetReports, GetReportTime

Strategy = st.SearchStrategy[Any]


@frozen(kw_only=True)
class Given:
    """What each part of a record is drawn from."""

    users: Strategy
    keys: Strategy
    rooms: Strategy
    times: Strategy
    seqs: Strategy
    words: Strategy


def people_records(of: Given) -> Strategy:
    values = st.dictionaries(of.words, of.times | st.booleans() | of.words, max_size=2)
    return st.one_of(
        st.builds(Attributes, user=of.users, values=values.map(lambda each: tuple(each.items()))),
        st.builds(
            Profile,
            user=of.users,
            name=of.words,
            handle=of.words,
            skeleton=of.words,
            avatar=of.words,
            version=of.times,
        ),
        st.builds(Relation, user=of.users, kind=st.sampled_from(RelationKind), other=of.users, since=st.integers(0, 2)),
        st.builds(
            ReportRecord,
            report=of.keys,
            reporter=of.users,
            time=of.times,
            room=st.none() | of.rooms,
            seq=st.none() | of.seqs,
            user=st.none() | of.users,
            reason=of.words,
            text=of.words,
        ),
        st.builds(Resolution, report=of.keys, time=st.integers(1, 50), resolver=of.users),
    )


def people_queries(of: Given) -> Strategy:
    few = st.integers(0, 3)
    return st.one_of(
        st.builds(GetAttributes, of.users),
        st.builds(GetTies, of.users, of.users),
        st.builds(GetProfile, of.users),
        st.builds(FindHandle, of.words),
        st.builds(GetReport, of.keys),
        st.builds(
            GetReports,
            room=st.none() | of.rooms,
            about_others=of.users,
            resolved=st.booleans(),
            after=st.tuples(of.times, of.keys),
            limit=few,
        ),
        st.builds(GetProofs, report=of.keys, after=of.seqs),
        st.builds(GetReportTime, reporter=of.users, newer=few),
        st.builds(CountBlocks, user=of.users),
        st.builds(GetContacts, user=of.users, which=st.sampled_from(ContactList), after=of.users, limit=few),
    )
