"""The pages in a real browser: the life of a job, the form, the code, the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from runcomfy_client.batch.states import Stage
from runcomfy_client.catalog import document_of
from runcomfy_client.simulator import ManualClock, Simulator

from tests.playground.fake_api import PNG
from tests.playground.harness import KLING, Served, playing, simulate, submits, visiting
from tests.playground.test_money import stages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

LIVES = (
    ("kling/kling-3.0/standard/image-to-video", "video"),
    ("wan-ai/wan-2.7/text-to-image", "img"),
    ("acestep-ai/ace-step-1.5/text-to-audio", "audio"),
    ("openai/gpt-image-2.5/flare/edit", "img"),
    ("lightricks/ltx-2.5/audio-to-video/pro", "video"),
)


def open_model(page: Page, served: Served, model: str = KLING) -> None:
    """Let the browser in, and open the page of a model."""
    page.goto(served.open_url)
    page.goto(f"{served.url}models/{model}")


def field(page: Page, name: str) -> Locator:
    """A field of the form by its documented name."""
    return page.locator(f'#inputs > [data-name="{name}"]')


def code(page: Page, key: str = "batch") -> Any:
    """The code that the page shows; a line of a batch as JSON."""
    text = page.locator(f"#code-{key}").text_content() or ""
    return json.loads(text) if key in ("batch", "mcp") else text


def inputs(page: Page) -> Any:
    """The inputs that the code of the page would send."""
    return code(page)["inputs"]


def until(page: Page, is_so: Callable[[], object]) -> None:
    """Wait until something is so. The page's policy forbids playwright's own way, which evaluates texts in it."""
    for _ in range(600):
        if is_so():
            return
        page.wait_for_timeout(25)
    assert is_so()


def wait_for_inputs(page: Page, wanted: dict[str, Any]) -> None:
    """Wait until the code has followed the form."""
    until(page, lambda: inputs(page) == wanted)


@pytest.mark.parametrize(("model", "shown"), LIVES, ids=[one[0] for one in LIVES])
def test_the_life_of_a_job(model: str, shown: str, page: Page, tmp_path: Path) -> None:
    clock = ManualClock()
    simulator = simulate(queued=30, running=60, clock=clock)
    with visiting(page, tmp_path, simulator) as served:
        open_model(page, served, model)
        page.click("#example")
        page.click("#run")
        run = page.locator("#runs > article").first
        for state, seconds in (("In the queue, place 3", 20), ("In the queue, place 1", 20), ("Running", 60), ("Done", 0)):
            run.locator(".state").filter(has_text=state).wait_for()
            clock.sleep(seconds)
        output = run.locator(f"figure {shown}")
        ready = "one => one.complete ? one.naturalWidth > 0 : one.readyState > 0 && one.duration > 0"
        output.evaluate(
            "one => new Promise(done => { one.onloadedmetadata = one.onload = done; if (one.complete || one.readyState) done(); })"
        )
        assert output.evaluate(ready)
        with page.expect_download() as download:
            run.get_by_role("link", name="Download").click()
        assert download.value.path().stat().st_size > 100 and download.value.suggested_filename.partition(".")[2]
        accepted = simulator.accepted
        assert [(job.model_id, job.inputs) for job in accepted] == [(model, document_of(model).raw["example"])]
        facts = run.locator(".facts").inner_text()
        assert accepted[0].request_id in facts and "simulated" in facts and "Cost" in facts
        page.goto(f"{served.url}runs")
        assert page.locator("article.good").count() == 1
    with visiting(page, tmp_path, simulator) as served:  # the page, and all of the playground, begin anew
        open_model(page, served, model)
        again = page.locator("#runs > article.good")
        assert again.locator(f"figure {shown}").count() == 1 and accepted[0].request_id in again.inner_text()
        again.get_by_role("link", name="Use its inputs").click()
        wait_for_inputs(page, document_of(model).raw["example"])
    assert submits(simulator) == 1


def test_a_double_click_a_reload_and_two_tabs_are_one_post(page: Page, tmp_path: Path) -> None:
    simulator = simulate(running=3600)
    with visiting(page, tmp_path, simulator) as served:
        open_model(page, served)
        page.click("#example")
        example = document_of(KLING).raw["example"]
        page.route("**/api/runs/*/submit", lambda route: None)  # a reload between the quote and the submit: nothing was sent
        page.click("#run")
        until(page, lambda: stages(tmp_path) == [Stage.PLANNED])
        page.reload()
        page.unroute("**/api/runs/*/submit")
        wait_for_inputs(page, example)
        page.dblclick("#run")
        until(page, lambda: submits(simulator) == 1)
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
        assert "runs already" in other.locator("dialog").inner_text() and submits(simulator) == 1
        other.keyboard.press("Escape")
        page.click("#run")
        page.get_by_role("button", name="Don't run").click()
        assert submits(simulator) == 1
        page.click("#run")
        page.locator("dialog").get_by_role("button", name="Run", exact=True).click()  # a second one, as asked for
        until(page, lambda: submits(simulator) == 2)


def test_several_jobs_at_once_and_a_cancel(page: Page, tmp_path: Path) -> None:
    simulator = simulate(queued=3600)
    with visiting(page, tmp_path, simulator) as served:
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


def test_the_form_of_every_kind_of_field(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    simulator = simulate()
    with visiting(page, tmp_path / "out", simulator) as served:
        open_model(page, served)
        assert inputs(page) == {}  # server defaults are shown, and not sent
        assert page.locator("#inputs .problem:visible").count() == 0  # nobody has touched anything yet
        assert field(page, "duration").locator("input[type=number]").get_attribute("placeholder") == "10"
        page.click("#run")
        field(page, "prompt").get_by_text("missing; this input is required").wait_for()
        assert page.evaluate("document.activeElement.closest('[data-kind]').dataset.name") == "prompt"
        field(page, "prompt").locator("textarea").fill("Snow falls.")
        field(page, "duration").locator("input[type=range]").fill("8")
        field(page, "generate_audio").locator("input").uncheck()
        field(page, "cfg_scale").locator("input[type=number]").fill("7")
        page.keyboard.press("Tab")
        field(page, "cfg_scale").get_by_text("7 is more than the maximum, 1").wait_for()
        field(page, "cfg_scale").locator("input[type=number]").fill("0.25")
        field(page, "start_image_url").locator("input[type=file]").set_input_files(photo)
        page.locator(".preview img").wait_for()
        until(page, lambda: page.locator(".preview img").evaluate("image => image.naturalWidth") == 1)
        path = field(page, "start_image_url").locator("input[type=text]").input_value()
        assert path.endswith("/photo.png")

        scenes = field(page, "multi_prompt")
        for number, seconds in ((0, 3), (1, 4)):
            scenes.get_by_role("button", name="Add multi prompt").click()
            item = scenes.locator(":scope > .items > li").nth(number)
            item.locator("textarea").fill(f"Scene {number}.")
            item.locator("input[type=number]").fill(str(seconds))
        scenes.locator(".total.off").get_by_text("duration 7 of 8").wait_for()
        page.wait_for_selector("#form-problem:visible")
        assert "add up to 7" in page.locator("#form-problem").inner_text()
        scenes.locator("input[type=number]").nth(1).fill("5")
        page.wait_for_selector(".total:not(.off)")
        scenes.get_by_role("button", name="Move down").first.click()
        elements = field(page, "elements")
        elements.get_by_role("button", name="Add element").click()
        elements.get_by_role("button", name="Add reference image URL").click()
        elements.get_by_role("button", name="Add reference image URL").click()
        elements.locator('[data-name="reference_image_urls"] li').nth(1).locator("input[type=text]").fill(
            "https://example.com/b.png"
        )
        elements.locator('[data-name="reference_image_urls"] li').nth(0).get_by_role("button", name="Remove").click()

        wanted = {
            "prompt": "Snow falls.",
            "multi_prompt": [{"prompt": "Scene 1.", "duration": 5}, {"prompt": "Scene 0.", "duration": 3}],
            "start_image_url": str(tmp_path / "out" / "uploads" / path),
            "duration": 8,
            "generate_audio": False,
            "elements": [{"reference_image_urls": ["https://example.com/b.png"]}],
            "cfg_scale": 0.25,
        }
        wait_for_inputs(page, wanted)
        assert f'start_image_url=Path("{tmp_path}/out/uploads/{path}")' in code(page, "python")
        page.reload()  # the form is as it was
        wait_for_inputs(page, wanted)
        page.click("#run")
        page.wait_for_selector("#runs > article.good")
        sent = simulator.accepted[0].inputs
        assert {**wanted, "start_image_url": sent["start_image_url"]} == sent and sent["start_image_url"].startswith("https://")
        page.click("#clear")
        wait_for_inputs(page, {})


def test_files_are_dropped_into_a_list(page: Page, tmp_path: Path) -> None:
    with visiting(page, tmp_path, simulate()) as served:
        open_model(page, served, "openai/gpt-image-2.5/flare/edit")
        drop = """(list, bytes) => {
            const data = new DataTransfer();
            for (const name of ["a.png", "b.png"]) data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            const options = {dataTransfer: data, bubbles: true, cancelable: true};
            for (const type of ["dragover", "drop"]) list.dispatchEvent(new DragEvent(type, options));
        }"""
        field(page, "images").evaluate(drop, list(PNG))
        until(page, lambda: [Path(one).name for one in inputs(page).get("images", ())] == ["a.png", "b.png"])
        assert page.locator(".preview img").count() == 2


def test_free_json_choices_and_texts_without_a_shape(page: Page, tmp_path: Path) -> None:
    with visiting(page, tmp_path, simulate()) as served:
        open_model(page, served, "kling/kling-3.0/pro/image-to-video")
        page.click("#example")
        field(page, "multi_prompt").locator("textarea").fill('[{"prompt": "a", "seed": 9007199254740993}]')
        until(page, lambda: inputs(page).get("multi_prompt") == [{"prompt": "a", "seed": 9007199254740993}])
        field(page, "multi_prompt").locator("textarea").fill("[1, 2")
        page.keyboard.press("Tab")
        page.wait_for_selector('[data-name="multi_prompt"] .problem:visible')
        assert "not JSON" in field(page, "multi_prompt").locator(".problem").inner_text()
        page.goto(f"{served.url}models/bytedance/seedance-2.0/pro")
        choice = page.locator("#inputs [data-kind=radio]:has([data-default])").first
        name = choice.get_attribute("data-name")
        choice.locator("label:has(input:not([data-default]))").first.click()
        until(page, lambda: name in inputs(page))
        choice.locator("label:has([data-default])").click()
        wait_for_inputs(page, {})


def test_by_keyboard_alone(page: Page, tmp_path: Path) -> None:
    simulator = simulate()
    with visiting(page, tmp_path, simulator) as served:
        page.goto(served.open_url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.locator("#filters input[type=search]").focus()
        page.keyboard.type("wan-2.7/text-to-image")
        assert page.locator("#cards > li:visible").count() == 1
        while page.evaluate("document.activeElement.className") != "card":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#example")
        page.locator('[data-name="prompt"] textarea').focus()
        page.keyboard.type("Noon.")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#runs > article.good")
        page.locator("[role=tab]").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("pre[role=tabpanel]:visible").get_attribute("id") == "code-cli"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert page.locator("[role=tab]:focus").inner_text() == "MCP"
    assert [job.inputs for job in simulator.accepted] == [{"prompt": "Noon."}]


def test_the_catalogue_without_scripts(browser: Browser, tmp_path: Path) -> None:
    with playing(tmp_path, simulate()) as served:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(served.open_url)
        page.fill("input[type=search]", "kling")
        page.get_by_role("button", name="Find").click()
        shown = page.locator("#cards > li:visible")
        assert 0 < shown.count() < 96 and all("kling" in text.lower() for text in shown.all_inner_texts())
        shown.first.locator("a").click()
        assert page.locator("#inputs [data-kind]").count() > 3 and page.locator("pre[role=tabpanel]:visible").count() == 5
        context.close()


def test_filters_of_the_catalogue(page: Page, tmp_path: Path) -> None:
    with visiting(page, tmp_path, simulate()) as served:
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
        assert page.locator("#cards > li:visible .usd").all_inner_texts() == ["$0.17 a second"]


def test_first_paint_is_small(page: Page, tmp_path: Path) -> None:
    with visiting(page, tmp_path, Simulator()) as served:
        page.goto(served.open_url)
        sizes: list[int] = []
        fresh = page.context.new_page()
        fresh.on("response", lambda response: sizes.append(len(response.body()) + sum(map(len, response.headers.values()))))
        fresh.goto(f"{served.url}models/{KLING}", wait_until="networkidle")
        assert 3 < len(sizes) < 20 and sum(sizes) < 200_000, sizes
