"""The exceptions of this package. Each says what is known about the job, and what to do next.

    RunComfyError
    ├── ConfigurationError        before any call: an option is invalid
    │   ├── MissingToken
    │   └── MalformedToken
    ├── InvalidInput              before any call: the inputs violate the model's schema (also a ValueError)
    ├── UploadFailed              before any call: a local file could not be uploaded, or its link does not work
    ├── ConnectionFailed          nothing was sent, so nothing was started
    ├── SubmitUnknown             the submit was sent, and its response was lost: THE JOB MAY EXIST
    ├── APIError                  the API responded with an error; if it responded to a submit, no job was started
    │   ├── AuthenticationError   401, 400004
    │   ├── PermissionDenied      403
    │   ├── InsufficientBalance   402, 400002
    │   ├── UnknownModel          400001, or 404 to a submit; also before any call, from `request` and `model_class`
    │   ├── RequestNotFound       404 to anything else
    │   ├── InvalidRequest        400, 422
    │   ├── RateLimited           429
    │   └── ServerError           5xx, or a response that is not valid
    │       └── GatewayError      a web page: the response of a proxy or a web server, not of the API
    ├── JobFailed                 the job ran and failed
    ├── JobCancelled              the job was cancelled
    ├── WaitTimeout               the timeout expired; the job continues
    └── DownloadError             the job succeeded, but one of its files could not be saved

None of them is an `OSError`: a retry helper that catches `OSError` would submit, and pay, twice. All can be pickled and copied.
None contains a token or the query of a signed URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue


_THREE_WAYS = (
    "three ways: RunComfy(token=...), the environment variable RUNCOMFY_API_TOKEN, "
    "or a login with the vendor's CLI, `runcomfy login`."
)


_SIGNED = r"""((?i:https?)://[^\s?#"'<>]+)[?#][^\s"'<>]*"""


def without_queries(value: Any) -> Any:
    """Return text, or JSON, without the queries of the URLs in it: they may be signatures."""
    match value:
        case str():
            return re.sub(_SIGNED, r"\1", value)
        case list():
            return [without_queries(item) for item in value]
        case dict():
            return {name: without_queries(item) for name, item in value.items()}
        case _:
            return value


class RunComfyError(Exception):
    """The base class of all exceptions of this package.

    Attributes:
        message: what happened, in one sentence.
        next_step: what to do now.
        request_id: the job's id; None if it is not known.
        model_id: the model's id; None if it is not known.
        http_status: the status of the HTTP response; None without a response.
        code: the vendor's error code, such as 400004; None if the response has none.
        retry_after: the seconds to wait before the next call, from the header `Retry-After`; None if the server did not send it.
    """

    next_step: str = "Read the message; if it is not clear, report it to the maintainers of this package."

    def __init__(
        self,
        message: str,
        *,
        next_step: str | None = None,
        request_id: str | None = None,
        model_id: str | None = None,
        http_status: int | None = None,
        code: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if next_step is not None:
            self.next_step = next_step
        self.request_id = request_id
        self.model_id = model_id
        self.http_status = http_status
        self.code = code
        self.retry_after = retry_after

    def __str__(self) -> str:
        known = {
            "request_id": self.request_id,
            "model": self.model_id,
            "HTTP": self.http_status,
            "code": self.code,
            "retry after": self.retry_after,
        }
        context = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
        return f"{self.message}{f' ({context})' if context else ''}\n{self.next_step}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception.__reduce__ would call the constructor with only the message, which the subclasses do not accept
        return _restore, (type(self), self.args), self.__dict__


def _restore(kind: type[RunComfyError], args: tuple[Any, ...]) -> RunComfyError:
    error = kind.__new__(kind)
    error.args = args
    return error


class ConfigurationError(RunComfyError):
    """An option is invalid, or there is no usable token. Nothing was sent."""

    next_step = "Correct the setting; nothing was sent."


class MissingToken(ConfigurationError):
    """No API token was found in any of the supported places."""

    next_step = (
        f"Create one in your RunComfy profile, and set it in any of {_THREE_WAYS}\n"
        "To try the client without a token, use the simulator: `python -m runcomfy_client.simulator`, or `runcomfy-py --simulate`."
    )


class MalformedToken(ConfigurationError):
    """The value given as the token is not a valid token. It was not sent, and is not shown."""

    next_step = (
        "Copy the token again from your RunComfy profile (printable ASCII, without spaces and without the prefix `Bearer`), "
        f"and set it in any of {_THREE_WAYS}"
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in the inputs.

    Attributes:
        field: the documented name of the field, such as `multi_prompt[2].duration`.
        message: what is wrong.
    """

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidInput(RunComfyError, ValueError):
    """The inputs violate the model's schema. Nothing was sent.

    Attributes:
        class_name: the class whose construction failed.
        problems: all problems, in the order of the schema.
    """

    next_step = "Correct the inputs; nothing was sent."

    def __init__(self, class_name: str, problems: tuple[Problem, ...], *, next_step: str | None = None) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        more = [f"and {len(problems) - 20} more"] if len(problems) > 20 else []
        super().__init__(
            "\n  ".join([f"{class_name}: {count} in the inputs", *map(str, problems[:20]), *more]), next_step=next_step
        )
        self.class_name = class_name
        self.problems = problems


class UploadFailed(RunComfyError):
    """A local file could not be uploaded, or its link does not work. Nothing was submitted, so nothing is billed.

    Attributes:
        path: the path of the file, as passed by the caller.
        lasting: True if a retry is pointless: access is denied, the bucket does not exist, or the link does not work.
    """

    next_step = "Nothing was submitted, and nothing is billed. Call again: files that were uploaded are not uploaded again."

    def __init__(self, message: str, *, path: str, lasting: bool = False, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.path = path
        self.lasting = lasting


class ConnectionFailed(RunComfyError):
    """No connection could be established. Nothing was sent, so this call started no job."""

    next_step = "Check the network, then call again: nothing was sent, so nothing is billed twice."


class SubmitUnknown(RunComfyError):
    """The submit was sent, and its outcome is unknown. It is not sent again: that could start a second paid job.

    Attributes:
        time: when the submit was sent, in UTC.
        body_sha256: the SHA-256 of the JSON body that was sent, in hex.
    """

    next_step = (
        "The job may exist and may be billed. Look for it in your RunComfy account by the time and the model above; "
        "submit again only if you are sure that it does not exist."
    )

    def __init__(self, reason: str, *, model_id: str, time: datetime, body_sha256: str, http_status: int | None = None) -> None:
        sent = f"Sent {time:%Y-%m-%d %H:%M:%S} UTC, body sha256 {body_sha256}"
        message = f"The response to a submit was lost: {reason.rstrip('.')}. {sent}"
        super().__init__(message, model_id=model_id, http_status=http_status)
        self.time = time
        self.body_sha256 = body_sha256


class APIError(RunComfyError):
    """The API responded with an error. If it responded to a submit, no job was started."""


class AuthenticationError(APIError):
    """The token was rejected, or the account is not active."""

    next_step = "Create a new token in your RunComfy profile, or check that the account is active. A submitted job continues."


class PermissionDenied(APIError):
    """The account lacks permission: the request belongs to another account, or the model is not available to this one."""

    next_step = "Use the token of the account that submitted the job, or ask for access to the model."


class InsufficientBalance(APIError):
    """The balance does not cover the job."""

    next_step = "Top up the account, then submit again: this submit was rejected and costs nothing."


class UnknownModel(APIError):
    """The API has no model with this id, at least not for this account."""

    next_step = "Compare the model id with the model's page; it is case-sensitive."


class RequestNotFound(APIError):
    """The API has no request with this id, or it has expired."""

    next_step = "Check the request id, and that the token belongs to the same account; old requests expire."


class InvalidRequest(APIError):
    """The server rejected the inputs, although they match the schema that this client was generated from."""

    next_step = "Correct the inputs as the message says; if the schema has changed, regenerate the client."


class RateLimited(APIError):
    """The API responded with status 429, also after retries with the requested waits."""

    next_step = "Wait for at least `retry_after` seconds, and send fewer requests at a time. This call started no job."


class ServerError(APIError):
    """The server failed, or its response was not understood. A submitted job is not affected."""

    next_step = "Try again later: status calls are free, and a submitted job continues."


class GatewayError(ServerError):
    """The response is a web page: a proxy, a firewall or a web server responded instead of the API. This call started no job."""

    next_step = (
        "Check the base URL, the network's proxy and its login page; the token is not the cause. "
        "A job that was submitted before continues."
    )


class JobFailed(RunComfyError):
    """The job ran and failed.

    Attributes:
        error: the reason that the server gave, as JSON.
    """

    next_step = (
        "Read the reason above, and change the inputs before you submit again: it is not documented whether failed jobs are billed."
    )

    def __init__(self, error: JsonValue, *, request_id: str, model_id: str | None = None) -> None:
        error = without_queries(error)
        text = error if isinstance(error, str) else repr(error)
        super().__init__(
            f"The job failed: {text[:500] if error else 'no reason was given'}", request_id=request_id, model_id=model_id
        )
        self.error = error


class JobCancelled(RunComfyError):
    """The job was cancelled, by this process or elsewhere."""

    next_step = "Submit it again if you still need it. Only a queued job can be cancelled, so this one did not run."


class WaitTimeout(RunComfyError):
    """The timeout expired before the job finished. Unless `cancelled` is true, the job continues on the server.

    Attributes:
        timeout: the timeout in seconds.
        cancelled: True if the job was still queued, and was cancelled when the timeout expired.
        last_error: the error of the last poll; None if it succeeded.
    """

    def __init__(
        self,
        timeout: float,
        *,
        request_id: str,
        model_id: str | None = None,
        cancelled: bool = False,
        last_error: RunComfyError | None = None,
    ) -> None:
        message = f"The job did not finish within {timeout:g} s"
        if last_error is not None:
            message += f"; the last poll failed: {last_error.message.splitlines()[0]}"
        resubmit = "It was still queued and has been cancelled; submit it again with a longer timeout."
        step = resubmit if cancelled else resume_hint(request_id)
        super().__init__(message, next_step=step, request_id=request_id, model_id=model_id)
        self.timeout = timeout
        self.cancelled = cancelled
        self.last_error = last_error


class DownloadError(RunComfyError):
    """A file of a finished job could not be saved. No incomplete file has the final name.

    Attributes:
        url: the URL of the file, without its query.
        lasting: True if a retry is pointless: the link has expired, or its URL is not allowed.
    """

    next_step = "The job succeeded and is paid for: fetch its result again by its id, and save that."

    def __init__(
        self, message: str, *, url: str, request_id: str | None = None, http_status: int | None = None, lasting: bool = False
    ) -> None:
        self.lasting = lasting
        self.url = url.partition("?")[0].partition("#")[0]
        super().__init__(f"{message}: {self.url}", request_id=request_id, http_status=http_status)


def resume_hint(request_id: str) -> str:
    """Return the sentence that says how to resume a job that continues on the server."""
    return f'The job continues: resume it, in this process or another, with client.job("{request_id}", <its request class>).'
