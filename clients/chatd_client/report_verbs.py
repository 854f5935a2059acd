"""What lines of the terminal client do about reports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.messages import ReportSummary
from chatd.model import ReportId, RoomId
from chatd_client.chat import Chat
from chatd_client.render import line, safe
from chatd_client.verbs import Misused, numbered

HELP = """
/report N REASON [TEXT]    report the post N of the open room; REASON is a word, such as spam
/reportuser USER REASON [TEXT], /reportroom REASON [TEXT]
/reports                   list those of the open room, for its moderators
/evidence N, /resolve N    what goes with the Nth of that list; settle it"""


def told(number: int, report: ReportSummary) -> str:
    """Return a report as it is printed."""
    said = f" ({safe(report.text)})" if report.text else ""
    return f"{number:3} post {report.seq} of {safe(report.user or '')}: {safe(report.reason)}{said}"


@define(eq=False)
class ReportVerbs:
    """The commands about reports."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _label: Callable[[RoomId], str]
    _print: Callable[[str], None]
    _listed: list[ReportId]
    """What was listed last, for as long as the terminal is open."""

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each line does, by its first word."""
        return {
            "report": self._report,
            "reportuser": self._report_user,
            "reportroom": self._report_room,
            "reports": self._reports,
            "evidence": self._evidence,
            "resolve": self._resolve,
        }

    async def _report(self, words: str) -> None:
        seq, rest = numbered(words)
        reason, _, text = rest.partition(" ")
        await self._chat.report(reason, room=self._room(), seq=seq, text=text.strip())
        self._print("(reported)")

    async def _report_user(self, words: str) -> None:
        user, _, rest = words.partition(" ")
        reason, _, text = rest.strip().partition(" ")
        await self._chat.report(reason, user=user, text=text.strip())
        self._print("(reported)")

    async def _report_room(self, words: str) -> None:
        reason, _, text = words.partition(" ")
        await self._chat.report(reason, room=self._room(), text=text.strip())
        self._print("(reported)")

    async def _reports(self, _: str) -> None:
        self._listed.clear()
        following, more = None, True
        while more:
            page = await self._chat.reports(self._room(), following=following)
            for report in page.reports:
                self._listed.append(report.report)
                self._print(told(len(self._listed), report))
            following, more = page.next, page.more
        if not self._listed:
            self._print("(no open reports)")

    def _found(self, words: str) -> ReportId:
        number = numbered(words)[0]
        if number > len(self._listed):
            raise Misused("the number of a report is needed, as /reports shows it")
        return self._listed[number - 1]

    async def _evidence(self, words: str) -> None:
        report, after, more = self._found(words), 0, True
        while more:
            shown = await self._chat.evidence(self._room(), report, after=after)
            for entry in shown.entries:
                self._print(line(entry, self._label(entry.room)))
                after = entry.seq
            more = shown.more

    async def _resolve(self, words: str) -> None:
        await self._chat.resolve(self._room(), self._found(words))
        self._print("(settled)")
