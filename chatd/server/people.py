"""What users may read of themselves and of others: their contacts."""

from __future__ import annotations

from chatd.messages import Contacts, ContactsPage
from chatd.rooms.effects import Actor
from chatd.server.loader import Loader, expect_all
from chatd.storage.people import GetContacts


async def contacts(loader: Loader, actor: Actor, command: Contacts, page_max: int) -> ContactsPage:
    """Return a page of a list of the actor's own. Raises StoreError."""
    limit = min(command.limit, page_max)
    query = GetContacts(user=actor.user, which=command.which, after=command.after or "", limit=limit + 1)
    [found] = await loader.read([query])
    users = tuple(expect_all(found, str))
    return ContactsPage(which=command.which, users=users[:limit], more=len(users) > limit)
