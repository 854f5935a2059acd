from __future__ import annotations

import os

from benchmarks.footprint import Footprint, Processor, idle_s


def test_a_process_is_seen_to_hold_memory_of_its_own_and_more_that_it_shares() -> None:
    held = Footprint.of(os.getpid())
    assert 1024 < held.uss_kb <= held.rss_kb
    assert held.threads >= 1


def test_an_open_file_is_a_descriptor() -> None:
    before = Footprint.of(os.getpid()).descriptors
    with open(os.devnull, encoding="ascii"):
        assert Footprint.of(os.getpid()).descriptors == before + 1


def test_the_thread_that_has_the_process_s_number_is_the_main_one() -> None:
    assert Processor.split(7, {7: 1.0, 8: 0.25, 9: 0.5}) == Processor(1.0, 0.75)


def test_this_process_has_used_its_main_thread() -> None:
    assert Processor.of(os.getpid()).main_s > 0


def test_what_was_used_between_two_moments_is_their_difference() -> None:
    assert Processor(3.0, 2.0).since(Processor(1.0, 0.5)) == Processor(2.0, 1.5)


def test_the_machine_has_been_idle_for_no_longer_than_its_cores_have_run() -> None:
    with open("/proc/uptime", encoding="ascii") as uptime:
        up_s = float(uptime.read().split()[0])
    assert 0 < idle_s() <= (up_s + 1) * (os.cpu_count() or 1)
