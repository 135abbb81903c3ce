"""The configuration of a bucket: its URL, endpoint and credentials, from arguments, the environment and the AWS files."""

from __future__ import annotations

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
"""The timeouts of one request: 180 s for a part of 5 MiB, which is 30 kB per second."""
_RETRIES: Final[Any] = {
    "max_retries": 4,
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}
_STORED_CREDENTIALS: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_OTHER_CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def check_bucket_url(url: str, *, source: str) -> str:
    """Check the URL of a bucket without a call; return it, with the default prefix if it has none.

    Args:
        url: the URL.
        source: where the URL is from, for messages.

    Raises:
        ConfigurationError: the URL is invalid, or contains credentials, which the message does not show.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError(f"{source} is not a URL: {error}") from None
    user = parts.netloc.rpartition("@")[0]  # of abfs://container@account..., that is the container
    if (user and (":" in user or not parts.scheme.startswith("abfs"))) or parts.query or parts.fragment:
        step = (
            "Set credentials as for your cloud's tools, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or with config= of "
            "BucketHost."
        )
        raise ConfigurationError(f"{source} must be the URL of a bucket, without credentials and query", next_step=step)
    if parts.scheme not in SCHEMES or not parts.netloc or not url.isprintable() or " " in url:
        raise ConfigurationError(f"{source} is {url[:100]!r}; it must look like {_EXAMPLE}")
    path = parts.path.strip("/")
    has_prefix = path.count("/") >= 1 if parts.scheme == "https" else bool(path)
    if parts.scheme == "https" and not path:
        raise ConfigurationError(f"{source} is {url[:100]!r}, which has no bucket; it must look like {_EXAMPLE}")
    return url.rstrip("/") if has_prefix else f"{url.rstrip('/')}/{_DEFAULT_PREFIX}"


def open_store(url: str, config: Mapping[str, str]) -> Any:
    """Create the obstore store of a bucket. Nothing is sent.

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
        open_url: Any = from_url  # the type of `config` depends on the URL
        store = open_url(url, config=settings or None, client_options=options, retry_config=_RETRIES)
    except (BaseError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(f"The bucket {url} cannot be used: {_without(settings, reason)}") from None
    if not isinstance(store, (AzureStore, GCSStore, S3Store)):
        raise ConfigurationError(f"{url[:100]!r} is not a bucket that supports signed links; it must look like {_EXAMPLE}")
    return store


def _without(settings: Mapping[str, str], text: str) -> str:
    for value in settings.values():
        text = text.replace(value, "***") if len(value) > 3 else text
    return text


def _for_endpoint(endpoint: str | None) -> dict[str, Any]:
    """Return the client options for a custom endpoint: http is allowed only for the loopback interface.

    Raises:
        ConfigurationError: the endpoint is neither https nor on this machine.
    """
    if endpoint is None or endpoint.startswith("https://"):
        return {}
    if endpoint.startswith("http://") and is_loopback(urlsplit(endpoint).hostname or ""):
        return {"allow_http": True}
    raise ConfigurationError(f"The endpoint {endpoint[:100]!r} must be https://, since the API fetches only https:// URLs")


def _from_aws(config: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that obstore does not read itself: the endpoint, and the files that `aws configure` writes.

    Profiles with a role or a login are not supported: for those, pass an obstore store.

    Raises:
        ConfigurationError: an environment variable for the endpoint is set, but empty.
    """
    settings: dict[str, str] = {}
    empty = [name for name in _ENDPOINTS if os.environ.get(name) == ""]
    if empty and not config.get("endpoint"):  # obstore 0.12.1 panics on it
        raise ConfigurationError(f"{empty[0]} is set, but empty", next_step="Unset it, or set it to the endpoint of your bucket.")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")
    if endpoint:
        settings["endpoint"] = endpoint
    profile = os.environ.get("AWS_PROFILE") or "default"
    if not any(os.environ.get(name) for name in _OTHER_CREDENTIALS) and not {"access_key_id", "aws_access_key_id"} & config.keys():
        stored = _section("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile)
        settings |= {name.removeprefix("aws_"): stored[name] for name in _STORED_CREDENTIALS if stored.get(name)}
    if not os.environ.get("AWS_REGION"):
        region = os.environ.get("AWS_DEFAULT_REGION") or _section(
            "AWS_CONFIG_FILE", "config", profile if profile == "default" else f"profile {profile}"
        ).get("region")
        if region:
            settings["region"] = region
    return settings


def _section(variable: str, name: str, section: str) -> Mapping[str, str]:
    path = Path(os.environ.get(variable) or f"~/.aws/{name}").expanduser()
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
        return dict(parser[section]) if parser.has_section(section) else {}
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}  # a file of another tool: ignored if it cannot be read
