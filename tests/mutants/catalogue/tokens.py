"""Bugs in what lets users in: tokens that the app signs, and their revocation."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SIGNED = "chatd/server/signed.py"
CHECKED = ("tests/server/test_signed.py",)
LET_IN = ("tests/server/test_auth_signed.py",)

MUTANTS = (
    Mutant(
        name="token_for_the_app_s_other_service",
        breaks=("A6",),
        why="No audience is asked for, so none is looked at. The app signs for its shop by the same key.",
        file=SIGNED,
        old='        if not self._config.audience and "aud" not in said:\n',
        new="        if not self._config.audience:\n",
        killers=CHECKED,
    ),
    Mutant(
        name="claim_twice_is_the_last_one",
        breaks=("A6",),
        why="It is JSON, and every reader takes it. Which of the two it takes is another question.",
        file=SIGNED,
        old="object_pairs_hook=_once, ",
        new="",
        killers=CHECKED,
    ),
    Mutant(
        name="token_without_the_longest_life",
        breaks=("A6",),
        why="It has an end, as it must. In the year 9999.",
        file=SIGNED,
        old="        if not 0 < ends_ms - issued_ms <= self._config.life_s_max * 1000:\n",
        new="        if not 0 < ends_ms - issued_ms:\n",
        killers=CHECKED,
    ),
    Mutant(
        name="revoked_signature_is_good",
        breaks=("A6",),
        why="The sessions have ended, and the signature holds. So their devices are let in again at once.",
        file="chatd/server/auth.py",
        old="    if user.closed is not None or claims.issued_ms <= user.revoked_until:\n",
        new="    if user.closed is not None:\n",
        killers=LET_IN,
    ),
    Mutant(
        name="revocation_undone_by_an_older_record",
        breaks=("A6",),
        why="A record is put whole. One that was decided before knows nothing of the revocation.",
        file="chatd/storage/puts.py",
        old="    revoked_until = max(revoked_until, excluded.revoked_until)\n",
        new="    revoked_until = excluded.revoked_until\n",
        killers=("tests/storage/test_contract_accounts.py",),
    ),
    Mutant(
        name="stored_attribute_wins_over_the_token",
        breaks=("A3",),
        why="Both are merged. Which of the two is merged into which is one character's difference.",
        file="chatd/rooms/gates.py",
        old="    return {**dict(loaded.attributes), **dict(actor.claims)}\n",
        new="    return {**dict(actor.claims), **dict(loaded.attributes)}\n",
        killers=("tests/rooms/test_gates_attributes.py",),
    ),
    Mutant(
        name="gate_asks_the_token_alone",
        breaks=("A3",),
        why="A token that says anything is taken for one that says everything.",
        file="chatd/rooms/gates.py",
        old="    return any(name not in claimed for name, _ in record.settings.requires)\n",
        new="    return not claimed\n",
        killers=("tests/rooms/test_gates_attributes.py",),
    ),
    Mutant(
        name="gate_that_comes_meanwhile_is_not_asked",
        breaks=("A3",),
        why="Whether the room has a gate was looked at before the rest was awaited.",
        file="chatd/server/loader.py",
        old=" or (not gated and self._is_gated(actor, needs)):",
        new=":",
        killers=("tests/server/test_gates.py",),
    ),
    Mutant(
        name="unknown_keys_read_the_files_each_time",
        breaks=("M3",),
        why="A key that nobody knows may be one that has just come. Anybody can name one, as often as they like.",
        file="chatd/server/keyring.py",
        old="            if trio.current_time() - self._looked_s < AGAIN_S:\n                return False\n",
        new="",
        killers=("tests/server/test_keyring.py",),
    ),
    Mutant(
        name="broken_list_of_keys_ends_the_daemon",
        breaks=("L1",),
        why="The files were whole when the daemon started. What is read of them later goes the same way.",
        file="chatd/server/keyring.py",
        old="        except ConfigError as error:\n",
        new="        except KeyError as error:\n",
        killers=("tests/server/test_keyring.py",),
    ),
)
