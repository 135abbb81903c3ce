"""Typed client for the RunComfy Model API: sync and async, safe with money.

    from runcomfy_client import RunComfy
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    with RunComfy() as client:
        result = client.run(Kling3_0StandardImageToVideo(prompt="...", start_image_url="https://.../photo.png", duration=5))
        result.save("clips/")

Clients: `RunComfy`, `AsyncRunComfy`. Requests: the classes of `runcomfy_client.models`, `request` to find one by model id,
`RawRequest` for models without a class. Many at once: `run_all` of either client. Errors: `runcomfy_client.errors`; after Ctrl-C,
`orphaned_job` names the job. Tests without a token: `runcomfy_client.simulator`.

Everything is loaded when it is first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader

__version__ = "0.1.0"

if TYPE_CHECKING:
    from runcomfy_client.async_client import AsyncRunComfy as AsyncRunComfy
    from runcomfy_client.catalog import model_class as model_class
    from runcomfy_client.catalog import request as request
    from runcomfy_client.client import RunComfy as RunComfy
    from runcomfy_client.downloads import DownloadLimits as DownloadLimits
    from runcomfy_client.errors import InvalidInput as InvalidInput
    from runcomfy_client.errors import Problem as Problem
    from runcomfy_client.errors import RunComfyError as RunComfyError
    from runcomfy_client.hooks import Hooks as Hooks
    from runcomfy_client.interrupts import OrphanedJob as OrphanedJob
    from runcomfy_client.interrupts import orphaned_job as orphaned_job
    from runcomfy_client.interrupts import orphaned_jobs as orphaned_jobs
    from runcomfy_client.job import AsyncJob as AsyncJob
    from runcomfy_client.job import Job as Job
    from runcomfy_client.policy import Policy as Policy
    from runcomfy_client.requests import RawRequest as RawRequest
    from runcomfy_client.requests import Request as Request
    from runcomfy_client.result import AsyncResult as AsyncResult
    from runcomfy_client.result import Result as Result
    from runcomfy_client.runs import AsyncRuns as AsyncRuns
    from runcomfy_client.runs import Runs as Runs
    from runcomfy_client.schema.media import DataURI as DataURI
    from runcomfy_client.schema.outputs import MediaOutput as MediaOutput
    from runcomfy_client.schema.outputs import Output as Output
    from runcomfy_client.signals import sigterm_as_ctrl_c as sigterm_as_ctrl_c
    from runcomfy_client.status import Balance as Balance
    from runcomfy_client.status import State as State
    from runcomfy_client.status import Status as Status
else:
    __getattr__, __dir__ = loader(
        __name__,
        {
            "AsyncJob": "job",
            "AsyncResult": "result",
            "AsyncRunComfy": "async_client",
            "AsyncRuns": "runs",
            "Balance": "status",
            "DataURI": "schema.media",
            "DownloadLimits": "downloads",
            "Hooks": "hooks",
            "InvalidInput": "errors",
            "Job": "job",
            "OrphanedJob": "interrupts",
            "MediaOutput": "schema.outputs",
            "Output": "schema.outputs",
            "Policy": "policy",
            "Problem": "errors",
            "RawRequest": "requests",
            "Request": "requests",
            "Result": "result",
            "RunComfy": "client",
            "RunComfyError": "errors",
            "Runs": "runs",
            "State": "status",
            "Status": "status",
            "orphaned_jobs": "interrupts",
            "orphaned_job": "interrupts",
            "model_class": "catalog",
            "request": "catalog",
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
    "MediaOutput",
    "OrphanedJob",
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
    "model_class",
    "orphaned_job",
    "orphaned_jobs",
    "request",
    "sigterm_as_ctrl_c",
]
