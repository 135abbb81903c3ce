"""The form of a model in a browser: every kind of field, files, the keyboard, and the generated code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.playground.fake_api import PNG
from tests.playground.form_page import code, field, inputs, open_model, wait_for_inputs, wait_until
from tests.playground.harness import playground_page, simulate

if TYPE_CHECKING:
    from playwright.sync_api import Page


def fill_single_fields(page: Page) -> None:
    """Fill text, number, choice and switch; check that an invalid value is reported next to its field."""
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


def test_the_form_of_every_kind_of_field(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    simulator = simulate()
    with playground_page(page, tmp_path / "out", simulator) as served:
        open_model(page, served)
        assert inputs(page) == {}  # server defaults are shown, and not sent
        assert page.locator("#inputs .problem:visible").count() == 0  # no field has been changed yet
        assert field(page, "duration").locator("input[type=number]").get_attribute("placeholder") == "10"
        fill_single_fields(page)
        field(page, "start_image_url").locator("input[type=file]").set_input_files(photo)
        page.locator(".preview img").wait_for()
        wait_until(page, lambda: page.locator(".preview img").evaluate("image => image.naturalWidth") == 1)
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
        page.reload()  # the form is restored
        wait_for_inputs(page, wanted)
        page.click("#run")
        page.wait_for_selector("#runs > article.good")
        sent = simulator.accepted[0].inputs
        assert {**wanted, "start_image_url": sent["start_image_url"]} == sent and sent["start_image_url"].startswith("https://")
        page.click("#clear")
        wait_for_inputs(page, {})


def test_files_are_dropped_into_a_list(page: Page, tmp_path: Path) -> None:
    with playground_page(page, tmp_path, simulate()) as served:
        open_model(page, served, "openai/gpt-image-2.5/flare/edit")
        drop = """(list, bytes) => {
            const data = new DataTransfer();
            for (const name of ["a.png", "b.png"]) data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            const options = {dataTransfer: data, bubbles: true, cancelable: true};
            for (const type of ["dragover", "drop"]) list.dispatchEvent(new DragEvent(type, options));
        }"""
        field(page, "images").evaluate(drop, list(PNG))
        wait_until(page, lambda: [Path(one).name for one in inputs(page).get("images", ())] == ["a.png", "b.png"])
        assert page.locator(".preview img").count() == 2


def test_free_json_choices_and_texts_without_a_shape(page: Page, tmp_path: Path) -> None:
    with playground_page(page, tmp_path, simulate()) as served:
        open_model(page, served, "kling/kling-3.0/pro/image-to-video")
        page.click("#example")
        field(page, "multi_prompt").locator("textarea").fill('[{"prompt": "a", "seed": 9007199254740993}]')
        wait_until(page, lambda: inputs(page).get("multi_prompt") == [{"prompt": "a", "seed": 9007199254740993}])
        field(page, "multi_prompt").locator("textarea").fill("[1, 2")
        page.keyboard.press("Tab")
        page.wait_for_selector('[data-name="multi_prompt"] .problem:visible')
        assert "not JSON" in field(page, "multi_prompt").locator(".problem").inner_text()
        page.goto(f"{served.url}models/bytedance/seedance-2.0/pro")
        choice = page.locator("#inputs [data-kind=radio]:has([data-default])").first
        name = choice.get_attribute("data-name")
        choice.locator("label:has(input:not([data-default]))").first.click()
        wait_until(page, lambda: name in inputs(page))
        choice.locator("label:has([data-default])").click()
        wait_for_inputs(page, {})


def test_with_the_keyboard_only(page: Page, tmp_path: Path) -> None:
    simulator = simulate()
    with playground_page(page, tmp_path, simulator) as served:
        page.goto(served.url)
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
