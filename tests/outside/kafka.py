"""The checks of Jepsen's kafka workload, written anew from its description: a log for each key, whose messages have
offsets that may be sparse; `send` appends and returns the offset, `poll` returns the messages from an offset on.

Operations: `send` [["send", key, [offset, message]]], `poll` [["poll", {key: [[offset, message], ...]}]] and `assign`
[key, ...], after which a process may go on from another offset.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import Factory, define

from tests.outside.elle import Anomaly
from tests.outside.ops import Deed, Op, deeds

Pair = tuple[int, Any]


@define(eq=False)
class _Logs:
    """Everything that sends and polls tell of the logs."""

    sends: list[tuple[Deed, str, int | None, Any]] = Factory(list[tuple[Deed, str, int | None, Any]])
    """Each with its key, its offset if it is known, and its message."""
    polls: list[tuple[Deed, dict[str, list[Pair]]]] = Factory(list[tuple[Deed, dict[str, list[Pair]]]])
    at: dict[tuple[str, int], dict[Any, Deed]] = Factory(dict[tuple[str, int], dict[Any, Deed]])
    """The messages at each offset, with the first who told."""
    places: dict[tuple[str, Any], dict[int, Deed]] = Factory(dict[tuple[str, Any], dict[int, Deed]])
    """The offsets of each message."""
    polled: dict[str, dict[Any, int]] = Factory(dict[str, dict[Any, int]])
    """What was ever polled of each key."""

    def tell(self, deed: Deed, key: str, offset: int, message: Any) -> None:
        self.at.setdefault((key, offset), {}).setdefault(message, deed)
        self.places.setdefault((key, message), {}).setdefault(offset, deed)

    @classmethod
    def of(cls, all_deeds: Iterable[Deed]) -> _Logs:
        logs = cls()
        for deed in all_deeds:
            if deed.f == "send":
                logs._send(deed)
            elif deed.f == "poll" and deed.ending == "ok":
                logs._poll(deed)
        return logs

    def _send(self, deed: Deed) -> None:
        for _, key, sent in deed.value:
            offset, message = sent if deed.ending == "ok" else (None, sent)
            self.sends.append((deed, key, offset, message))
            if offset is not None:
                self.tell(deed, key, offset, message)

    def _poll(self, deed: Deed) -> None:
        for _, messages in deed.value:
            self.polls.append((deed, messages))
            for key, pairs in messages.items():
                for offset, message in pairs:
                    self.tell(deed, key, offset, message)
                    self.polled.setdefault(key, {})[message] = offset

    def known(self) -> dict[str, list[int]]:
        """Return the offsets of each key at which there is a message, ascending."""
        offsets: dict[str, list[int]] = {}
        for key, offset in sorted(self.at):
            offsets.setdefault(key, []).append(offset)
        return offsets


def anomalies(ops: Iterable[Op]) -> list[Anomaly]:
    """Return what is wrong with a history of sends and polls. Every message must be sent once only.

    The history must end with polls of everything: an acknowledged message that none ever returned is `unseen`.
    """
    all_deeds = deeds(ops)
    logs = _Logs.of(all_deeds)
    found = [*_inconsistent(logs), *_unfounded(logs), *_missing(logs)]
    return [*found, *_steps(all_deeds, logs), *_sends(logs)]


def _inconsistent(logs: _Logs) -> Iterator[Anomaly]:
    for (key, offset), messages in logs.at.items():
        if len(messages) > 1:
            yield Anomaly("inconsistent-offsets", f"{[*messages]} at {offset} of {key}", tuple(messages.values()))
    for (key, message), offsets in logs.places.items():
        if len(offsets) > 1:
            yield Anomaly("duplicate", f"{message} of {key} at {sorted(offsets)}", tuple(offsets.values()))


def _unfounded(logs: _Logs) -> Iterator[Anomaly]:
    """What was polled was sent, and did not fail."""
    senders = {(key, message): deed for deed, key, _, message in logs.sends}
    for key, messages in logs.polled.items():
        for message in messages:
            sender = senders.get((key, message))
            if sender is None:
                yield Anomaly("unsent", f"{message} of {key}", ())
            elif sender.ending == "fail":
                yield Anomaly("G1a", f"{message} of {key} was polled, and its send failed", (sender,))


def _missing(logs: _Logs) -> Iterator[Anomaly]:
    """A message that nobody polled is lost, if something behind it was polled."""
    reached = {key: max(messages.values()) for key, messages in logs.polled.items()}
    for deed, key, offset, message in logs.sends:
        if offset is not None and message not in logs.polled.get(key, {}):
            name = "lost-write" if offset <= reached.get(key, -1) else "unseen"
            yield Anomaly(name, f"{message} at {offset} of {key}", (deed,))


def _steps(all_deeds: Iterable[Deed], logs: _Logs) -> Iterator[Anomaly]:
    """Within a poll, and from one poll of a process to its next, offsets increase and leave no message out."""
    known = logs.known()
    last: dict[tuple[int, str], tuple[int, Deed]] = {}
    for deed in all_deeds:
        if deed.f == "assign":
            last = {place: value for place, value in last.items() if place[0] != deed.process}
        elif deed.f == "poll" and deed.ending == "ok":
            for _, messages in deed.value:
                for key, pairs in messages.items():
                    yield from _within(deed, key, pairs, last, known[key] if pairs else [])


def _within(
    deed: Deed, key: str, pairs: list[Pair], last: dict[tuple[int, str], tuple[int, Deed]], known: list[int]
) -> Iterator[Anomaly]:
    place = deed.process, key
    for offset, _ in pairs:
        before = last.get(place)
        last[place] = offset, deed
        if before is None:
            continue
        inner = "int-" if before[1] is deed else ""
        if offset <= before[0]:
            yield Anomaly(f"{inner}nonmonotonic-poll", f"{before[0]} then {offset} of {key}", (before[1], deed))
        elif known[bisect_right(known, before[0])] != offset:
            yield Anomaly(f"{inner}poll-skip", f"{before[0]} then {offset} of {key}", (before[1], deed))


def _sends(logs: _Logs) -> Iterator[Anomaly]:
    """The offsets of what a process sends to a key increase."""
    last: dict[tuple[int, str], tuple[int, Deed]] = {}
    for deed, key, offset, _ in logs.sends:
        if offset is None:
            continue
        before = last.get((deed.process, key))
        if before is not None and offset <= before[0]:
            yield Anomaly("nonmonotonic-send", f"{before[0]} then {offset} of {key}", (before[1], deed))
        last[deed.process, key] = offset, deed
