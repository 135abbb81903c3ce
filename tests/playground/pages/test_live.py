"""A live playground in a browser, with a server other than the simulator: one POST per confirmed run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.playground.fake_api import fake_api
from tests.playground.harness import TOKEN, URL, playground_page

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

PRICED = "bytedance/seedance-2.5/image-to-video/480p"


def test_each_confirmed_run_is_one_post_and_the_token_is_never_sent_to_the_browser(page: Page, tmp_path: Path) -> None:
    seen: list[bytes] = []

    def keep(response: Response) -> None:
        seen.append(repr(response.headers).encode())
        if response.status < 300:
            seen.append(response.body())

    with fake_api() as api, playground_page(page, tmp_path, base_url=api.base_url) as served:
        page.context.on("response", keep)
        page.goto(served.open_url)
        assert page.locator(".mode.live").inner_text().split() == ["Live", "runs", "are", "billed"]
        page.goto(f"{served.url}models/{PRICED}")
        page.click("#example")
        page.fill('#inputs [data-name="duration"] input[type=number]', "5")
        assert page.locator("[data-preview]").get_by_role("button", name="Show the file").count() == 1
        page.locator("#price").get_by_text("About $0.85").wait_for()
        dialog = page.locator("dialog")
        for leave in (lambda: page.keyboard.press("Escape"), dialog.get_by_role("button", name="Don't run").click, page.reload):
            page.click("#run")
            page.locator("dialog[open]").wait_for()
            result = dialog.inner_text()
            assert "billed to your RunComfy account" in result and "about $0.85 (0.17 USD a second x 5 seconds)" in result
            leave()
            dialog.wait_for(state="hidden")
        page.dblclick("#run")
        page.locator("dialog[open]").wait_for()
        assert api.posts == []
        dialog.get_by_role("button", name="Run", exact=True).dblclick()
        page.locator("article.good img").wait_for()
        assert "$0.25" in page.locator("article.good .facts").inner_text()
        assert "you sent [token]" in page.locator("article.good .output").inner_text()
        page.goto(f"{served.url}runs")
        api.refuse = (422, {"error_code": 422001})
        page.goto(f"{served.url}models/{PRICED}")
        page.fill('#inputs [data-name="prompt"] textarea', "Another.")
        page.click("#run")
        dialog.get_by_role("button", name="Run", exact=True).click()
        page.locator("article.bad").wait_for()
        page.wait_for_timeout(50)
        assert len(api.posts) == 2 and api.tokens == {TOKEN}
        assert page.evaluate("document.cookie") == "" and page.evaluate("Object.keys(localStorage).length") == 0
    assert len(seen) > 20 and not any(TOKEN.encode() in one for one in seen)
    assert api.posts[0][1]["duration"] == 5 and URL not in repr(seen)
