from __future__ import annotations

from collections.abc import Callable

from attrs import define

from benchmarks.micro.clock import steady


@define(eq=False)
class Counted:
    built: int = 0
    called: int = 0

    def build(self) -> Callable[[], object]:
        self.built += 1
        return self.once

    def once(self) -> None:
        self.called += 1


def test_what_is_measured_is_built_once_and_called_so_many_times() -> None:
    counted = Counted()
    steady(counted.build)(7)
    assert (counted.built, counted.called) == (1, 7)


def test_a_measure_is_in_seconds_that_pass() -> None:
    assert steady(Counted().build)(1000) > 0.0
