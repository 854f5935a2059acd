"""Bugs of one device: in the client library, and where the daemon keeps devices apart (above all E1, E5, O3, O7)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLLOW = "clients/chatd_client/follow.py"
LEDGER = "clients/chatd_client/ledger.py"
INBOX = "clients/chatd_client/inbox.py"
LINK = "clients/chatd_client/link.py"
SESSION = "chatd/server/session.py"
FOLLOWING = ("tests/client/test_follow.py", "tests/client/test_follow_chain.py")
SENDING = ("tests/client/test_ledger.py",)
KEEPING = ("tests/client/test_store.py",)

MUTANTS = (
    Mutant(
        name="replaced_session_lives",
        breaks=("O3",),
        why="Two connections of one device do no harm. Until the old one, half dead, sends what the new one sent too.",
        file="chatd/server/entering.py",
        old='        core.sessions.close(older, CloseCode.REPLACED, "the device connected again")\n',
        new="        audience.close(older)\n",
        killers=("tests/test_dialogues.py", "tests/server/test_session.py"),
    ),
    Mutant(
        name="ghost_acts_after_its_end",
        breaks=("O3", "A6"),
        why="The session has ended, and so it sends nothing more. But one of its commands waits for the store.",
        file=SESSION,
        old="        if self.ended:\n            return []\n        loaded = ",
        new="        loaded = ",
        killers=("tests/server/test_session.py",),
    ),
    Mutant(
        name="seen_entry_taken_for_a_hole",
        breaks=("E5", "L1"),
        why="Lower than what was seen is old. What was seen last, and comes again, is not lower.",
        file=FOLLOW,
        old="        if track is None or message.seq <= track.seq:\n            return []\n        told",
        new="        if track is None or message.seq < track.seq:\n            return []\n        told",
        killers=FOLLOWING,
    ),
    Mutant(
        name="everything_told_again_after_a_restart",
        breaks=("E5",),
        why="The store keeps the cursors. That they are asked for again is another function.",
        file=FOLLOW,
        old="        self._tracks[cursor.room] = Track(cursor.room, cursor.seq, cursor.hash)\n",
        new="        self._track(cursor.room)\n",
        killers=KEEPING,
    ),
    Mutant(
        name="hole_not_noticed",
        breaks=("O7",),
        why="TCP loses nothing. The server may.",
        file=FOLLOW,
        old="        if message.seq != track.seq + 1:\n            return told + self._hole(track, message.seq)\n",
        new="",
        killers=FOLLOWING,
    ),
    Mutant(
        name="chain_not_verified",
        breaks=("D10",),
        why="The server computed the hash: why again?",
        file="clients/chatd_client/cursor.py",
        old="    return full if chain.short(full) == message.h8 else None\n",
        new="    return full\n",
        killers=("tests/client/test_cursor.py", *FOLLOWING),
    ),
    Mutant(
        name="pages_not_verified",
        breaks=("D10",),
        why="History is old news, verified when it was new. Not by who joined since.",
        file="clients/chatd_client/talking.py",
        old='            raise ChainBroken(reply.room, message.seq, "a page of history is broken")\n',
        new="            continue\n",
        killers=("tests/client/test_commands.py",),
    ),
    Mutant(
        name="other_epoch_followed",
        breaks=("O2", "E5"),
        why="The cursors are the client's own. But they tell of a store that is no more.",
        file=FOLLOW,
        old="            told = [self._reset(track) for track in self._tracks.values() if track.seq]\n",
        new="            told = []\n",
        killers=FOLLOWING,
    ),
    Mutant(
        name="pause_not_heeded",
        breaks=("O7", "L1"),
        why="The server paused; it will go on by itself. It waits for a subscribe.",
        file=LINK,
        old="                self.desk.follower.detached()\n                self._errands.begin()\n",
        new="                pass\n",
        killers=FOLLOWING,
    ),
    Mutant(
        name="gap_behind_a_hole_believed",
        breaks=("O7",),
        why="The server names the range that it does not give. What lies before that range it does not name.",
        file=FOLLOW,
        old="            return self._hole(track, message.start)\n",
        new="            pass\n",
        killers=FOLLOWING,
    ),
    Mutant(
        name="cursor_kept_before_the_event_is_consumed",
        breaks=("E5",),
        why="The event was handed out, so it is done. The app that dies with it in hand never sees it again.",
        file=INBOX,
        old="            self.bell.ring()\n        return self._handed.event\n",
        new="""\
            self.bell.ring()
        event = self._handed.event
        self.consume()
        return event
