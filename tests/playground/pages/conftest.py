"""Fixtures of the tests in a browser; without a browser, the tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.playground.browser import FLAGS, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return one browser for this package. While it is open, playwright runs an event loop in this thread, so no test that needs
    its own event loop can run.
    """
    program = find_browser()
    if program is None:
        pytest.skip("there is no Chrome, Chromium or Edge on this machine: install one to run the tests of the pages")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page; fail if it writes to its console."""
    context = browser.new_context(viewport={"width": 800, "height": 600}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    said: list[str] = []
    context.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: said.append(f"error: {error.error}"))
    context.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    yield context.new_page()
    context.close()
    expected: Any = [one for one in said if "status of 422" not in one and "status of 409" not in one]
    assert expected == [], "the console"
