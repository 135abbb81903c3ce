"""The form of every model opens in a browser, accepts the sample, and runs against the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_client import Policy
from runcomfy_client.catalog import all_documents

from tests.playground.harness import playground_page, simulate
from tests.playground.test_money import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUN = """async () => {
    const run = document.querySelector("#run");
    document.querySelector("#example").click();
    run.click();
    for (let turn = 0; turn < 500; turn++) {
        const problems = [...document.querySelectorAll(".problem:not([hidden])")].map(one => one.textContent).filter(Boolean);
        if (problems.length || document.querySelector("#runs > article")) return problems;
        await new Promise(done => setTimeout(done, 40));
    }
    return ["nothing happened"];
}"""


def test_every_model_opens_is_filled_and_runs(page: Page, tmp_path: Path) -> None:
    simulator = simulate(running=3600)
    with playground_page(page, tmp_path, simulator, policy=Policy(poll_initial=60)) as served:
        page.goto(served.url)
        names = {card.get_attribute("href") for card in page.locator("a.card").all()}
        problems: dict[str, list[str]] = {}
        for document in all_documents():
            page.goto(f"{served.url}models/{document.model_id}", wait_until="domcontentloaded")
            found = page.evaluate(RUN)
            if found:
                problems[document.model_id] = found
        assert problems == {}
        wait_for(lambda: len(simulator.accepted) == len(names))
        assert names == {f"/models/{document.model_id}" for document in all_documents()}
    wanted = {document.model_id: document.raw["example"] for document in all_documents()}
    assert {job.model_id: job.inputs for job in simulator.accepted} == wanted and len(simulator.accepted) == len(wanted)
