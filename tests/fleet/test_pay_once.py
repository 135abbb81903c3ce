"""A key is submitted at most once, however often and from wherever it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Batch, BatchError, BatchLimits, Paid, Refused, SharedLedger, Unknown, open_ledger, pay_once, work
from runcomfy_client.errors import RateLimited
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import Delay, Drop, Fault, Reply, Simulator

from tests.batch.harness import QUICK, simulate

CLIP = Kling3_0StandardImageToVideo(prompt="Snow falls.", start_image_url="https://example.com/photo.png")


@asynccontextmanager
async def process(
    simulator: Simulator, *, lease: float = 60.0, token: str = "t"
) -> AsyncIterator[tuple[SharedLedger, AsyncRunComfy]]:
    """A ledger and a client, as one process of an engine has them."""
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(lease=lease))
        http = await stack.enter_async_context(simulator.async_http_client())
        client = AsyncRunComfy(token, base_url=simulator.base_url, policy=QUICK, http_client=http)
        yield ledger, await stack.enter_async_context(client)


def test_twenty_calls_from_two_processes_pay_one_job(database: str) -> None:
    simulator = simulate(Fault("submit", Delay(0.1), times=None))

    async def main() -> None:
        async with process(simulator) as one, process(simulator) as two:
            found = await asyncio.gather(*(pay_once(*who, "order-1", CLIP) for who in (one, two) for _ in range(10)))
            again = await pay_once(*one, "order-1", CLIP)
            other = await pay_once(*two, "order-2", CLIP)
        assert sum(isinstance(outcome, Paid) and outcome.first for outcome in found) == 1
        assert {outcome.request_id for outcome in found if isinstance(outcome, Paid)} == {simulator.accepted[0].request_id}
        assert again == Paid(simulator.accepted[0].request_id, first=False) and isinstance(other, Paid)

    asyncio.run(main())
    assert len(simulator.accepted) == 2


def test_unknown_and_refused_are_final(database: str) -> None:
    simulator = simulate(Fault("submit", Drop(accepted=True)), Fault("submit", Reply(422), after=1))

    async def main() -> None:
        async with process(simulator) as one:
            for _ in range(2):
                assert isinstance(await pay_once(*one, "lost", CLIP), Unknown)
                assert isinstance(await pay_once(*one, "bad", CLIP), Refused)

    asyncio.run(main())
    assert len(simulator.accepted) == 1 and sum(call.point == "submit" for call in simulator.calls) == 2
    with Batch(name="pay_once") as batch:
        batch.resolve("lost", request_id=simulator.accepted[0].request_id)

    async def settled() -> None:
        async with process(simulator) as one:
            assert await pay_once(*one, "lost", CLIP) == Paid(simulator.accepted[0].request_id, first=False)

    asyncio.run(settled())


def test_an_error_says_that_nothing_was_accepted(database: str) -> None:
    simulator = simulate(Fault("submit", Reply(429, retry_after=3600), times=1))

    async def main() -> None:
        async with process(simulator) as one:
            with pytest.raises(RateLimited):
                await pay_once(*one, "order-1", CLIP)
            assert not simulator.accepted
            assert isinstance(await pay_once(*one, "order-1", CLIP), Paid)

    asyncio.run(main())


def test_the_submit_of_a_dead_process_is_unknown(database: str) -> None:
    simulator = simulate(Fault("submit", Delay(30)))

    async def main() -> None:
        async with process(simulator) as two:
            async with process(simulator, lease=0.5) as one:
                first = asyncio.create_task(pay_once(*one, "order-1", CLIP))
                while not simulator.accepted:
                    await asyncio.sleep(0.01)
                assert one[0]._beating is not None
                one[0]._beating.cancel()  # it is not heard of any more
                outcome = await pay_once(*two, "order-1", CLIP)
                assert isinstance(outcome, Unknown) and "not heard of" in outcome.detail
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)

    asyncio.run(main())
    assert len(simulator.accepted) == 1


def test_limits_of_the_batch_apply_and_workers_ignore_it(database: str) -> None:
    simulator = simulate()

    async def main() -> None:
        async with process(simulator) as one:
            assert isinstance(await pay_once(*one, "order-1", CLIP, batch="orders"), Paid)
            with Batch(name="orders") as batch:
                batch.set_limits(BatchLimits(max_submits=1), save=False)
            with pytest.raises(BatchError, match="limits of the batch"):
                await pay_once(*one, "order-2", CLIP, batch="orders", timeout=0.3)
            with Batch(name="orders") as batch:
                batch.set_limits(BatchLimits(), save=False)
            await work(one[1])
            assert len(simulator.accepted) == 1
            assert isinstance(await pay_once(*one, "order-2", CLIP, batch="orders"), Paid)

    asyncio.run(main())
    assert len(simulator.accepted) == 2


def test_a_used_key_and_the_batch_of_another_account_are_refused(database: str) -> None:
    simulator = simulate()

    async def main() -> None:
        async with process(simulator) as one, process(simulator, token="other") as two:
            await pay_once(*one, "order-1", CLIP)
            with pytest.raises(BatchError, match="another request"):
                await pay_once(*one, "order-1", CLIP.with_inputs(duration=5))
            with pytest.raises(BatchError, match="another account"):
                await pay_once(*two, "order-2", CLIP)

    asyncio.run(main())
    assert len(simulator.accepted) == 1
