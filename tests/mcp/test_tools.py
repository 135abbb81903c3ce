"""The eight tools, called by the official client in both eras of the protocol."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from runcomfy_client.catalog import all_documents
from runcomfy_client.mcp import job_tools
from runcomfy_client.quotes.budget import Budget
from runcomfy_client.simulator import Delay, Fault, JobFails, NeverFinishes, OutputIs, Reply

from tests.mcp.harness import ERAS, GOOD, KLING, NEVER, agree, connected_client, running_server, simulate, submits

TOOLS = {"find_models", "describe_model", "quote", "submit", "job", "save", "cancel", "balance"}
MAX_BYTES = 3000 * 4  # a token is about four bytes


@pytest.mark.parametrize("era", ERAS)
def test_the_lifecycle_of_a_job(era: str, tmp_path: Path) -> None:
    simulator = simulate()

    async def live() -> None:
        async with running_server(simulator, tmp_path) as server, connected_client(server, era, agree) as call:
            found = await call("find_models", words="kling image", category="image-to-video", medium="video")
            assert KLING in [row["id"] for row in found["data"]] and found["total"] >= 3
            described = await call("describe_model", model=KLING)
            assert described["data"]["inputs"]["properties"]["duration"]["maximum"] == 15
            bad = await call.result("quote", model=KLING, inputs={"promt": "x", "duration": 99})
            assert bad.is_error
            assert [one["field"] for one in bad.structured_content["problems"]] == [
                "prompt",
                "start_image_url",
                "duration",
                "promt",
            ]
            quoted = await call("quote", model=KLING, inputs=GOOD)
            assert quoted["data"]["will_send"] == GOOD and quoted["price"] and submits(simulator) == 0
            submitted = await call("submit", quote_id=quoted["quote_id"])
            again = await call("submit", quote_id=quoted["quote_id"])
            assert submitted["request_id"] == again["request_id"] == simulator.accepted[0].request_id
            done = await call("job", request_id=submitted["request_id"], wait=10)
            assert done["state"] == "succeeded" and done["cost_usd"] and done["files"][0]["url"] == done["data"]["output"]["video"]
            assert await call("job", request_id=quoted["quote_id"]) == done  # the id of the quote works as well, without waiting
            saved = await call.result("save", request_id=submitted["request_id"])
            path = Path(saved.structured_content["files"][0]["path"])
            assert path.parent == tmp_path and path.stat().st_size == saved.structured_content["files"][0]["bytes"] > 0
            assert [block.type for block in saved.content] == ["text", "resource_link"]  # never the bytes of a video
            assert (await call("save", request_id=submitted["request_id"]))["files"] == saved.structured_content["files"]
            late = await call("cancel", request_id=submitted["request_id"])
            assert late["state"] == "not cancelled"
            left = await call("balance")
            assert left["balance_usd"].startswith("$") and "1 of 100 submits" in left["budget"]

    asyncio.run(live())
    assert submits(simulator) == 1


def test_the_tool_definitions_are_few_and_short(tmp_path: Path) -> None:
    async def listed() -> list[Any]:
        async with running_server(simulate(), tmp_path) as server, connected_client(server) as call:
            return list((await call.client.list_tools()).tools)

    tools = asyncio.run(listed())
    assert {tool.name for tool in tools} == TOOLS
    text = json.dumps([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools])
    assert len(text) < MAX_BYTES
    by_name = {tool.name: tool for tool in tools}
    assert all(tool.output_schema and tool.annotations and tool.title for tool in tools)
    assert {name for name, tool in by_name.items() if tool.annotations.read_only_hint} == {
        "find_models",
        "describe_model",
        "job",
        "balance",
    }
    assert {name for name, tool in by_name.items() if tool.annotations.destructive_hint} == {"submit", "cancel"}
    assert all(tool.annotations.idempotent_hint for tool in tools)


def test_models_are_found_page_by_page(tmp_path: Path) -> None:
    async def pages() -> list[str]:
        async with running_server(simulate(), tmp_path) as server, connected_client(server) as call:
            found: list[str] = []
            offset: int | None = 0
            while offset is not None:
                page = await call("find_models", offset=offset)
                found += [row["id"] for row in page["data"]]
                offset = page.get("next_offset")
            nothing = await call("find_models", words="no such thing at all")
            assert nothing["total"] == 0 and "No model matches" in nothing["next_step"]
            assert (await call("find_models", max_usd=0))["total"] == 0
            return found

    assert asyncio.run(pages()) == [document.model_id for document in all_documents()]


@pytest.mark.parametrize("tool", ["describe_model", "quote"])
def test_an_unknown_model_gets_suggestions(tool: str, tmp_path: Path) -> None:
    more: dict[str, Any] = {"inputs": {}} if tool == "quote" else {}

    async def main() -> Any:
        async with running_server(simulate(), tmp_path) as server, connected_client(server) as call:
            return await call.result(tool, model="kling/kling-3.0/standard/image-to-vide", **more)

    found = asyncio.run(main())
    assert found.is_error and KLING in found.structured_content["data"]


@pytest.mark.parametrize("era", ERAS)
def test_a_wait_that_times_out_has_a_next_step(era: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", NeverFinishes()))
    seen: list[tuple[float, float | None, str | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async def wait() -> Any:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server, era) as call:
            submitted = await call("submit", quote_id=await call.quote())
            found = await call.client.call_tool(
                "job", {"request_id": submitted["request_id"], "wait": 0.3}, progress_callback=on_progress
            )
            assert not found.is_error
            return found.structured_content

    output = asyncio.run(wait())
    assert output["state"] == "running" and output["request_id"] == simulator.accepted[0].request_id
    assert output["request_id"] in output["next_step"] and "never submit it again" in output["next_step"]
    assert seen and seen[-1][1] == 0.3 and "running" in str(seen[-1][2])


def test_a_wait_of_more_than_45_seconds_is_rejected(tmp_path: Path) -> None:
    async def main() -> Any:
        async with running_server(simulate(), tmp_path) as server, connected_client(server) as call:
            return await call.result("job", request_id="x", wait=46)

    assert asyncio.run(main()).is_error


@pytest.mark.parametrize("era", ERAS)
def test_a_queued_job_is_cancelled(era: str, tmp_path: Path) -> None:
    simulator = simulate(queued=1000)

    async def cancelled() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server, era) as call:
            submitted = await call("submit", quote_id=await call.quote())
            assert (await call("job", request_id=submitted["request_id"]))["state"] == "queued"
            assert (await call("cancel", request_id=submitted["request_id"]))["state"] == "cancelled"
            assert (await call("job", request_id=submitted["quote_id"], wait=1))["state"] == "cancelled"

    asyncio.run(cancelled())


def test_a_failed_job_is_reported_with_its_reason_as_data(tmp_path: Path) -> None:
    async def failed() -> Any:
        async with running_server(simulate(Fault("submit", JobFails("no face"))), tmp_path, confirm=NEVER) as server:
            async with connected_client(server) as call:
                submitted = await call("submit", quote_id=await call.quote())
                await call("job", request_id=submitted["request_id"], wait=5)
                return await call("job", request_id=submitted["quote_id"], wait=5)

    output = asyncio.run(failed())
    assert output["state"] == "failed" and "no face" in output["data"]["error"] and "no face" not in output["next_step"]


def test_a_small_image_is_shown_inline(tmp_path: Path) -> None:
    model = "wan-ai/wan-2.7/text-to-image"
    simulator = simulate()

    async def saved() -> Any:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quoted = await call("quote", model=model, inputs={"prompt": "Noon."})
            submitted = await call("submit", quote_id=quoted["quote_id"])
            await call("job", request_id=submitted["request_id"], wait=5)
            return await call.result("save", request_id=submitted["request_id"])

    found = asyncio.run(saved())
    images = [block for block in found.content if block.type == "image"]
    path = Path(found.structured_content["files"][0]["path"])
    assert len(images) == 1 and base64.b64decode(images[0].data) == path.read_bytes()


def test_a_job_submitted_elsewhere_is_accessible_by_its_id(tmp_path: Path) -> None:
    simulator = simulate()

    async def looked() -> None:
        async with running_server(simulator, tmp_path / "a", confirm=NEVER) as server, connected_client(server) as call:
            submitted = await call("submit", quote_id=await call.quote())
        async with running_server(simulator, tmp_path / "b", Budget()) as server, connected_client(server) as call:
            assert (await call("job", request_id=submitted["request_id"], wait=5))["state"] == "succeeded"
            assert (await call("save", request_id=submitted["request_id"]))["state"] == "saved"
            refused = await call.result("cancel", request_id=submitted["request_id"])
            assert refused.is_error and "without a budget" in refused.structured_content["next_step"]
            unknown = await call.result("job", request_id="no-such-request")
            assert unknown.is_error and "don't submit" in unknown.structured_content["next_step"]

    asyncio.run(looked())


@pytest.mark.parametrize(("tool", "more"), [("job", {}), ("job", {"wait": 40}), ("save", {}), ("cancel", {})])
def test_an_unknown_id_is_reported_at_once(tool: str, more: dict[str, Any], tmp_path: Path) -> None:
    simulator = simulate()

    async def asked() -> Any:
        async with running_server(simulator, tmp_path) as server, connected_client(server) as call:
            return await call.result(tool, request_id="q_nothing", **more)

    found = asyncio.run(asked())
    assert found.is_error and found.structured_content["state"] == "unknown to this server"
    assert "does not know this request id" in found.structured_content["next_step"]
    assert len(simulator.calls) == 1


def test_a_new_job_that_the_api_does_not_know_yet_is_not_an_error(tmp_path: Path) -> None:
    simulator = simulate(Fault("status", Reply(404), times=3))

    async def asked() -> tuple[Any, Any]:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            submitted = await call("submit", quote_id=await call.quote())
            looked = await call("job", request_id=submitted["request_id"])
            return looked, await call("job", request_id=submitted["request_id"], wait=5)

    looked, waited = asyncio.run(asked())
    assert "in a minute" in looked["next_step"] and waited["state"] == "succeeded"


def test_saving_a_running_job_returns_at_once(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", NeverFinishes()))

    async def saved() -> Any:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            submitted = await call("submit", quote_id=await call.quote())
            return await call.result("save", request_id=submitted["request_id"])

    found = asyncio.run(saved())
    assert found.is_error and found.structured_content["state"] == "running"
    assert "has not ended" in found.structured_content["next_step"]
    assert [call.point for call in simulator.calls] == ["submit", "status"]


def test_an_unresponsive_api_is_reported_before_the_client_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_tools, "_CALL_TIMEOUT", 0.05)
    points: tuple[Literal["status", "cancel", "balance"], ...] = ("status", "cancel", "balance")
    simulator = simulate(*(Fault(point, Delay(30), times=None) for point in points))

    async def asked() -> list[Any]:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            submitted = await call("submit", quote_id=await call.quote())
            known = {"request_id": submitted["request_id"]}
            return [await call.result("job", **known), await call.result("cancel", **known), await call.result("balance")]

    for found in asyncio.run(asked()):
        assert found.is_error and "did not respond" in found.structured_content["data"]["error"]


def test_a_long_download_continues_over_several_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = simulate(Fault("download", Delay(0.5), times=None))

    async def saved() -> list[Any]:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            known = {"request_id": (await call("submit", quote_id=await call.quote()))["request_id"]}
            await call("job", **known, wait=5)
            left = asyncio.create_task(call("save", **known))
            while not server.app.downloads:
                await asyncio.sleep(0)
            left.cancel()  # the client times out, and the download continues
            monkeypatch.setattr(job_tools, "_DOWNLOAD_WAIT", 0.0)
            short = await call("save", **known)
            monkeypatch.setattr(job_tools, "_DOWNLOAD_WAIT", 45.0)
            return [short, await call("save", **known)]

    short, done = asyncio.run(saved())
    assert short["state"] == "saving" and "again" in short["next_step"]
    assert done["state"] == "saved" and Path(done["files"][0]["path"]).exists()
    assert sum(call.point == "download" for call in simulator.calls) == 1


def test_an_output_without_files_is_reported(tmp_path: Path) -> None:
    async def done() -> Any:
        async with running_server(simulate(Fault("submit", OutputIs({"seed": 7}))), tmp_path, confirm=NEVER) as server:
            async with connected_client(server) as call:
                submitted = await call("submit", quote_id=await call.quote())
                return await call("job", request_id=submitted["request_id"], wait=5)

    result = asyncio.run(done())
    assert result["state"] == "succeeded" and result["data"]["output"] == {"seed": 7} and result["files"] == []
