"""What `/help` says before and after the commands of each kind."""

from __future__ import annotations

HELP = """\
/new TITLE [USER,USER...]  make a group and open it (quote a title with spaces: "a b")
/dm USER                   open the conversation with a user
/rooms                     list your rooms
/open N|TITLE              open a room of that list
/history [N]               print the last N entries of the open room
/search WORDS              find posts in all your rooms ("a phrase", wor* for how a word begins)
/members                   list its members
/title TEXT                change its title
/add USER,USER...          add members
/kick USER                 remove a member
/role USER owner|admin|moderator|member
/join N|TITLE, /leave      accept an invitation, leave the open room
"""
LAST = """
/help [COMMAND]            print all this, or what it says of one command
/quit                      leave; so does the end of the input
anything else is posted to the open room; // posts a line that begins with /"""


def help_on(words: str, whole: str) -> str:
    """Return the lines of `whole` that name the command `words`, whose slash may be left out; all where none does."""
    name = f"/{words.removeprefix('/')}"
    found = [line for line in whole.splitlines() if words and name in line.replace(",", " ").split()]
    return "\n".join(found) or whole
