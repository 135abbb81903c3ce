"""Jobs in a browser: their lifecycle, and one paid call for repeated requests."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_client.batch.states import Stage
from runcomfy_client.catalog import document_of
from runcomfy_client.simulator import ManualClock

from tests.playground.form_page import open_model, wait_for_inputs, wait_until
from tests.playground.harness import KLING, playground_page, simulate, submits
from tests.playground.test_money import stages

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LIVES = (
    ("kling/kling-3.0/standard/image-to-video", "video"),
    ("wan-ai/wan-2.7/text-to-image", "img"),
    ("acestep-ai/ace-step-1.5/text-to-audio", "audio"),
    ("openai/gpt-image-2.5/flare/edit", "img"),
    ("lightricks/ltx-2.5/audio-to-video/pro", "video"),
)
LOADED = """one => new Promise(done => {
    one.onloadedmetadata = one.onload = done;
    if (one.complete || one.readyState) done();
}).then(() => one.naturalWidth ?? one.duration)"""


def test_the_lifecycle_of_jobs_of_five_models(page: Page, tmp_path: Path) -> None:
    clock = ManualClock()
    simulator = simulate(queued=30, running=60, clock=clock)
    with playground_page(page, tmp_path, simulator) as served:
        for number, (model, _) in enumerate(LIVES, start=1):
            open_model(page, served, model)
            page.click("#example")
            page.click("#run")
            page.locator("#runs > article .state").filter(has_text="In the queue, position 3").wait_for()
            assert len(simulator.accepted) == number
        page.goto(f"{served.url}runs")  # all runs
        for state, seconds in (("In the queue, position 3", 20), ("In the queue, position 1", 20), ("Running", 60), ("Done", 0)):
            wait_until(page, partial(all_in_state, page, state))
            clock.sleep(seconds)
        for (model, shown), job in zip(LIVES, simulator.accepted, strict=True):
            assert (job.model_id, job.inputs) == (model, document_of(model).raw["example"])
            run = page.locator("article", has_text=job.request_id)
            assert run.locator(f"figure {shown}").evaluate(LOADED) > 0
            facts = run.locator(".facts").inner_text()
            assert "simulated" in facts and "Cost" in facts
            download(page, run)
        page.reload()
        assert page.locator("article.good").count() == len(LIVES)
    with playground_page(page, tmp_path, simulator) as served:  # the playground is restarted
        page.goto(f"{served.url}runs")
        again = page.locator("article.good", has_text=simulator.accepted[0].request_id)
        assert page.locator("article.good").count() == len(LIVES) and again.locator("figure video").count() == 1
        again.get_by_role("link", name="Use its inputs").click()
        wait_for_inputs(page, document_of(LIVES[0][0]).raw["example"])
    assert submits(simulator) == len(LIVES)


def all_in_state(page: Page, state: str) -> bool:
    """Return True if all runs on a page are in a state."""
    return all(text.startswith(state) for text in page.locator(".state").all_inner_texts())


def download(page: Page, run: Locator) -> None:
    """Download the file of a run."""
    with page.expect_download() as found:
        run.get_by_role("link", name="Download").click()
    assert found.value.path().stat().st_size > 100 and found.value.suggested_filename.partition(".")[2]


def test_a_double_click_a_reload_and_two_tabs_are_one_post(page: Page, tmp_path: Path) -> None:
    simulator = simulate(running=3600)
    with playground_page(page, tmp_path, simulator) as served:
        open_model(page, served)
        page.click("#example")
        example = document_of(KLING).raw["example"]
        page.route("**/api/runs/*/submit", lambda route: None)  # a reload between the quote and the submit: nothing was sent
        page.click("#run")
        wait_until(page, lambda: stages(tmp_path) == [Stage.PLANNED])
        page.reload()
        page.unroute("**/api/runs/*/submit")
        wait_for_inputs(page, example)
        page.dblclick("#run")
        wait_until(page, lambda: submits(simulator) == 1)
        page.reload()  # and one while it runs
        page.locator("#runs > article.busy").wait_for()
        other = page.context.new_page()
        other.goto(page.url)
        for tab in (page, other):
            assert tab.locator("#runs > article").count() == 1
        wait_for_inputs(other, {})
        other.click("#example")
        other.dblclick("#run")
        other.wait_for_selector("dialog[open]")
        assert "is already running" in other.locator("dialog").inner_text() and submits(simulator) == 1
        other.keyboard.press("Escape")
        page.click("#run")
        page.get_by_role("button", name="Don't run").click()
        assert submits(simulator) == 1
        page.click("#run")
        page.locator("dialog").get_by_role("button", name="Run", exact=True).click()  # a second, intended run
        wait_until(page, lambda: submits(simulator) == 2)


def test_several_jobs_at_once_and_a_cancel(page: Page, tmp_path: Path) -> None:
    simulator = simulate(queued=3600)
    with playground_page(page, tmp_path, simulator) as served:
        open_model(page, served)
        page.click("#example")
        for number in range(3):
            page.fill('#inputs > [data-name="prompt"] textarea', f"Snow {number}.")
            page.click("#run")
            page.wait_for_selector(f"#runs > article:nth-of-type({number + 1})")
        assert page.locator("#runs > article.busy").count() == 3
        first = page.locator("#runs > article").first
        page.wait_for_selector("#runs > article:first-of-type [data-act=cancel]")
        first.get_by_role("button", name="Cancel").click()
        page.wait_for_selector("#runs > article.idle")
        assert "Cancelled" in first.inner_text() and page.locator("#runs > article.busy").count() == 2
        assert sorted(job.inputs["prompt"] for job in simulator.accepted) == ["Snow 0.", "Snow 1.", "Snow 2."]
