"""Money: confirmation, budgets, and one paid call per quote, even after repeated calls, lost responses and restarts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mcp.types import ElicitResult
from runcomfy_client.batch import BatchError, Stage
from runcomfy_client.batch.local_files import prepare_for_ledger
from runcomfy_client.catalog import request
from runcomfy_client.mcp import paid_tools
from runcomfy_client.mcp.settings import Confirm
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.book import QuoteBook
from runcomfy_client.quotes.budget import READ_ONLY, Budget, QuoteSpending, money
from runcomfy_client.simulator import Delay, Drop, Fault, Garbage, HalfBody, Reply, Simulator, Unreachable

from tests.mcp.harness import ERAS, GOOD, KLING, NEVER, QUICK, agree, connected_client, decline, running_server, simulate, submits

ALWAYS = Confirm()
PRICED = Estimate(Decimal("0.40"), False, "0.08 USD a second x 5 seconds")


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the estimate of every job to 40 cents."""
    monkeypatch.setattr(paid_tools, "estimate_of", lambda _request: PRICED)


async def one_submit(
    simulator: Simulator,
    out: Path,
    era: str = ERAS[1],
    elicit: Any = None,
    *,
    confirm: bool = False,
    settings_confirm: Confirm = ALWAYS,
    **settings: Any,
) -> Any:
    """Quote a job and submit it once; return the result."""
    async with (
        running_server(simulator, out, confirm=settings_confirm, **settings) as server,
        connected_client(server, era, elicit) as call,
    ):
        return await call.result("submit", quote_id=await call.quote(), confirm=confirm)


@pytest.mark.parametrize("era", ERAS)
def test_a_person_is_asked_once_with_the_price(era: str, tmp_path: Path, priced: None) -> None:
    simulator, asked = simulate(), list[str]()

    async def person(_context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={})

    found = asyncio.run(one_submit(simulator, tmp_path, era, person))
    assert not found.is_error and found.structured_content["state"] == "submitted"
    assert len(asked) == 1 and "$0.40" in asked[0] and KLING in asked[0] and GOOD["prompt"] in asked[0]
    assert submits(simulator) == 1


async def declines(_context: Any, _params: Any) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirm": False})


async def cancels(_context: Any, _params: Any) -> ElicitResult:
    return ElicitResult(action="cancel")


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("person", [decline, declines, cancels])
def test_without_consent_nothing_is_submitted(era: str, person: Any, tmp_path: Path) -> None:
    simulator = simulate()
    # the agent's `confirm` is ignored if a person can be asked
    found = asyncio.run(one_submit(simulator, tmp_path, era, person, confirm=True))
    assert found.is_error and found.structured_content["state"] == "not confirmed"
    assert submits(simulator) == 0


def test_without_a_reply_nothing_is_submitted_legacy(tmp_path: Path) -> None:
    simulator = simulate()

    async def silent(_context: Any, _params: Any) -> ElicitResult:
        await asyncio.sleep(60)
        raise AssertionError("the question is over by now")

    found = asyncio.run(one_submit(simulator, tmp_path, "legacy", silent, confirm_timeout=0.2))
    assert found.is_error and "did not reply in time" in found.structured_content["next_step"]
    assert submits(simulator) == 0


def test_without_a_reply_nothing_is_submitted_in_rounds(tmp_path: Path) -> None:
    simulator = simulate()

    async def main() -> None:
        async def silent(_context: Any, _params: Any) -> ElicitResult:
            await asyncio.sleep(60)
            raise AssertionError("the call was given up")

        async with running_server(simulator, tmp_path) as server, connected_client(server, elicit=silent) as call:
            quote_id = await call.quote()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call("submit", quote_id=quote_id), 0.3)
            assert (await call("job", request_id=quote_id))["state"] == "planned"

    asyncio.run(main())
    assert submits(simulator) == 0


@pytest.mark.parametrize("era", ERAS)
def test_a_client_that_cannot_ask_confirms_in_the_call(era: str, tmp_path: Path) -> None:
    simulator = simulate()

    async def main() -> None:
        async with running_server(simulator, tmp_path) as server, connected_client(server, era) as call:
            quote_id = await call.quote()
            found = await call.result("submit", quote_id=quote_id)
            assert found.is_error and "confirm true" in found.structured_content["next_step"] and submits(simulator) == 0
            assert (await call("submit", quote_id=quote_id, confirm=True))["state"] == "submitted"

    asyncio.run(main())
    assert submits(simulator) == 1


@pytest.mark.parametrize(
    ("confirm", "asks"), [("always", True), ("never", False), ("over:0.39", True), ("over:0.40", False), ("over 1", False)]
)
def test_whether_a_person_confirms_depends_on_the_price(confirm: str, asks: bool, tmp_path: Path, priced: None) -> None:
    found = asyncio.run(one_submit(simulate(), tmp_path, settings_confirm=Confirm.read(confirm)))
    assert found.is_error is asks


def test_an_unknown_price_always_requires_confirmation() -> None:
    assert Confirm.read("over:100").is_needed(None) and not NEVER.is_needed(None)


