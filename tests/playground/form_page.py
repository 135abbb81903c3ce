"""The page of a model in a browser: its fields and the generated code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.playground.harness import KLING, RunningPlayground

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def open_model(page: Page, served: RunningPlayground, model: str = KLING) -> None:
    """Open the page of a model."""
    page.goto(f"{served.url}models/{model}")


def field(page: Page, name: str) -> Locator:
    """Return a field of the form by its documented name."""
    return page.locator(f'#inputs > [data-name="{name}"]')


def code(page: Page, key: str = "batch") -> Any:
    """Return the code on the page, for a batch as parsed JSON."""
    text = page.locator(f"#code-{key}").text_content() or ""
    return json.loads(text) if key in ("batch", "mcp") else text


def inputs(page: Page) -> Any:
    """Return the inputs in the code on the page."""
    return code(page)["inputs"]


def wait_until(page: Page, is_so: Callable[[], object]) -> None:
    """Wait until a condition is true. The page's security policy forbids playwright's function, which evaluates text."""
    for _ in range(600):
        if is_so():
            return
        page.wait_for_timeout(25)
    assert is_so()


def wait_for_inputs(page: Page, wanted: dict[str, Any]) -> None:
    """Wait until the code matches the form."""
    wait_until(page, lambda: inputs(page) == wanted)
