"""The daemon against the model.

Every day the same examples run, so that a red test is the fault of the change. `CHATD_SOAK=N` runs N times as many,
and others each time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.model.machine import Machine
from tests.model.machines import (
    BlocksMachine,
    FansMachine,
    InvitingMachine,
    OperatedMachine,
    ReviewMachine,
    StreamMachine,
    StrictMachine,
)

pytestmark = pytest.mark.slow

SOAK = int(os.environ.get("CHATD_SOAK", "0"))
PROFILE = settings(
    max_examples=150 * max(1, SOAK),
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=not SOAK,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

TestGroups = Machine.TestCase
TestGroups.settings = PROFILE
TestInvitations = InvitingMachine.TestCase
TestInvitations.settings = PROFILE
TestStrict = StrictMachine.TestCase
TestStrict.settings = PROFILE
TestReviews = ReviewMachine.TestCase
TestReviews.settings = PROFILE
TestFans = FansMachine.TestCase
TestFans.settings = PROFILE
TestStreams = StreamMachine.TestCase
TestStreams.settings = PROFILE
TestOperated = OperatedMachine.TestCase
TestOperated.settings = PROFILE
TestBlocks = BlocksMachine.TestCase
TestBlocks.settings = PROFILE
