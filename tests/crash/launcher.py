"""`python -m tests.crash.launcher ORDERS ARGUMENT...`: the ordinary `chatd`, in a process prepared as ORDERS say."""

from __future__ import annotations

import sys

from chatd.server.__main__ import main
from tests.crash.hooks import Orders, carry_out
from tests.crash.plants import PLANTS

if __name__ == "__main__":
    given = Orders.from_json(sys.argv[1])
    if given.plant:
        PLANTS[given.plant]()
    carry_out(given)
    sys.argv[1:2] = []
    main()
