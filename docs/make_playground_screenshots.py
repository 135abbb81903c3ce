"""Makes docs/playground-light.png and docs/playground-dark.png from a real run of the playground, against the simulator.

    python docs/make_playground_screenshots.py [FOLDER]

It needs the client with its extra `playground`, playwright, Pillow, and a Chrome, Chromium or Edge.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.playground.browser import FLAGS, find_browser

MODEL = "bytedance/seedance-2.5/image-to-video/480p"
WIDTH, HEIGHT = 1440, 1080
INPUTS = {
    "prompt": "Waves break below a cliff at golden hour. The camera dollies in, slowly, past gulls and spray.",
    "image": "https://example.com/cliff.png",
    "duration": "8",
}


@contextmanager
def playground(out: str) -> Iterator[str]:
    """Start the playground; return the address that opens it."""
    command = [sys.executable, "-m", "runcomfy_client", "playground", "--no-open", "--json", "--out", out]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def picture(browser: Browser, scheme: Literal["light", "dark"]) -> bytes:
    """Run a model, begin another run of it, and take a picture."""
    with tempfile.TemporaryDirectory() as folder, playground(folder) as url:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme, device_scale_factor=1.25)
        page.goto(url)
        page.goto(f"{url.partition('open')[0]}models/{MODEL}")
        page.click("#example")
        for name, value in INPUTS.items():
            control = page.locator(f'#inputs > [data-name="{name}"]').locator("textarea, input[type=text], input[type=number]")
            control.fill(value)
        page.click("#run")
        page.locator("article.good video").wait_for()
        page.locator("article.good video").evaluate("video => { video.currentTime = 1.2; video.controls = false; }")
        page.mouse.move(5, HEIGHT - 5)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0); document.querySelector('#status').textContent = ''")
        page.wait_for_timeout(600)
        taken = page.screenshot()
        page.close()
    return taken


def main(arguments: list[str]) -> None:
    """Make both pictures."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        schemes: tuple[Any, ...] = ("light", "dark")
        for scheme in schemes:
            image = Image.open(io.BytesIO(picture(browser, scheme))).convert("RGB")
            image.save(folder / f"playground-{scheme}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
