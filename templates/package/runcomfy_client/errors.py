"""Every error that this package raises, as one tree. Each says what is known of the job, and what to do next.

    RunComfyError
    ├── ConfigurationError        before any call: the client is not set up
    │   ├── MissingToken
    │   └── MalformedToken
    ├── InvalidInput              before any call: the inputs break the model's schema (also a ValueError)
    ├── UploadFailed              before any call: a local file could not be uploaded, or its link gives no answer
    ├── ConnectionFailed          nothing was sent, so nothing was started
    ├── SubmitUnknown             the submit was sent and its answer is lost: THE JOB MAY EXIST
    ├── APIError                  the API answered with an error; when that was the answer to a submit, no job was started
    │   ├── AuthenticationError   401, 400004
    │   ├── PermissionDenied      403
    │   ├── InsufficientBalance   402, 400002
    │   ├── UnknownModel          400001, or 404 to a submit; also before any call, from `request` and `model_class`
    │   ├── RequestNotFound       404 to anything else
    │   ├── InvalidRequest        400, 422
    │   ├── RateLimited           429
    │   └── ServerError           5xx, or an answer that makes no sense
    │       └── GatewayError      a web page: the answer of a proxy or a web server, not of the API
    ├── JobFailed                 the job ran and failed
    ├── JobCancelled              the job was cancelled
    ├── WaitTimeout               the timeout expired; the job is still there
    └── DownloadError             the job succeeded, one of its files could not be saved

None of them is an `OSError`: retry helpers that catch those would submit, and pay, twice. All can be pickled and copied; none
holds a token or the query of a signed URL.
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


_SIGNED = re.compile(r"""(https?://[^\s?#"'<>]+)[?#][^\s"'<>]*""", re.IGNORECASE)


def without_queries(value: Any) -> Any:
    """Return text, or JSON, with the queries of all URLs in it left out: they may be signatures."""
    match value:
        case str():
            return _SIGNED.sub(r"\1", value)
        case list():
            return [without_queries(item) for item in value]
        case dict():
            return {name: without_queries(item) for name, item in value.items()}
        case _:
            return value


class RunComfyError(Exception):
    """Base of all errors of this package.

    Attributes:
        message: what happened, in a sentence.
        next_step: what to do now.
        request_id: the job's id, whenever one is known.
        model_id: the model's id, whenever it is known.
        http_status: status of the HTTP answer, when there was one.
        code: the vendor's own error code, such as 400004, when the answer held one.
        retry_after: seconds that the server asked to wait, when it did.
    """

    next_step: str = "Look at the message; if it makes no sense to you, report it to the maintainers of this package."

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
        # Exception's own way would call the constructor with the message alone, which subclasses here do not accept
        return _restore, (type(self), self.args), self.__dict__


def _restore(kind: type[RunComfyError], args: tuple[Any, ...]) -> RunComfyError:
    error = kind.__new__(kind)
    error.args = args
    return error


class ConfigurationError(RunComfyError):
    """The client is not set up: no usable token, base URL or option. Nothing was sent."""

    next_step = "Correct the setting; nothing was sent."


class MissingToken(ConfigurationError):
    """No API token was found in any of the supported places."""

    next_step = (
        f"Make one in your RunComfy profile, and set it in any of {_THREE_WAYS}\n"
        "To try things out without one, there is the simulator: `python -m runcomfy_client.simulator`, or `runcomfy-py --simulate`."
    )


class MalformedToken(ConfigurationError):
    """The value given as the token is not a valid token. It was not sent, and is not shown."""

    next_step = (
        "Copy the token again from your RunComfy profile, printable ASCII without blanks and without `Bearer` in front, "
        f"and set it in any of {_THREE_WAYS}"
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in the inputs: the field by its documented name, such as `multi_prompt[2].duration`, and what is wrong."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidInput(RunComfyError, ValueError):
    """The inputs violate the model's schema. Nothing was sent.

    Attributes:
        class_name: the class whose construction failed.
        problems: every problem found, in the order of the schema.
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
    """A local file could not be uploaded, or its link does not answer. Nothing was submitted, so nothing is billed.

    Attributes:
        path: the file, as it was given.
        lasting: whether trying again changes nothing: access is denied, the bucket does not exist, or the link leads nowhere.
    """

    next_step = "Nothing was submitted, and nothing is billed. Call again: what was uploaded is not uploaded again."

    def __init__(self, message: str, *, path: str, lasting: bool = False, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.path = path
        self.lasting = lasting


class ConnectionFailed(RunComfyError):
    """No connection could be established. Nothing was sent, so this call started no job."""

    next_step = "Check the network, then call again: nothing was sent, so nothing is paid twice."


class SubmitUnknown(RunComfyError):
    """The submit was sent, and its outcome is not known. It is never sent again: that could start a second paid job.

    Attributes:
        time: when the submit was sent, in UTC.
        body_sha256: the SHA-256 of the JSON body that was sent, in hex.
    """

    next_step = (
        "The job may exist and may be billed. Look for it in your RunComfy account by the time and the model above; "
        "submit again only when you are sure that it is not there."
    )

    def __init__(self, why: str, *, model_id: str, time: datetime, body_sha256: str, http_status: int | None = None) -> None:
        message = f"The answer to a submit is lost: {why.rstrip('.')}. Sent {time:%Y-%m-%d %H:%M:%S} UTC, body sha256 {body_sha256}"
        super().__init__(message, model_id=model_id, http_status=http_status)
        self.time = time
        self.body_sha256 = body_sha256


class APIError(RunComfyError):
    """The API responded with an error. For a submit, it means that no job was started."""


class AuthenticationError(APIError):
    """The token was rejected, or the account is not active."""

    next_step = "Make a new token in your RunComfy profile, or check that the account is active. A job that was submitted goes on."


class PermissionDenied(APIError):
    """The account lacks permission: the request belongs to another account, or the model is not available to this one."""

    next_step = "Use the token of the account that submitted the job, or ask for access to the model."


class InsufficientBalance(APIError):
    """The balance does not cover the job."""

    next_step = "Top up the account, then submit again: this submit was refused and costs nothing."


class UnknownModel(APIError):
    """The API has no model with this id, at least not for this account."""

    next_step = "Check the model id against the model's page; upper and lower case matter."


class RequestNotFound(APIError):
    """The API has no request with this id, or no longer."""

    next_step = "Check the request id and whose token is used; old requests expire."


class InvalidRequest(APIError):
    """The server rejected the inputs, although they match the schema that this client was generated from."""

    next_step = "Correct the inputs as the message says; if the schema has changed, regenerate the client."


class RateLimited(APIError):
    """The API responded 429, even after waiting as it asked."""

    next_step = "Wait for `retry_after` seconds or some more, and send less at a time. Nothing was started by this call."


class ServerError(APIError):
    """The server failed, or its response was not understood. A submitted job is not affected."""

    next_step = "Try again later: asking is free, and a job that was submitted goes on meanwhile."


class GatewayError(ServerError):
    """A web page answered, so a proxy, a firewall or a web server answered in place of the API. No job was started by this call."""

    next_step = (
        "Check the base URL, the network's proxy and its login page; the token is not to blame. "
        "A job that was submitted before goes on meanwhile."
    )


class JobFailed(RunComfyError):
    """The job ran and failed.

    Attributes:
        error: the reason that the server gave, as JSON.
    """

    next_step = "Read the reason above; whether a failed run is billed is not documented, so change the inputs before the next one."

    def __init__(self, error: JsonValue, *, request_id: str, model_id: str | None = None) -> None:
        error = without_queries(error)
        text = error if isinstance(error, str) else repr(error)
        super().__init__(
            f"The job failed: {text[:500] if error else 'no reason was given'}", request_id=request_id, model_id=model_id
        )
        self.error = error


class JobCancelled(RunComfyError):
    """The job was cancelled, by this process or elsewhere."""

    next_step = "Submit it again if you still want it: a job can be cancelled only while it is queued, so it did not run."


class WaitTimeout(RunComfyError):
    """The timeout expired before the job was done. Only the waiting has ended.

    Attributes:
        timeout: the timeout in seconds.
        cancelled: whether the job was still queued and has been cancelled on the way out.
        last_error: why the last poll failed; None when it was answered.
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
        message = f"The job was not done within {timeout:g} s"
        if last_error is not None:
            message += f"; the last poll failed: {last_error.message.splitlines()[0]}"
        over = "It was still queued and has been cancelled; submit it again with a longer timeout."
        step = over if cancelled else resume_hint(request_id)
        super().__init__(message, next_step=step, request_id=request_id, model_id=model_id)
        self.timeout = timeout
        self.cancelled = cancelled
        self.last_error = last_error


class DownloadError(RunComfyError):
    """A file of a finished job could not be saved. No incomplete file has the final name.

    Attributes:
        url: the URL of the file, without its query.
        lasting: whether a retry is pointless: the link has expired, or its URL is not allowed.
    """

    next_step = "The job itself succeeded and is paid: fetch its result again by its id and save once more."

    def __init__(
        self, message: str, *, url: str, request_id: str | None = None, http_status: int | None = None, lasting: bool = False
    ) -> None:
        self.lasting = lasting
        bare = url.partition("?")[0].partition("#")[0]
        super().__init__(f"{message}: {bare}", request_id=request_id, http_status=http_status)
        self.url = bare


def resume_hint(request_id: str) -> str:
    """Return the sentence that says how to resume a job that continues on the server."""
    return f'The job goes on: pick it up, here or in another process, with client.job("{request_id}", <its request class>).'
