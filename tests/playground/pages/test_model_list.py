"""The list of all models in a browser, with and without scripts, and the size of a model's page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.playground.harness import KLING, playground_page, running_playground, simulate

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_the_catalogue_without_scripts(browser: Browser, tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(served.open_url)
        page.fill("input[type=search]", "kling")
        page.get_by_role("button", name="Find").click()
        page.wait_for_url("**/?words=kling*")
        shown = page.locator("#cards > li:visible")
        assert 0 < shown.count() < 96 and all("kling" in text.lower() for text in shown.all_inner_texts())
        shown.first.locator("a").click()
        assert page.locator("#inputs [data-kind]").count() > 3 and page.locator("pre[role=tabpanel]:visible").count() == 5
        context.close()


def test_filters_of_the_catalogue(page: Page, tmp_path: Path) -> None:
    with playground_page(page, tmp_path, simulate()) as served:
        page.goto(served.open_url)
        assert page.locator("#cards > li:visible").count() == 96
        page.locator("#filters").get_by_text("Audio", exact=True).click()
        assert page.locator("#cards > li:visible").count() == 3 and page.locator("#count").inner_text() == "3 of 96 models"
        page.select_option("select[name=price]", "known")
        assert page.locator("#nothing").is_visible()
        page.reload()
        assert page.url.endswith("/?medium=audio&price=known") and page.locator("#cards > li:visible").count() == 0
        page.get_by_role("link", name="Show all").click()
        page.select_option("select[name=price]", "0.20")
        assert page.locator("#cards > li:visible .usd").all_inner_texts() == ["$0.17 per second"]


def test_first_paint_is_small(page: Page, tmp_path: Path) -> None:
    with playground_page(page, tmp_path, simulate()) as served:
        page.goto(served.open_url)
        sizes: list[int] = []
        fresh = page.context.new_page()
        fresh.on("response", lambda response: sizes.append(len(response.body()) + sum(map(len, response.headers.values()))))
        fresh.goto(f"{served.url}models/{KLING}", wait_until="networkidle")
        assert 3 < len(sizes) < 20 and sum(sizes) < 200_000, sizes
