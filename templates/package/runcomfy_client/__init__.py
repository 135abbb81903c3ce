"""Typed client for the RunComfy Model API: sync and async, safe with money.

    from runcomfy_client import RunComfy
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    with RunComfy() as client:
        result = client.run(Kling3_0StandardImageToVideo(prompt="...", start_image_url="https://.../photo.png", duration=5))
        result.save("clips/")

Clients: `RunComfy`, `AsyncRunComfy`. Requests: the classes of `runcomfy_client.models`, `request` by model id, `RawRequest`
for models without a class. Many requests at once: `run_all` of either client. Errors: the tree is in `runcomfy_client.errors`;
after Ctrl-C, `orphaned_job` names the job. Tests without a token: `runcomfy_client.simulator`.

Every name is loaded on first use, so importing the package is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader
from runcomfy_client._version import __version__ as __version__

if TYPE_CHECKING:
    from runcomfy_client.async_client import AsyncRunComfy as AsyncRunComfy
    from runcomfy_client.batch.errors import BatchBusy as BatchBusy
    from runcomfy_client.batch.errors import BatchError as BatchError
    from runcomfy_client.batch.errors import InvalidJobs as InvalidJobs
    from runcomfy_client.batch.errors import LedgerError as LedgerError
    from runcomfy_client.catalog import model_class as model_class
    from runcomfy_client.catalog import request as request
    from runcomfy_client.client import RunComfy as RunComfy
    from runcomfy_client.downloads import DownloadLimits as DownloadLimits
    from runcomfy_client.errors import APIError as APIError
    from runcomfy_client.errors import AuthenticationError as AuthenticationError
    from runcomfy_client.errors import ConfigurationError as ConfigurationError
    from runcomfy_client.errors import ConnectionFailed as ConnectionFailed
    from runcomfy_client.errors import DownloadError as DownloadError
    from runcomfy_client.errors import GatewayError as GatewayError
    from runcomfy_client.errors import InsufficientBalance as InsufficientBalance
    from runcomfy_client.errors import InvalidInput as InvalidInput
    from runcomfy_client.errors import InvalidRequest as InvalidRequest
    from runcomfy_client.errors import JobCancelled as JobCancelled
    from runcomfy_client.errors import JobFailed as JobFailed
    from runcomfy_client.errors import MalformedToken as MalformedToken
    from runcomfy_client.errors import MissingToken as MissingToken
    from runcomfy_client.errors import PermissionDenied as PermissionDenied
    from runcomfy_client.errors import Problem as Problem
    from runcomfy_client.errors import RateLimited as RateLimited
    from runcomfy_client.errors import RequestNotFound as RequestNotFound
    from runcomfy_client.errors import RunComfyError as RunComfyError
    from runcomfy_client.errors import ServerError as ServerError
    from runcomfy_client.errors import SubmitUnknown as SubmitUnknown
    from runcomfy_client.errors import UnknownModel as UnknownModel
    from runcomfy_client.errors import UploadFailed as UploadFailed
    from runcomfy_client.errors import WaitTimeout as WaitTimeout
    from runcomfy_client.files.bucket import BucketHost as BucketHost
    from runcomfy_client.hooks import Hooks as Hooks
    from runcomfy_client.job import AsyncJob as AsyncJob
    from runcomfy_client.job import Job as Job
    from runcomfy_client.orphans import OrphanedJob as OrphanedJob
    from runcomfy_client.orphans import orphaned_job as orphaned_job
    from runcomfy_client.orphans import orphaned_jobs as orphaned_jobs
    from runcomfy_client.policy import Policy as Policy
    from runcomfy_client.prices import Estimate as Estimate
    from runcomfy_client.prices import PastCosts as PastCosts
    from runcomfy_client.requests import RawRequest as RawRequest
    from runcomfy_client.requests import Request as Request
    from runcomfy_client.result import AsyncResult as AsyncResult
    from runcomfy_client.result import Result as Result
    from runcomfy_client.runs import AsyncRuns as AsyncRuns
    from runcomfy_client.runs import Runs as Runs
    from runcomfy_client.schema.local_file import LocalFile as LocalFile
    from runcomfy_client.schema.media import DataURI as DataURI
    from runcomfy_client.schema.outputs import MediaOutput as MediaOutput
    from runcomfy_client.schema.outputs import Output as Output
    from runcomfy_client.sigterm import sigterm_as_ctrl_c as sigterm_as_ctrl_c
    from runcomfy_client.status import Balance as Balance
    from runcomfy_client.status import State as State
    from runcomfy_client.status import Status as Status
else:
    __getattr__, __dir__ = loader(
        __name__,
        {
            "APIError": "errors",
            "AsyncJob": "job",
            "AsyncResult": "result",
            "AsyncRunComfy": "async_client",
            "AsyncRuns": "runs",
            "AuthenticationError": "errors",
            "Balance": "status",
            "BucketHost": "files.bucket",
            "BatchBusy": "batch.errors",
            "BatchError": "batch.errors",
            "ConfigurationError": "errors",
            "ConnectionFailed": "errors",
            "DataURI": "schema.media",
            "DownloadError": "errors",
            "DownloadLimits": "downloads",
            "Estimate": "prices",
            "GatewayError": "errors",
            "Hooks": "hooks",
            "InsufficientBalance": "errors",
            "InvalidInput": "errors",
            "InvalidJobs": "batch.errors",
            "InvalidRequest": "errors",
            "Job": "job",
            "LocalFile": "schema.local_file",
            "JobCancelled": "errors",
            "JobFailed": "errors",
            "LedgerError": "batch.errors",
            "MalformedToken": "errors",
            "MediaOutput": "schema.outputs",
            "MissingToken": "errors",
            "OrphanedJob": "orphans",
            "Output": "schema.outputs",
            "PastCosts": "prices",
            "PermissionDenied": "errors",
            "Policy": "policy",
            "Problem": "errors",
            "RateLimited": "errors",
            "RawRequest": "requests",
            "Request": "requests",
            "RequestNotFound": "errors",
            "Result": "result",
            "RunComfy": "client",
            "RunComfyError": "errors",
            "Runs": "runs",
            "ServerError": "errors",
            "State": "status",
            "Status": "status",
            "SubmitUnknown": "errors",
            "UnknownModel": "errors",
            "UploadFailed": "errors",
            "WaitTimeout": "errors",
            "model_class": "catalog",
            "orphaned_job": "orphans",
            "orphaned_jobs": "orphans",
            "request": "catalog",
            "sigterm_as_ctrl_c": "sigterm",
        },
    )

__all__ = [
    "APIError",
    "AsyncJob",
    "AsyncResult",
    "AsyncRunComfy",
    "AsyncRuns",
    "AuthenticationError",
    "Balance",
    "BatchBusy",
    "BatchError",
    "BucketHost",
    "ConfigurationError",
    "ConnectionFailed",
    "DataURI",
    "DownloadError",
    "DownloadLimits",
    "Estimate",
    "GatewayError",
    "Hooks",
    "InsufficientBalance",
    "InvalidInput",
    "InvalidJobs",
    "InvalidRequest",
    "Job",
    "JobCancelled",
    "JobFailed",
    "LedgerError",
    "LocalFile",
    "MalformedToken",
    "MediaOutput",
    "MissingToken",
    "OrphanedJob",
    "Output",
    "PastCosts",
    "PermissionDenied",
    "Policy",
    "Problem",
    "RateLimited",
    "RawRequest",
    "Request",
    "RequestNotFound",
    "Result",
    "RunComfy",
    "RunComfyError",
    "Runs",
    "ServerError",
    "State",
    "Status",
    "SubmitUnknown",
    "UnknownModel",
    "UploadFailed",
    "WaitTimeout",
    "model_class",
    "orphaned_job",
    "orphaned_jobs",
    "request",
    "sigterm_as_ctrl_c",
]
