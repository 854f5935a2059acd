"""Pages of all users and of all tokens, for operators."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.messages import CloseUser, CreateUser, IssueToken, ListTokens, ListUsers, User
from tests.house import START_MS, open_house


async def test_users_are_listed_in_pages_with_those_who_are_closed(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.operator()
        for name in ("cy", "ana", "bo"):
            await operator.ask(CreateUser(key=house.key(), user=name))
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        page = await operator.ask(ListUsers(limit=2))
        assert page.users == (
            User(user="ana", created=START_MS),
            User(user="bo", created=START_MS, closed=START_MS),
        )
        assert page.more
        page = await operator.ask(ListUsers(after="bo", limit=2))
        assert ([each.user for each in page.users], page.more) == (["cy"], False)


async def test_tokens_are_listed_in_pages(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.operator()
        hashes = [bytes([number]) * 32 for number in range(5)]
        for hashed in hashes:
            await operator.ask(IssueToken(user="ana", hash=hashed))
        page = await operator.ask(ListTokens(limit=2))
        assert ([token.token for token in page.tokens], page.more) == (["00" * 8, "01" * 8], True)
        page = await operator.ask(ListTokens(after=page.tokens[-1].token, limit=3))
        assert ([token.token for token in page.tokens], page.more) == (["02" * 8, "03" * 8, "04" * 8], False)
