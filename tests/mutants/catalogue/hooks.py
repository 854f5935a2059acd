"""Bugs by which the app's rules are passed by, or their endpoints reach what they must not."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ASKING = "chatd/server/hooks/asking.py"
ADDRESSES = "chatd/server/hooks/addresses.py"
CALLING = "chatd/server/hooks/calling.py"
JUDGE = "chatd/rooms/judge.py"
ASKS = ("tests/server/hooks/test_asking.py", "tests/server/hooks/test_asking_calls.py")
EDITS = ("tests/server/hooks/test_asking_edits.py",)
PUT = ("tests/server/hooks/test_asking_replaced.py",)
PLACES = "chatd/server/hooks/places.py"
QUEUES = ("tests/server/hooks/test_places.py", "tests/server/hooks/test_asking_full.py")
HELD = ("tests/server/hooks/test_asking_held.py",)
VERDICTS = ("tests/rooms/commands/test_verdicts.py",)
REACHES = ("tests/server/hooks/test_addresses.py",)
CALLS = ("tests/server/hooks/test_calling.py",)

RELAY = "chatd/server/hooks/relay.py"
RELAYS = ("tests/server/hooks/test_relay.py", "tests/server/hooks/test_relay_letters.py")

MUTANTS = (
    Mutant(
        name="position_is_noted_before_the_calls",
        breaks=("L1",),
        why="The letters will tell what was not taken.",
        file=RELAY,
        old="                failed = await self._deliver(part.entries)\n                self.place = part.place\n",
        new="                self.place = part.place\n                await self._note([])\n"
        "                failed = await self._deliver(part.entries)\n",
        killers=RELAYS,
    ),
    Mutant(
        name="endpoint_is_told_of_what_is_not_applied",
        breaks=("D5",),
        why="The store has it, so it is committed.",
        file=RELAY,
        old="        await self.applied.reached(answers.g)\n",
        new="",
        killers=RELAYS,
    ),
    Mutant(
        name="first_call_tells_what_was_erased_while_it_waited",
        breaks=("A9",),
        why="It was read a moment ago: only a retry is late.",
        file=RELAY,
        old="if self.applied.g > self._seen_g else entry\n",
        new="if attempt > 1 else entry\n",
        killers=RELAYS,
    ),
    Mutant(
        name="retry_tells_what_was_erased_meanwhile",
        breaks=("A9",),
        why="The body was made for the first attempt: why again?",
        file=RELAY,
        old="current = await self._read(entry.room, entry.seq) if self.applied.g > self._seen_g else entry\n",
        new="current = entry\n",
        killers=RELAYS,
    ),
    Mutant(
        name="letters_have_no_bound",
        breaks=("M1",),
        why="They are small.",
        file=RELAY,
        old="        full = self._letters + SLICE_ENTRIES > self.endpoint.letters_max\n",
        new="        full = False\n",
        killers=RELAYS,
    ),
    Mutant(
        name="no_answer_of_a_rule_lets_the_post_through",
        breaks=("A3",),
        why="A post that cannot be judged is most likely fine.",
        file=ASKING,
        old="        return LET_THROUGH if self.budget.fails_open else NOT_JUDGED\n",
        new="        return LET_THROUGH\n",
        killers=ASKS,
    ),
    Mutant(
        name="post_that_is_held_off_is_not_judged_and_decided_after_all",
        breaks=("A3",),
        why="The gate will refuse it in a moment, once more: why answer it here?",
        file=ASKING,
        old="            return refusal\n        verdict = await self._verdict(actor, command, checked)\n",
        new="            return None\n        verdict = await self._verdict(actor, command, checked)\n",
        killers=HELD,
    ),
    Mutant(
        name="one_user_may_have_all_places_at_the_rule",
        breaks=("L2",),
        why="The places are bounded over all.",
        file=PLACES,
        old="                    await taken.enter_async_context(line.places)\n",
        new="",
        killers=QUEUES,
    ),
    Mutant(
        name="one_user_may_fill_the_queue_to_the_rule",
        breaks=("L2",),
        why="Who waits behind their own takes no place at the rule.",
        file=PLACES,
        old=" or line.asks >= ASKS_A_USER + WAITING_A_USER:\n",
        new=":\n",
        killers=QUEUES,
    ),
    Mutant(
        name="what_found_no_place_is_let_through",
        breaks=("A3",),
        why="Nobody answered, and the operator says what that means.",
        file=ASKING,
        old="        return TOO_MANY\n",
        new='        return self._fail("no place")\n',
        killers=QUEUES,
    ),
    Mutant(
        name="what_a_rule_puts_in_place_is_not_checked",
        breaks=("D2",),
        why="It comes from the app, which is trusted.",
        file=ASKING,
        old="                return Verdict(content=self._checked(asked, answer.content))\n",
        new="                return Verdict(content=answer.content)\n",
        killers=ASKS,
    ),
    Mutant(
        name="rule_makes_up_a_forward",
        breaks=("A10",),
        why="Whether a forward is true is looked up with the post that was sent, and that one was no forward.",
        file=ASKING,
        old="said.quote != _quoted(asked.content, bytes_max):\n",
        new="not said.quote.content:\n",
        killers=PUT,
    ),
    Mutant(
        name="rule_is_asked_again_about_a_known_key",
        breaks=("E2",),
        why="The look-up comes with the decision anyway.",
        file=ASKING,
        old="        if loaded.first is not None or self.judge.in_flight(actor, command.room, command):\n",
        new="        if self.judge.in_flight(actor, command.room, command):\n",
        killers=ASKS,
    ),
    Mutant(
        name="refusal_of_a_rule_hides_that_of_the_room",
        breaks=("A3",),
        why="The rule has spoken: why decide?",
        file=JUDGE,
        old="verdict.refusal is None or not isinstance(decision, Draft):\n",
        new="verdict.refusal is None:\n",
        killers=VERDICTS,
    ),
    Mutant(
        name="mapped_addresses_are_not_unwrapped",
        breaks=("A7",),
        why="Python knows which addresses are private.",
        file=ADDRESSES,
        old="        return [ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)]\n",
        new="        return []\n",
        killers=REACHES,
    ),
    Mutant(
        name="connection_goes_to_the_name_and_not_to_what_was_checked",
        breaks=("A7",),
        why="The address was checked a moment ago, and a name is easier to read in a trace.",
        file=CALLING,
        old="                return _Line(await self._secured(await _open(found, target.port)))\n",
        new="                return _Line(await self._secured(await _open([target.host], target.port)))\n",
        killers=CALLS,
    ),
    Mutant(
        name="what_follows_an_answer_is_the_answer_to_the_next_question",
        breaks=("A3",),
        why="The exchange is done, and one answer is all that HTTP has for a request.",
        file=CALLING,
        old='        return wire.our_state is wire.their_state is h11.DONE and wire.trailing_data == (b"", False)\n',
        new="        return wire.our_state is wire.their_state is h11.DONE\n",
        killers=CALLS,
    ),
    Mutant(
        name="what_comes_unasked_is_the_answer_to_the_next_question",
        breaks=("A3",),
        why="A connection that was kept waits for nothing, so nothing comes.",
        file=CALLING,
        old="                quiet = await _is_quiet(line.stream)\n",
        new="                quiet = True\n",
        killers=CALLS,
    ),
    Mutant(
        name="unasked_bytes_lie_in_the_socket",
        breaks=("A3",),
        why="The stream is asked what has come. By TLS it never looks into its socket in so short a time.",
        file=CALLING,
        old="plain.socket.is_readable()",
        new="plain.socket is None",
        killers=CALLS,
    ),
    Mutant(
        name="rule_makes_a_poll_of_an_edit",
        breaks=("D2",),
        why="A content that may be posted may stand in an edit.",
        file=ASKING,
        old="            if asked.command == EDIT:\n",
        new="            if not asked.command:\n",
        killers=EDITS,
    ),
)
