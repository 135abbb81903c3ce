"""Typed client for the RunComfy Model API: sync and async, safe with money.

    from runcomfy_client import RunComfy
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    with RunComfy() as client:
        result = client.run(Kling3_0StandardImageToVideo(prompt="...", start_image_url="https://.../photo.png", duration=5))
        result.save("clips/")

Clients: `RunComfy`, `AsyncRunComfy`. Requests: the classes of `runcomfy_client.models`, `request` to find one by model id, `RawRequest`
for models without a class. Many at once: `run_all` of either client. Errors: `runcomfy_client.errors`; after Ctrl-C, `left_behind` names
the job. Tests without a token: `runcomfy_client.simulator`.

Everything is loaded when it is first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client.lazy import loader

__version__ = "0.1.0"

if TYPE_CHECKING:
    from runcomfy_client.async_client import AsyncRunComfy as AsyncRunComfy
    from runcomfy_client.client import RunComfy as RunComfy
    from runcomfy_client.errors import InvalidInput as InvalidInput
    from runcomfy_client.errors import Problem as Problem
    from runcomfy_client.errors import RunComfyError as RunComfyError
    from runcomfy_client.files import DownloadLimits as DownloadLimits
    from runcomfy_client.flows.keeping import LeftBehind as LeftBehind
    from runcomfy_client.flows.keeping import all_left_behind as all_left_behind
    from runcomfy_client.flows.keeping import left_behind as left_behind
    from runcomfy_client.hooks import Hooks as Hooks
    from runcomfy_client.job import AsyncJob as AsyncJob
    from runcomfy_client.job import Job as Job
    from runcomfy_client.lookup import model_class as model_class
    from runcomfy_client.lookup import request as request
    from runcomfy_client.policy import Policy as Policy
    from runcomfy_client.protocol.answers import Balance as Balance
    from runcomfy_client.protocol.answers import State as State
    from runcomfy_client.protocol.answers import Status as Status
    from runcomfy_client.result import AsyncResult as AsyncResult
    from runcomfy_client.result import Result as Result
    from runcomfy_client.runs import AsyncRuns as AsyncRuns
    from runcomfy_client.runs import Runs as Runs
    from runcomfy_client.signals import sigterm_as_ctrl_c as sigterm_as_ctrl_c
    from runcomfy_client.typed.endpoint import RawRequest as RawRequest
    from runcomfy_client.typed.endpoint import Request as Request
    from runcomfy_client.typed.media import DataURI as DataURI
    from runcomfy_client.typed.outputs import MediaOutput as MediaOutput
    from runcomfy_client.typed.outputs import Output as Output
else:
    __getattr__, __dir__ = loader(
        __name__,
        {
            "AsyncJob": "job",
            "AsyncResult": "result",
            "AsyncRunComfy": "async_client",
            "AsyncRuns": "runs",
            "Balance": "protocol.answers",
            "DataURI": "typed.media",
            "DownloadLimits": "files",
            "Hooks": "hooks",
            "InvalidInput": "errors",
            "Job": "job",
            "LeftBehind": "flows.keeping",
            "MediaOutput": "typed.outputs",
            "Output": "typed.outputs",
            "Policy": "policy",
            "Problem": "errors",
            "RawRequest": "typed.endpoint",
            "Request": "typed.endpoint",
            "Result": "result",
            "RunComfy": "client",
            "RunComfyError": "errors",
            "Runs": "runs",
            "State": "protocol.answers",
            "Status": "protocol.answers",
            "all_left_behind": "flows.keeping",
            "left_behind": "flows.keeping",
            "model_class": "lookup",
            "request": "lookup",
            "sigterm_as_ctrl_c": "signals",
        },
    )

__all__ = [
    "AsyncJob",
    "AsyncResult",
    "AsyncRunComfy",
    "AsyncRuns",
    "Balance",
    "DataURI",
    "DownloadLimits",
    "Hooks",
    "InvalidInput",
    "Job",
    "LeftBehind",
    "MediaOutput",
    "Output",
    "Policy",
    "Problem",
    "RawRequest",
    "Request",
    "Result",
    "RunComfy",
    "RunComfyError",
    "Runs",
    "State",
    "Status",
    "all_left_behind",
    "left_behind",
    "model_class",
    "request",
    "sigterm_as_ctrl_c",
]