@pytest.mark.parametrize("text", ["", "sometimes", "over", "over:", "over:x", "over:-1", "over:nan", "over:1:2"])
def test_an_invalid_mode_is_rejected(text: str) -> None:
    with pytest.raises(ValueError):
        Confirm.read(text)


@pytest.mark.parametrize("elicit", [None, agree])
def test_without_a_budget_nothing_is_submitted(elicit: Any, tmp_path: Path) -> None:
    simulator = simulate()
    found = asyncio.run(one_submit(simulator, tmp_path, elicit=elicit, confirm=True, budget=Budget()))
    assert found.is_error and READ_ONLY in found.structured_content["next_step"]
    assert submits(simulator) == 0


def test_a_budget_in_dollars_applies_across_restarts(tmp_path: Path, priced: None) -> None:
    simulator = simulate(price_usd=0.40)

    async def main() -> list[Any]:
        states = []
        for number in range(5):
            async with running_server(simulator, tmp_path, Budget(max_usd=Decimal("1.00")), confirm=NEVER) as server:
                async with connected_client(server) as call:
                    found = await call.result("submit", quote_id=await call.quote(prompt=f"p{number}"))
                    states.append(found.structured_content["state"])
        return states

    assert asyncio.run(main()) == ["submitted", "submitted", "not sent", "not sent", "not sent"]
    assert submits(simulator) == 2


def test_a_known_cost_replaces_the_estimate(tmp_path: Path, priced: None) -> None:
    simulator = simulate(price_usd=0.10)

    async def main() -> None:
        async with running_server(simulator, tmp_path, Budget(max_usd=Decimal("0.50")), confirm=NEVER) as server:
            async with connected_client(server) as call:
                first = await call("submit", quote_id=await call.quote(prompt="a"))
                assert (await call.result("submit", quote_id=await call.quote(prompt="b"))).is_error
                await call("job", request_id=first["request_id"], wait=5)
                assert "$0.10 of $0.50" in (await call("balance"))["budget"]
                assert not (await call.result("submit", quote_id=await call.quote(prompt="b"))).is_error

    asyncio.run(main())


@pytest.mark.parametrize(("allow", "sent"), [(False, 0), (True, 1)])
def test_a_job_without_a_price_requires_allow_unpriced_under_a_budget_in_dollars(
    allow: bool, sent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paid_tools, "estimate_of", lambda _request: Estimate(None, False, "no price is published"))
    simulator = simulate()
    budget = Budget(max_usd=Decimal(5), allow_unpriced=allow)
    found = asyncio.run(one_submit(simulator, tmp_path, budget=budget, confirm=True))
    assert submits(simulator) == sent and found.is_error is not allow
    if not allow:
        assert "--allow-unpriced" in found.structured_content["next_step"]


def test_the_arithmetic_is_exact() -> None:
    budget = Budget(max_usd=Decimal("0.3"))
    assert (
        budget.refusal(Decimal("0.1"), QuoteSpending(Decimal("0.1") + Decimal("0.1"), 2)) is None
    )  # with floats, this would exceed the budget
    assert budget.refusal(Decimal("0.1000001"), QuoteSpending(Decimal("0.2"), 2)) is not None
    assert [money(Decimal(text)) for text in ("0", "5", "0.084", "1E+2", "12.50")] == [
        "$0.00",
        "$5.00",
        "$0.084",
        "$100.00",
        "$12.50",
    ]


@pytest.mark.parametrize("era", ERAS)
def test_an_agent_that_repeats_every_call_three_times_submits_once(era: str, tmp_path: Path) -> None:
    simulator = simulate()

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server, era) as call:
            quotes = [await call.quote() for _ in range(3)]
            output = [await call("submit", quote_id=quote_id) for quote_id in quotes]
            assert len({one["request_id"] for one in output}) == 1
            at_once = await asyncio.gather(*[call("submit", quote_id=quotes[0]) for _ in range(3)])
            assert {one["request_id"] for one in at_once} == {output[0]["request_id"]}

    asyncio.run(main())
    assert submits(simulator) == 1


def test_the_same_inputs_quoted_again_name_the_earlier_job(tmp_path: Path) -> None:
    async def main() -> None:
        async with running_server(simulate(), tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            first = await call("submit", quote_id=await call.quote())
            second = await call("quote", model=KLING, inputs=GOOD)
            assert second["quote_id"] != first["quote_id"] and first["request_id"] in second["next_step"]

    asyncio.run(main())


def test_two_servers_at_once_submit_a_quote_once(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Delay(0.2)), sleep=None)

    async def main() -> None:
        async with (
            running_server(simulator, tmp_path, confirm=NEVER) as one,
            running_server(simulator, tmp_path, confirm=NEVER) as other,
        ):
            async with connected_client(one) as call, connected_client(other, "legacy") as call_other:
                quote_id = await call.quote()
                output = await asyncio.gather(*[ask("submit", quote_id=quote_id) for ask in (call, call_other) * 3])
                assert {one["request_id"] for one in output} == {simulator.accepted[0].request_id}

    asyncio.run(main())
    assert submits(simulator) == 1


