"""What may be asked of a store beside rooms and their entries: each by its noun."""

from __future__ import annotations

from chatd.storage.accounts import AccountQuery
from chatd.storage.following import FollowingQuery
from chatd.storage.held import HeldQuery
from chatd.storage.people import PeopleQuery
from chatd.storage.personal import PersonalQuery
from chatd.storage.polls import PollQuery
from chatd.storage.presences import PresenceQuery
from chatd.storage.relays import RelayQuery
from chatd.storage.reports import ReportsQuery
from chatd.storage.servers import GetServer

Aside = (PersonalQuery | FollowingQuery | HeldQuery | PeopleQuery | PollQuery | PresenceQuery) | (
    RelayQuery | ReportsQuery | AccountQuery | GetServer
)
