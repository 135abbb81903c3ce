"""How a bucket is reached: its URL, its endpoint and its credentials, from arguments, the environment and the AWS files."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from runcomfy_client._core.install_hint import install_command
from runcomfy_client._core.protocol.urls import is_loopback
from runcomfy_client.errors import ConfigurationError

VARIABLE: Final = "RUNCOMFY_MEDIA"
SCHEMES: Final = ("s3", "gs", "az", "abfs", "abfss", "https")
_EXAMPLE: Final = (
    "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or https://<account>.r2.cloudflarestorage.com/bucket/prefix"
)
_DEFAULT_PREFIX: Final = "runcomfy"
_TIMEOUTS: Final = {"connect_timeout": "10s", "timeout": "180s"}
"""For one request: 180 s for a part of 5 MiB is an upload of 30 kB a second."""
_RETRIES: Final[Any] = {
    "max_retries": 4,
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}
_STORED_CREDENTIALS: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_ELSEWHERE: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def check_bucket_url(url: str, *, source: str) -> str:
    """Check the URL of a bucket, without a look at the bucket; return it with the default prefix where it names none.

    Raises:
        ConfigurationError: it is none, or carries credentials. The message does not show those.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError(f"{source} is not a URL: {error}") from None
    user = parts.netloc.rpartition("@")[0]  # of abfs://container@account..., that is the container
    if (user and (":" in user or not parts.scheme.startswith("abfs"))) or parts.query or parts.fragment:
        step = (
            "Set credentials as your cloud's tools do: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, say, or config= of BucketHost."
        )
        raise ConfigurationError(f"{source} must be the place of a bucket alone, without credentials or a query", next_step=step)
    if parts.scheme not in SCHEMES or not parts.netloc or not url.isprintable() or " " in url:
        raise ConfigurationError(f"{source} is {url[:100]!r}; it must look like {_EXAMPLE}")
    path = parts.path.strip("/")
    named = path.count("/") >= 1 if parts.scheme == "https" else bool(path)
    if parts.scheme == "https" and not path:
        raise ConfigurationError(f"{source} is {url[:100]!r}, which names no bucket; it must look like {_EXAMPLE}")
    return url.rstrip("/") if named else f"{url.rstrip('/')}/{_DEFAULT_PREFIX}"


def open_store(url: str, config: Mapping[str, str]) -> Any:
    """Open the store of a bucket's URL. Nothing is sent.

    Raises:
        ConfigurationError: obstore is not installed, or a setting is missing or unknown.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import AzureStore, GCSStore, S3Store, from_url
    except ModuleNotFoundError:
        step = f"Install it: {install_command('files')}"
        raise ConfigurationError(
            "Uploading local files to a bucket needs obstore, which is not installed", next_step=step
        ) from None
    settings = dict(config)
    options: dict[str, Any] = dict(_TIMEOUTS)
    if urlsplit(url).scheme == "s3":
        settings = {**_from_aws(settings), **settings}
        options |= _for_endpoint(settings.get("endpoint"))
    try:
        open_url: Any = from_url  # which of obstore's types of settings it takes, the URL decides
        store = open_url(url, config=settings or None, client_options=options, retry_config=_RETRIES)
    except (BaseError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(f"The bucket {url} cannot be used: {_without(settings, reason)}") from None
    if not isinstance(store, (AzureStore, GCSStore, S3Store)):
        raise ConfigurationError(f"{url[:100]!r} is not a bucket whose links can be signed; it must look like {_EXAMPLE}")
    return store


def _without(settings: Mapping[str, str], text: str) -> str:
    for value in settings.values():
        text = text.replace(value, "***") if len(value) > 3 else text
    return text


def _for_endpoint(endpoint: str | None) -> dict[str, Any]:
    """Return how an endpoint of one's own is spoken to: http for this machine alone.

    Raises:
        ConfigurationError: it is neither https nor on this machine.
    """
    if endpoint is None or endpoint.startswith("https://"):
        return {}
    if endpoint.startswith("http://") and is_loopback(urlsplit(endpoint).hostname or ""):
        return {"allow_http": True}
    raise ConfigurationError(f"The endpoint {endpoint[:100]!r} must be https://; the API fetches nothing else")


def _from_aws(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that obstore does not find by itself: the endpoint, and what `aws configure` has written.

    Profiles with a role or a login are not read: for those, pass an obstore store of your own.
    """
    found: dict[str, str] = {}
    empty = [name for name in _ENDPOINTS if os.environ.get(name) == ""]
    if empty and not given.get("endpoint"):  # obstore 0.12.1 panics on it
        raise ConfigurationError(f"{empty[0]} is set, and empty", next_step="Unset it, or set it to the endpoint of your bucket.")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")
    if endpoint:
        found["endpoint"] = endpoint
    profile = os.environ.get("AWS_PROFILE") or "default"
    if not any(os.environ.get(name) for name in _ELSEWHERE) and not {"access_key_id", "aws_access_key_id"} & given.keys():
        stored = _section("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile)
        found |= {name.removeprefix("aws_"): stored[name] for name in _STORED_CREDENTIALS if stored.get(name)}
    if not os.environ.get("AWS_REGION"):
        region = os.environ.get("AWS_DEFAULT_REGION") or _section(
            "AWS_CONFIG_FILE", "config", profile if profile == "default" else f"profile {profile}"
        ).get("region")
        if region:
            found["region"] = region
    return found


def _section(variable: str, name: str, section: str) -> Mapping[str, str]:
    path = Path(os.environ.get(variable) or f"~/.aws/{name}").expanduser()
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
        return dict(parser[section]) if parser.has_section(section) else {}
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}  # it is another tool's file: what cannot be read there is as if it were not there