def test_two_servers_at_once_keep_one_budget(tmp_path: Path) -> None:
    simulator = simulate()

    async def main() -> None:
        budget = Budget(max_submits=3)
        async with (
            running_server(simulator, tmp_path, budget, confirm=NEVER) as one,
            running_server(simulator, tmp_path, budget, confirm=NEVER) as two,
        ):
            async with connected_client(one) as call, connected_client(two) as other:
                quotes = [await call.quote(prompt=f"p{number}") for number in range(8)]
                await asyncio.gather(
                    *[ask.result("submit", quote_id=key) for key, ask in zip(quotes, [call, other] * 4, strict=True)]
                )

    asyncio.run(main())
    assert submits(simulator) == 3


@pytest.mark.parametrize("fault", [Drop(accepted=True), Drop(accepted=False), HalfBody(), Garbage(), Reply(502), Reply(302)])
@pytest.mark.parametrize("era", ERAS)
def test_an_unknown_outcome_is_never_sent_again_and_the_agent_is_told_to_stop(era: str, fault: Any, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", fault))

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server, era) as call:
            quote_id = await call.quote()
            for _ in range(3):
                found = await call.result("submit", quote_id=quote_id, confirm=True)
                assert found.is_error and found.structured_content["state"] == "unknown"
                assert (
                    found.structured_content["next_step"].startswith("STOP.") and quote_id in found.structured_content["next_step"]
                )
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server, era) as call:
            assert (await call("submit", quote_id=quote_id))["state"] == "unknown"
            assert (await call("job", request_id=quote_id))["state"] == "unknown"

    asyncio.run(main())
    assert submits(simulator) == 1


@pytest.mark.parametrize(
    ("fault", "times"),
    [(Reply(401), 1), (Reply(402), 1), (Unreachable(), QUICK.max_attempts), (Reply(429, retry_after=100_000), 1)],
)
def test_an_unsent_quote_can_be_submitted_later(fault: Any, times: int, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", fault, times=times))

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quote_id = await call.quote()
            found = await call.result("submit", quote_id=quote_id)
            assert found.is_error and found.structured_content["state"] == "not sent" and found.structured_content["data"]["error"]
            assert "0 of 100" in (await call("balance"))["budget"]
            assert (await call("submit", quote_id=quote_id))["state"] == "submitted"

    asyncio.run(main())
    assert len(simulator.accepted) == 1


def test_a_refused_job_is_reported_and_not_counted(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(422)))

    async def main() -> None:
        async with (
            running_server(simulator, tmp_path, Budget(max_submits=1), confirm=NEVER) as server,
            connected_client(server) as call,
        ):
            assert (await call("submit", quote_id=await call.quote(prompt="a")))["state"] == "refused"
            assert (await call("submit", quote_id=await call.quote(prompt="b")))["state"] == "submitted"

    asyncio.run(main())


def test_a_caller_that_disconnects_does_not_interrupt_the_paid_call(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Delay(0.3)), sleep=None)

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quote_id = await call.quote()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call("submit", quote_id=quote_id), 0.05)
            assert (await call("submit", quote_id=quote_id))["request_id"] == simulator.accepted[0].request_id

    asyncio.run(main())
    assert submits(simulator) == 1


def test_a_server_that_is_stopped_records_the_id_of_the_submit_in_flight(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Delay(0.2)), sleep=None)

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quote_id = await call.quote()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call("submit", quote_id=quote_id), 0.05)
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            assert (await call("submit", quote_id=quote_id))["request_id"] == simulator.accepted[0].request_id

    asyncio.run(main())
    assert submits(simulator) == 1


def test_a_row_becomes_unknown_only_if_its_server_has_ended(tmp_path: Path) -> None:
    book = QuoteBook(tmp_path, server_url="https://api.example.com")
    order, files = prepare_for_ledger(request(KLING, **GOOD), {})
    quote, _ = book.add(order, files, PRICED)
    assert book.reserve(quote.key, Budget(max_submits=1)) is not None
    other = QuoteBook(tmp_path, server_url="https://api.example.com")
    assert (found := other.get(quote.key)) and found.row.stage is Stage.SUBMITTING
    assert other.reserve(quote.key, Budget(max_submits=9)) is None
    book._lock.release()  # as if its process were killed
    other.mark_interrupted()
    assert (found := other.get(quote.key)) and found.row.stage is Stage.UNKNOWN
    other.close()


def test_a_ledger_belongs_to_one_api(tmp_path: Path) -> None:
    QuoteBook(tmp_path, server_url="https://a.example.com").close()
    with pytest.raises(BatchError, match=r"a\.example\.com"):
        QuoteBook(tmp_path, server_url="https://b.example.com")
    assert not list((tmp_path / "servers").glob("*.lock"))


def test_a_ledger_that_cannot_be_written_submits_nothing(tmp_path: Path) -> None:
    simulator = simulate()

    async def main() -> None:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quote_id = await call.quote()
            (tmp_path / "quotes.sqlite3").rename(tmp_path / "elsewhere.sqlite3")
            found = await call.result("submit", quote_id=quote_id)
            assert found.is_error and "ledger" in found.structured_content["next_step"]

    asyncio.run(main())
    assert submits(simulator) == 0