""",
        killers=KEEPING,
    ),
    Mutant(
        name="new_key_for_each_try",
        breaks=("E1",),
        why="A key belongs to a send. It belongs to a command.",
        file=LEDGER,
        old="            return evolve(command, retry=True)\n",
        new="            return evolve(command, retry=True, key=request.to_bytes(16))\n",
        killers=SENDING,
    ),
    Mutant(
        name="sent_commands_forgotten_at_reconnect",
        breaks=("L1", "D4"),
        why="What was sent was sent. Whether it arrived nobody knows.",
        file=LEDGER,
        old="        self._put_back([sending for sending in sent if sending.keyed])\n",
        new="",
        killers=SENDING,
    ),
    Mutant(
        name="resent_behind_newer_commands",
        breaks=("O3",),
        why="A queue is appended to.",
        file=LEDGER,
        old="deque(sorted([*sendings, *self._unsent], key=lambda sending: sending.serial))",
        new="deque([*self._unsent, *sendings])",
        killers=SENDING,
    ),
    Mutant(
        name="refused_command_overtaken",
        breaks=("O3",),
        why="The time to wait is over, so everything may go. But one that was sent behind it has no answer yet.",
        file=LEDGER,
        old="        if self._held and (now < self._hold_until or self._keyed_sent):\n",
        new="        if self._held and now < self._hold_until:\n",
        killers=SENDING,
    ),
    Mutant(
        name="command_sent_before_it_is_kept",
        breaks=("E1", "D4"),
        why="Saving takes its time. An app that dies meanwhile does not know what it sent, nor under which key.",
        file="clients/chatd_client/asking.py",
        old="ready=not (keyed and self._has_store)",
        new="ready=True",
        killers=KEEPING,
    ),
    Mutant(
        name="state_kept_without_fsync",
        breaks=("E5", "E1"),
        why="Replacing a file is atomic. What it holds after a power cut is another matter.",
        file="clients/chatd_client/store.py",
        old="        os.fsync(file.fileno())\n",
        new="",
        killers=KEEPING,
    ),
    Mutant(
        name="read_mark_of_a_device_runs_back",
        breaks=("E6",),
        why="The last mark is the newest. A user scrolls back, too.",
        file="clients/chatd_client/desk.py",
        old="        self.marks[room] = max(seq, self.marks.get(room, 0))\n",
        new="        self.marks[room] = seq\n",
        killers=("tests/client/test_desk.py",),
    ),
    Mutant(
        name="rooms_listed_once",
        breaks=("O7",),
        why="The list is whole when the last page says so. A room that was posted to meanwhile has moved to its top.",
        file="clients/chatd_client/listing.py",
        old="        done = self._pages == 1 or self._looks == LOOKS_MAX\n",
        new="        done = True\n",
        killers=("tests/client/test_listing.py",),
    ),
    Mutant(
        name="rooms_behind_a_gap_of_the_self_room",
        breaks=("O7",),
        why="A gap is named, so nothing is missed. In the self room it is rooms that are missed.",
        file="clients/chatd_client/desk.py",
        old="events.Reset | events.Gap) and",
        new="events.Reset) and",
        killers=("tests/client/test_desk.py",),
    ),
    Mutant(
        name="event_of_an_interrupted_wait_lost",
        breaks=("O7",),
        why="Who pressed Ctrl-C does not want the event. Their script catches that, and goes on with the next one.",
        file="clients/chatd_client/blocking.py",
        old="            self._chat.give_back()\n",
        new="            self._withdrawn = False\n",
        killers=("tests/client/test_portal.py",),
    ),
    Mutant(
        name="all_come_back_at_once",
        breaks=("L6",),
        why="The wait doubles each time, so the server has its peace. All of them wait equally long.",
        file="clients/chatd_client/line.py",
        old="    return chance * min(",
        new="    return min(",
        killers=("tests/client/test_line.py",),
    ),
)
