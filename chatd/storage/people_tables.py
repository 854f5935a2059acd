"""What the reference backend holds of users and their relations, and how it answers: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, assert_never

from chatd.frozen import frozen
from chatd.model import (
    Attributes,
    ContactList,
    Profile,
    Relation,
    RelationKind,
    RoomKind,
    RoomRecord,
    Ties,
    UserId,
)
from chatd.storage import people as q

if TYPE_CHECKING:
    from chatd.storage.tables import Tables


Subject = tuple[UserId] | tuple[UserId, RelationKind, UserId]


def subject(record: Attributes | Relation) -> Subject:
    """Return what `record` is about: the newer of two with one subject stands."""
    return (record.user,) if isinstance(record, Attributes) else (record.user, record.kind, record.other)


@frozen
class People:
    """What is known, with the newest of each subject."""

    known: Mapping[Subject, Attributes | Relation]

    def attributes(self, user: UserId) -> Attributes | None:
        found = self.known.get((user,))
        return found if isinstance(found, Attributes) else None

    def relations(self) -> list[Relation]:
        """Return those that hold."""
        return [each for each in self.known.values() if isinstance(each, Relation) and each.since]

    def since(self, user: UserId, kind: RelationKind, other: UserId) -> int:
        """Return since when a user has a relation to another; 0 where they have not."""
        found = self.known.get((user, kind, other))
        return found.since if isinstance(found, Relation) else 0

    def blocks_in(self, record: RoomRecord, user: UserId) -> bool:
        """Return whether `user` has blocked the other one of a direct room."""
        if record.kind is not RoomKind.DIRECT or record.pair is None:
            return False
        one, two = record.pair
        return self.since(user, RelationKind.BLOCK, two if user == one else one) > 0

    def related(self, user: UserId, kind: RelationKind) -> dict[UserId, None]:
        """Return those to whom a user has a relation."""
        return {each.other: None for each in self.relations() if each.user == user and each.kind is kind}

    def followers(self, user: UserId) -> dict[UserId, None]:
        follows = [each for each in self.relations() if each.kind is RelationKind.FOLLOW]
        return {each.user: None for each in follows if each.other == user}


def _attributes(tables: Tables, query: q.GetAttributes) -> Attributes | None:
    return People(tables.people).attributes(query.user)


def _ties(tables: Tables, query: q.GetTies) -> Ties:
    one, other, since = query.user, query.other, People(tables.people).since
    return Ties(
        follows=since(one, RelationKind.FOLLOW, other),
        followed=since(other, RelationKind.FOLLOW, one),
        blocks=since(one, RelationKind.BLOCK, other),
        blocked=since(other, RelationKind.BLOCK, one),
    )


def _profile(tables: Tables, query: q.GetProfile) -> Profile | None:
    return tables.profiles.get(query.user)


def _holder(tables: Tables, query: q.FindHandle) -> Profile | None:
    found = [each for each in tables.profiles.values() if each.skeleton and each.skeleton == query.skeleton]
    return min(found, key=lambda each: each.user.encode(), default=None)


def _blocks(tables: Tables, query: q.CountBlocks) -> int:
    return len(People(tables.people).related(query.user, RelationKind.BLOCK))


def _listed(people: People, user: UserId, which: ContactList) -> Iterable[UserId]:
    match which:
        case ContactList.FOLLOWS:
            return people.related(user, RelationKind.FOLLOW)
        case ContactList.FOLLOWERS:
            return people.followers(user)
        case ContactList.MUTUALS:
            followers = people.followers(user)
            return [each for each in people.related(user, RelationKind.FOLLOW) if each in followers]
        case ContactList.BLOCKS:
            return people.related(user, RelationKind.BLOCK)
    assert_never(which)


def _contacts(tables: Tables, query: q.GetContacts) -> tuple[UserId, ...]:
    found = sorted(_listed(People(tables.people), query.user, query.which), key=str.encode)
    return tuple([user for user in found if user.encode() > query.after.encode()][: query.limit])


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetAttributes: _attributes,
    q.GetTies: _ties,
    q.CountBlocks: _blocks,
    q.GetContacts: _contacts,
    q.GetProfile: _profile,
    q.FindHandle: _holder,
}
"""Which function answers which query: one for each."""
