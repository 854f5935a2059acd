from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.peers import helper
from benchmarks.peers.speech import TOKEN_BYTES_MAX
from benchmarks.stamps import MARK, STAMP_BYTES


def test_without_a_compiler_there_is_no_helper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert helper.build(tmp_path) is None


def test_a_compiler_that_does_not_manage_is_no_helper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert helper.build(tmp_path) is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_the_helper_is_compiled_where_it_is_wanted(tmp_path: Path) -> None:
    assert helper.build(tmp_path) == tmp_path / "loop.so"


def test_the_source_in_c_knows_the_same_stamp() -> None:
    source = helper.SOURCE.with_name("lines.h").read_text("ascii")
    assert f'MARK[] = "{MARK.decode()}"' in source
    assert f"#define MARK_SIZE {len(MARK)}\n" in source
    assert f"#define TOKEN_MAX {STAMP_BYTES}\n" in source
    assert TOKEN_BYTES_MAX == STAMP_BYTES
