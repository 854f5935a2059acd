"""A planted bug as data: what a programmer could have got wrong, what it breaks, and which tests must notice."""

from __future__ import annotations

import ast
from pathlib import Path

from attrs import frozen


class DoesNotApplyError(Exception):
    """The code has moved on: the mutation must be written anew."""


@frozen(kw_only=True)
class Mutant:
    name: str
    breaks: tuple[str, ...]
    """The invariants that no longer hold, by their names."""
    why: str
    """How somebody could come to write this."""
    file: str
    """Relative to the root of the repository."""
    old: str
    """The exact text that is replaced. It occurs once in the file."""
    new: str
    killers: tuple[str, ...]
    """The test files, or tests, of which at least one must fail."""

    def applied(self, source: str) -> str:
        """Return `source` with the bug in it. Raises DoesNotApplyError unless `old` is there once, and it compiles."""
        count = source.count(self.old)
        if count != 1:
            raise DoesNotApplyError(f"{self.name}: its text is {count} times in {self.file}")
        mutated = source.replace(self.old, self.new)
        if self.file.endswith(".py"):
            try:
                ast.parse(mutated)
            except SyntaxError as error:
                raise DoesNotApplyError(f"{self.name}: {error}") from error
        return mutated

    def plant(self, root: Path) -> None:
        """Put the bug into the tree at `root`. Raises DoesNotApplyError."""
        path = root / self.file
        path.write_text(self.applied(path.read_text("utf-8")), "utf-8")
