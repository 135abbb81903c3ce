"""The progress bar is shown only on a terminal, and only if a build takes long."""

from __future__ import annotations

import io
import sys

import pytest

from codegen.report import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "seconds", "expected"), [(Terminal(), 2.0, True), (Terminal(), 0.5, False), (io.StringIO(), 2.0, False)]
)
def test_progress_is_shown_only_on_terminals_and_for_long_builds(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float, expected: bool
) -> None:
    times = iter([0.0, seconds, seconds])
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("codegen.report.progress.time.monotonic", lambda: next(times))
    show = progress.progress_bar()
    show(125, 500)
    show(500, 500)
    assert ("] 125/500 models" in stream.getvalue()) is expected
    assert stream.getvalue().rstrip(" ").endswith("\r") is expected
