"""The driver's loop in C (`loop.c`): compiled when a run begins, and called in place of `loop.py`'s if that works."""

from __future__ import annotations

import ctypes
import select
import shutil
import subprocess
from pathlib import Path

from benchmarks.latency import Counts
from benchmarks.pacing import NS_PER_S, Schedule, Window
from benchmarks.peers.lines import Line
from benchmarks.peers.loop import Told

SOURCE = Path(__file__).with_name("loop.c")
_LATENCIES = 4_000_000
"""One count for each microsecond; what took longer counts as this long."""
_COMPILE_S_MAX = 60


class HelperFailed(RuntimeError):
    """The loop in C ran out of memory, or could not use a socket."""


class _Line(ctypes.Structure):
    _fields_ = (  # type: ignore[mutable-override] # a tuple cannot be changed by mistake
        *((name, ctypes.c_int32) for name in ("fd", "sender", "looks", "is_open", "acknowledges")),
        *((name, ctypes.c_int32) for name in ("first_sender", "slots", "waits")),
        *((name, ctypes.c_int64) for name in ("count", "size", "sent", "answered", "complaints", "broken")),
        ("frame", ctypes.c_void_p),
        *((name, ctypes.c_int32) for name in ("frame_size", "stamp_at", "serial_at", "serial_bytes", "key_at")),
        *((name, ctypes.c_int64) for name in ("serial_first", "serial_span")),
        ("last", ctypes.c_void_p),
        ("unsent", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("unsent_size", "unsent_room")),
        ("packet", ctypes.c_void_p),
        *((name, ctypes.c_int32) for name in ("packet_size", "tail_size")),
        ("tail", ctypes.c_uint8 * 38),
    )


class _Run(ctypes.Structure):
    _fields_ = (  # type: ignore[mutable-override] # a tuple cannot be changed by mistake
        *((name, ctypes.c_int32) for name in ("lines", "latencies", "answer_size", "complaint_size")),
        *((name, ctypes.c_int32) for name in ("senders", "failed", "unfinished")),
        *((name, ctypes.c_char_p) for name in ("answer", "complaint")),
        ("window", ctypes.c_int64),
        ("rate", ctypes.c_double),
        *((name, ctypes.c_int64) for name in ("start_ns", "stop_ns", "drain_end_ns")),
        *((name, ctypes.c_int64) for name in ("answered", "delivered", "news")),
        ("cpu_s", ctypes.c_double),
        ("latency_us", ctypes.c_void_p),
    )


def build(directory: Path) -> Path | None:
    """Return the compiled loop, in `directory`; None if there is no C compiler `cc` or it does not manage."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    target = directory / "loop.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(target), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=_COMPILE_S_MAX)
    return target if done.returncode == 0 else None


def run(
    loop_in_c: Path,
    lines: list[Line],
    pacer: Window | Schedule,
    words: tuple[bytes | None, bytes | None],
    *,
    times: tuple[int, float, float],
) -> Told:
    """Do what `loop.Loop(lines, pacer, *words, poll).run(*times)` does. Raises HelperFailed."""
    kept = [_Kept(line) for line in lines]
    structures = (_Line * len(lines))(*(each.structure for each in kept))
    latencies = (ctypes.c_uint32 * _LATENCIES)()
    answer, complaint = (word or b"" for word in words)
    start_ns, duration_s, drain_s_max = times
    stop_ns = start_ns + int(duration_s * NS_PER_S)
    asked = _Run(
        lines=len(lines),
        latencies=_LATENCIES,
        answer=answer,
        answer_size=len(answer),
        complaint=complaint,
        complaint_size=len(complaint),
        window=pacer.size if isinstance(pacer, Window) else 0,
        rate=pacer.rate if isinstance(pacer, Schedule) else 0.0,
        start_ns=start_ns,
        stop_ns=stop_ns,
        drain_end_ns=stop_ns + int(drain_s_max * NS_PER_S),
        latency_us=ctypes.addressof(latencies),
    )
    poll = select.epoll()
    if ctypes.CDLL(str(loop_in_c)).run_lines(ctypes.byref(asked), structures, poll.fileno()):
        raise HelperFailed("the loop in C failed")
    poll.close()
    for line, structure in zip(lines, structures, strict=True):
        _take_over(line, structure)
    counts: Counts = {micros: count for micros, count in enumerate(latencies) if count}
    return Told(
        answered=asked.answered,
        delivered=asked.delivered,
        cpu=asked.cpu_s / duration_s,
        latency_us=counts,
        is_unfinished=bool(asked.unfinished),
    )


class _Kept:
    """A line as C sees it, and the memory that it points to."""

    def __init__(self, line: Line) -> None:
        template = line.template
        self._frame = ctypes.create_string_buffer(template.frame if template is not None else b"")
        self._last = (ctypes.c_int64 * max(1, line.slots))(*([-1] * max(1, line.slots)))
        self.structure = _Line(
            fd=line.sock.fileno(),
            sender=-1 if line.sender is None else line.sender,
            looks=line.looks,
            is_open=1,
            acknowledges=line.acknowledger is not None,
            first_sender=line.first_sender,
            slots=line.slots,
            frame=ctypes.addressof(self._frame),
            last=ctypes.addressof(self._last),
        )
        if template is not None:
            self.structure.frame_size = len(template.frame)
            for name in ("stamp_at", "serial_at", "serial_bytes", "serial_first", "serial_span", "key_at"):
                setattr(self.structure, name, getattr(template, name))


def _take_over(line: Line, structure: _Line) -> None:
    for name in ("count", "size", "sent", "answered", "complaints", "broken"):
        setattr(line, name, getattr(structure, name))
    line.is_open = bool(structure.is_open)
