"""The RunComfy Model API on your own machine: the same calls and schemas, with sample files as outputs. Nothing is sent or billed.

In process, for tests:

    from runcomfy_client import RunComfy
    from runcomfy_client.simulator import Drop, Fault, Reply, Simulator

    def test_my_pipeline():
        with Simulator(seconds_in_queue=0, seconds_running=0) as sim:
            client = RunComfy(token="test", base_url=sim.base_url, http_client=sim.http_client())
            my_pipeline(client)
            assert [job.model_id for job in sim.accepted] == ["kling/kling-3.0/standard/image-to-video"]

On a loopback socket, for any client in any language:

    python -m runcomfy_client.simulator

With errors, in a fixed order or at random with a seed (see `runcomfy_client.simulator.faults`):

    Simulator(faults=[Fault("submit", Reply(429, retry_after=2)), Fault("submit", Drop(accepted=True), after=1)])

It needs the extra `simulator`: `pip install "runcomfy-client[simulator]"`. It shares no code with the client, so that the two check
each other. Details that the API does not document (error messages, code 422001 for invalid inputs, prices) are inventions of the
simulator.
"""

from __future__ import annotations

from runcomfy_client.simulator.clock import ManualClock
from runcomfy_client.simulator.core import Simulator
from runcomfy_client.simulator.fault_parser import read_fault
from runcomfy_client.simulator.faults import (
    Delay,
    Drip,
    Drop,
    Endless,
    Fault,
    Garbage,
    HalfBody,
    JobFails,
    NeverFinishes,
    OutputIs,
    RefuseCancel,
    Reply,
    StatusWord,
    Unreachable,
    WithholdCost,
)
from runcomfy_client.simulator.recording import AcceptedJob, RecordedCall
from runcomfy_client.simulator.responses import Delivery, SimulatedResponse

__all__ = [
    "AcceptedJob",
    "Delay",
    "Delivery",
    "Drip",
    "Drop",
    "Endless",
    "Fault",
    "Garbage",
    "HalfBody",
    "JobFails",
    "ManualClock",
    "NeverFinishes",
    "OutputIs",
    "RecordedCall",
    "RefuseCancel",
    "Reply",
    "SimulatedResponse",
    "Simulator",
    "StatusWord",
    "Unreachable",
    "WithholdCost",
    "read_fault",
]
