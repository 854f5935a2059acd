from __future__ import annotations

from benchmarks.micro.router import IN_FLIGHT, MICROS, judge, open_group


async def test_every_post_is_accepted_and_in_flight() -> None:
    stage = await open_group()
    took_s, flights = judge(stage, 5)
    assert [flight.key for flight in flights] == list(stage.daemon.core.registry.in_flight)
    assert len(flights) == 5
    assert took_s > 0.0


def test_it_can_be_measured_over_more_than_one_batch() -> None:
    [micro] = MICROS
    assert micro.measure(IN_FLIGHT + 1) > 0.0
