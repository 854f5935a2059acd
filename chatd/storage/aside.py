"""What may be asked of a store besides its rooms and users: a part of `queries`."""

from __future__ import annotations

from chatd.storage.following import GetCommits, GetExpiring, GetRanges
from chatd.storage.personal import PersonalQuery
from chatd.storage.relays import RelayQuery
from chatd.storage.servers import GetServer

Aside = PersonalQuery | GetCommits | GetRanges | GetExpiring | RelayQuery | GetServer
