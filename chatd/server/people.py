"""What users may read of themselves and of others: their contacts, and how others show themselves."""

from __future__ import annotations

from chatd.messages import Contacts, ContactsPage, ProfileOf, Profiles, ProfilesPage
from chatd.model import Profile
from chatd.rooms import handles
from chatd.rooms.effects import Actor
from chatd.server.loader import Loader, expect_all
from chatd.storage.people import FindHandle, GetContacts, GetProfile
from chatd.storage.queries import Query


async def people_page(
    loader: Loader, actor: Actor, command: Contacts | Profiles, page_max: int
) -> ContactsPage | ProfilesPage:
    """Return what was asked for. Raises StoreError."""
    if isinstance(command, Profiles):
        return await _profiles(loader, command)
    limit = min(command.limit, page_max)
    query = GetContacts(user=actor.user, which=command.which, after=command.after or "", limit=limit + 1)
    [found] = await loader.read([query])
    users = tuple(expect_all(found, str))
    return ContactsPage(which=command.which, users=users[:limit], more=len(users) > limit)


async def _profiles(loader: Loader, command: Profiles) -> ProfilesPage:
    queries: list[Query] = [GetProfile(user) for user in dict.fromkeys(command.users)]
    if command.handle is not None:
        handle = handles.handle(command.handle)
        queries = [] if handle is None else [FindHandle(handles.skeleton(handle))]
    found = await loader.read(queries) if queries else []
    profiles = [each for each in found if isinstance(each, Profile) and each.version]
    if command.handle is not None:
        profiles = [each for each in profiles if each.handle == handles.handle(command.handle)]
    return ProfilesPage(profiles=tuple([_profile_of(each) for each in profiles]))


def _profile_of(profile: Profile) -> ProfileOf:
    return ProfileOf(
        user=profile.user,
        name=profile.name,
        handle=profile.handle,
        avatar=profile.avatar,
        version=profile.version,
    )
