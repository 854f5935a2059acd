from __future__ import annotations

from chatd.rights import GRANTABLE, USUAL, JoinBy, Level, Permission


def test_no_settings_give_power_over_others() -> None:
    ruling = [each for each in Permission if each not in GRANTABLE]
    assert ruling == ["delete_others", "mute", "ban", "roles", "settings"]


def test_what_may_be_given_stands_in_the_order_of_permissions() -> None:
    assert list(GRANTABLE) == [each for each in Permission if each in GRANTABLE]


def test_a_new_group_is_for_talking_and_closed_to_strangers() -> None:
    assert USUAL.defaults == (Permission.POST, Permission.MEDIA, Permission.REACT)
    assert (USUAL.slow_mode_s, USUAL.join_by) == (0, JoinBy.INVITATION)
    assert (USUAL.member_s, USUAL.account_s, USUAL.level) == (0, 0, Level.NORMAL)
