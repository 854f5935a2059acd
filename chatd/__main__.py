"""``python -m chatd`` is the ``chatd`` command."""

from __future__ import annotations

from chatd.server.__main__ import main

if __name__ == "__main__":
    main()
