"""Pages for screen readers, keyboards, and small and large screens; and hostile text in pages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_client.catalog import all_documents, model_class
from runcomfy_client.playground.catalog import Models
from runcomfy_client.simulator import Drop, Fault, JobFails, OutputIs

from tests.playground.harness import KLING, URL, RunningPlayground, playground_page, simulate, submits
from tests.playground.hostile_models import TEXTS, hostile_model, large_model, many_models
from tests.playground.test_money import post, quote, wait_for_end

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WIDTHS = (360, 768, 1024, 1440, 2560)


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Return the violations of WCAG 2.2 A and AA that axe finds: all rules in the light theme, colours also in the dark theme."""
    page.evaluate(AXE)
    found: list[Any] = []
    for scheme, rules in (("light", RULES), ("dark", {"type": "rule", "values": ["color-contrast"]})):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        run = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        found += page.evaluate(run, rules)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}" for one in found]


def run_all(served: RunningPlayground, count: int) -> None:
    """Submit jobs, and wait until they have ended."""
    with served.client() as client:
        for number in range(count):
            key = quote(client, prompt=f"Snow {number}.")
            post(client, f"/api/runs/{key}/submit", {})
            wait_for_end(served, key)


def test_no_accessibility_violation(page: Page, tmp_path: Path) -> None:
    faults = [
        Fault("submit", Drop(accepted=True)),
        Fault("submit", JobFails("no"), after=1),
        Fault("submit", OutputIs("a text"), after=2),
    ]
    simulator = simulate(*faults)
    with playground_page(page, tmp_path, simulator) as served:
        run_all(served, 4)
        page.goto(served.url)
        assert violations(page) == []
        page.goto(f"{served.url}runs")
        assert [page.locator(f"article.{tone}").count() for tone in ("warn", "bad", "good")] == [1, 1, 2]
        assert violations(page) == []
        page.goto(f"{served.url}models/{KLING}")
        for name in ("Add multi prompt", "Add element", "Add reference image URL"):
            page.get_by_role("button", name=name).click()
        page.click("#run")
        page.locator(".wrong").first.wait_for()
        assert violations(page) == []
        page.fill('#inputs > [data-name="prompt"] textarea', "Snow 0.")
        page.fill('#inputs > [data-name="start_image_url"] input[type=text]', URL)
        page.fill('#inputs > [data-name="duration"] input[type=number]', "5")
        for remove in page.locator("#inputs > .list > .items > li > .tools > [data-remove]").all():
            page.locator("#inputs > .list > .items > li > .tools > [data-remove]").first.click()
            del remove
        page.click("#run")
        page.locator("dialog[open]").wait_for()  # the unknown job has the same inputs
        assert violations(page) == [] and submits(simulator) == 4


def overflows(page: Page) -> list[str]:
    """Return the elements that are wider than the page."""
    found: list[str] = page.evaluate("""() => {
        const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
        const past = one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".tabs, pre, .hidden, .skip");
        return wide ? [...document.querySelectorAll("body *")].filter(past).map(one => one.outerHTML.slice(0, 120)) : [];
    }""")
    return found


def test_nothing_is_wider_than_the_page(page: Page, tmp_path: Path) -> None:
    documents = [*many_models(500), large_model(60), *(one for one in all_documents() if one.model_id == KLING)]
    with playground_page(page, tmp_path, simulate(), models=Models(documents)) as served:
        run_all(served, 1)
        page.goto(served.url)
        assert page.locator("#cards > li").count() == 502
        page.fill("input[type=search]", "model-77/")
        assert page.locator("#cards > li:visible").count() == 1
        addresses = ("", "runs", f"models/{KLING}", "models/large/many-inputs/variant")
        for address in addresses:
            page.goto(f"{served.url}{address}")
            if address.startswith("models"):
                for add in page.locator("[data-add]").all()[:3]:
                    add.click()
                long = page.locator("#inputs textarea").first
                long.fill(f"{'A long prompt. ' * 300}{'x' * 500} {TEXTS[25]}")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert overflows(page) == [], (address, width)
        assert page.locator("#inputs > [data-kind]").count() == 60
        assert page.locator("#inputs textarea").first.evaluate("one => getComputedStyle(one).direction") == "ltr"
        page.locator("#inputs textarea").first.fill(TEXTS[25])
        assert page.locator("#inputs textarea").first.evaluate("one => getComputedStyle(one).direction") == "rtl"


def test_hostile_texts_of_models_are_escaped(page: Page, tmp_path: Path) -> None:
    each = 3
    documents = [hostile_model(number, TEXTS[number : number + each]) for number in range(0, len(TEXTS), each)]
    documents += [hostile_model(1000 + number, [text]) for number, text in enumerate(TEXTS)]
    with playground_page(page, tmp_path, simulate(), models=Models(documents, class_of=model_class)) as served:
        page.goto(served.url)
        assert page.locator("#cards > li").count() == len(documents)
        check_page(page)
        for number in range(0, len(TEXTS), each):
            page.goto(f"{served.url}models/evil/model-{number}", wait_until="domcontentloaded")
            page.locator("#example").click()
            for add in page.locator("#inputs > [data-kind=list] > .list-foot > [data-add]").all():
                add.click()
            wait_for_code(page)
            check_page(page)
            assert page.locator("#inputs > [data-kind]").count() == 1 + 6 * each and page.locator("#run").is_visible()


def wait_for_code(page: Page) -> None:
    """Wait until the code matches the form."""
    page.locator("#code-batch").filter(has_text='"prompt"').wait_for(state="attached")


def check_page(page: Page) -> None:
    """Check that no hostile text is active in a page."""
    found = page.evaluate("""() => {
        const elements = "iframe, base, meta[http-equiv], style, object, embed, [onload], [onerror], [onfocus], form[action*=':']";
        const address = one => one.href?.baseVal ?? one.href ?? one.src;
        const isOurs = one => address(one).startsWith(location.origin) || address(one).startsWith("/static/");
        return {
            hacked: window.hacked ?? null,
            scripts: document.querySelectorAll("script").length,
            foreign: document.querySelectorAll(elements).length,
            links: [...document.querySelectorAll("[href], [src]")].filter(one => !isOurs(one)).length,
            hidden: getComputedStyle(document.querySelector("main")).display === "none",
        };
    }""")
    page_script = 1 if "/models/" in page.url else 0
    assert found == {"hacked": None, "scripts": 1 + page_script, "foreign": 0, "links": 0, "hidden": False}


def test_hostile_outputs_inputs_and_errors_are_escaped(page: Page, tmp_path: Path) -> None:
    faults = [Fault("submit", OutputIs({"a": text, text: [text], "n": 5}), after=0) for text in TEXTS]
    simulator = simulate()
    with playground_page(page, tmp_path, simulator) as served:
        with served.client() as client:
            for number, text in enumerate(TEXTS):
                simulator.inject(faults[number] if number % 2 else Fault("submit", JobFails(text)))
                key = quote(client, prompt=text.replace("\0", ""))
                post(client, f"/api/runs/{key}/submit", {})
                wait_for_end(served, key)
        page.goto(f"{served.url}runs")
        assert page.locator("article.good").count() == 15 and page.locator("article.bad").count() == 15
        check_page(page)
        for card in page.locator("article h2 a").all()[:3]:
            address = card.get_attribute("href") or ""
            other = page.context.new_page()
            other.goto(f"{served.url.rstrip('/')}{address}")
            check_page(other)
        page.goto(f"{served.url}models/{KLING}?from={key}")
        wait_for_code(page)
        check_page(page)
