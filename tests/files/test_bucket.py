"""The bucket on a real S3 server: links, large files, and foreign files."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import pickle
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import BucketHost, LocalFile, RunComfy
from runcomfy_client.errors import ConfigurationError, InvalidInput, RunComfyError, UploadFailed
from runcomfy_client.files import MediaFile
from runcomfy_client.files.links import DeadLink, check_link

from tests.files.harness import KEY_ID, SECRET, Bucket, Scene, media_file, png, run, text_of


@pytest.mark.parametrize(
    ("name", "answers"),
    [("right", None), ("tampered", "has status 403"), ("unsigned", "has status 4"), ("expired", "has status 4")],
)
def test_a_link_is_checked_as_the_api_fetches_it(name: str, answers: str | None, bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    host = bucket.host()
    link = asyncio.run(host.put(media_file(path), lifetime=1 if name == "expired" else 60))
    if name == "tampered":
        link = link[:-1] + ("0" if link[-1] != "0" else "1")
    if name == "unsigned":
        link = link.partition("?")[0]
    if name == "expired":
        until = time.monotonic() + 10
        while httpx.get(link).status_code == 200 and time.monotonic() < until:
            time.sleep(0.2)  # the server reads its own clock
    if answers is None:
        asyncio.run(check_link(link, len(png()), local=True))
        return
    with pytest.raises(DeadLink, match=answers):
        asyncio.run(check_link(link, len(png()), local=True))


def test_a_link_with_another_size_or_to_this_machine_is_invalid(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    link = asyncio.run(bucket.host().put(media_file(path), lifetime=60))
    with pytest.raises(DeadLink, match="but the file has 5"):
        asyncio.run(check_link(link, 5, local=True))
    with pytest.raises(DeadLink):
        asyncio.run(check_link(link, len(png()), local=False))  # http, and this machine: the public API reaches neither
    with pytest.raises(DeadLink, match="which the API cannot reach"):
        asyncio.run(check_link("https://localhost/a.png", 5, local=False))


def test_links_last_for_the_timeout_and_a_reserve(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    simulator, result = run(bucket.host(), image=path, timeout=3600)
    assert result.output
    assert "X-Amz-Expires=90000" in simulator.accepted[0].inputs["image"]
    long = asyncio.run(bucket.host(link_lifetime=10.0**9).put(media_file(path), lifetime=1))
    assert "X-Amz-Expires=604800" in long


def test_temporary_credentials_cause_a_warning(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    host = bucket.host()
    asyncio.run(host.put(media_file(path), lifetime=60))
    assert not caplog.records
    ends = datetime.now(UTC) + timedelta(minutes=30)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", ends.isoformat())
    host._warn_of_temporary_credentials("https://s3.example.com/a?X-Amz-Security-Token=canary", 86_400)
    assert "temporary credentials" in caplog.text and f"{ends:%H:%M} UTC" in caplog.text and "canary" not in caplog.text


def test_other_files_in_the_bucket_are_neither_listed_nor_used(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    folder = bucket.folder / bucket.name / "inputs"
    folder.mkdir()
    (folder / "thesis.pdf").write_bytes(b"mine")
    (bucket.folder / bucket.name / ("0" * 64 + ".png")).write_bytes(b"outside of the prefix")
    host = bucket.host()
    asyncio.run(host.put(media_file(path), lifetime=60))

    async def clear() -> list[str]:
        found = [one async for one in host.list()]
        for one in found:
            await host.delete(one)
        return [one.key for one in found]

    assert asyncio.run(clear()) == [media_file(path).key]
    assert bucket.keys() == ["thesis.pdf"]


def test_an_old_upload_is_repeated(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    sent: list[Any] = []
    host = bucket.host(on_progress=sent.append, reuse_for=86_400)
    for age in (0, 0, 2 * 86_400):
        if age:
            stored = bucket.folder / bucket.name / "inputs" / media_file(path).key
            os.utime(stored, (time.time() - age,) * 2)
        asyncio.run(host.put(media_file(path), lifetime=60))
    assert len(sent) == 2


MEMORY = """
import asyncio, resource, sys
from pathlib import Path
sys.path[:] = {path!r}
from tests.files.harness import Bucket
from tests.files.test_bucket import media_file
bucket = Bucket({endpoint!r}, Path({folder!r}), {name!r}, 0)
host = bucket.host()
small, large = Path({small!r}), Path({large!r})
asyncio.run(host.put(media_file(small), lifetime=60))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asyncio.run(host.put(media_file(large), lifetime=60))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
def test_uploading_100_megabytes_uses_less_than_64_megabytes_of_memory(bucket: Bucket, tmp_path: Path) -> None:
    small, large = tmp_path / "a.png", tmp_path / "b.png"
    small.write_bytes(png())
    large.write_bytes(png(padding=100_000_000))
    names = {"endpoint": bucket.endpoint, "folder": str(bucket.folder), "name": bucket.name}
    code = MEMORY.format(path=sys.path, small=str(small), large=str(large), **names)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 64 * 1024
    stored = bucket.folder / bucket.name / "inputs" / media_file(large).key
    with stored.open("rb") as file:
        assert f"{hashlib.file_digest(file, 'sha256').hexdigest()}.png" == stored.name
    assert len(bucket.keys()) == 2


def test_wrong_keys_and_missing_buckets_are_reported(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    for url, change, message in (
        (bucket.url, {"secret_access_key": "wrong-secret-key"}, "denies access (SignatureDoesNotMatch)"),
        ("s3://no-such-bucket/x", {}, "the bucket does not exist"),
    ):
        simulator, error = run(BucketHost(url, config={**bucket.config, **change}), image=path)
        assert isinstance(error, UploadFailed) and message in str(error) and error.lasting and not simulator.calls
        assert SECRET not in text_of(error) and "wrong-secret-key" not in text_of(error)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "must look like"),
        ("photos", "must look like"),
        ("ftp://bucket/x", "must look like"),
        ("s3://canary-id:canary-key@bucket/x", "without credentials"),
        ("s3://bucket/x?canary-key=1", "without credentials"),
        ("https://account.r2.cloudflarestorage.com", "has no bucket"),
        ("memory:///x", "must look like"),
    ],
)
def test_an_invalid_bucket_url_is_reported_at_once(url: str, message: str) -> None:
    for make in (lambda: BucketHost(url), lambda: RunComfy("test", media=url)):
        with pytest.raises(ConfigurationError, match=message) as caught:
            make()
        assert "canary" not in text_of(caught.value).replace("canary-key-id", "")


def test_an_empty_endpoint_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL is set, but empty"):
        BucketHost("s3://bucket/x")


def test_the_configuration_files_of_aws_are_read(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    credentials, config = tmp_path / "credentials", tmp_path / "config"
    credentials.write_text(f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
    config.write_text("[default]\nregion = us-east-1\n")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    simulator, result = run(bucket.url, image=path)
    assert not isinstance(result, Exception) and len(simulator.accepted) == 1


def test_secrets_and_signatures_are_never_shown(
    bucket: Bucket, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    host = bucket.host()
    request = Scene(prompt="x", image=path)
    simulator, result = run(host, image=path)
    link = simulator.accepted[0].inputs["image"]
    signature = link.rpartition("X-Amz-Signature=")[2]
    assert len(signature) == 64
    seen = [caplog.text, *capfd.readouterr(), repr(host), repr(request), repr(pickle.dumps(request)), repr(result)]
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(host)
    for text in seen:
        assert signature not in text and SECRET not in text and "X-Amz-Signature" not in text and KEY_ID not in text


@pytest.mark.parametrize("phase", ["submit", "result"])
def test_a_server_that_repeats_the_link_does_not_leak_it(phase: str, bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    said: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v1/models"):
            said.append(__import__("json").loads(request.content)["image"])
            if phase == "submit":
                return httpx.Response(422, json={"message": f"cannot fetch {said[0]}"})
            return httpx.Response(200, json={"request_id": "r-1"})
        word = "completed" if request.url.path.endswith("/status") else "failed"
        error = {"detail": [f"cannot fetch {said[0]}"]}
        return httpx.Response(200, json={"request_id": "r-1", "status": word, "error": error})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        with RunComfy("test", base_url="http://127.0.0.1:1", http_client=http, media=bucket.host()) as client:
            with pytest.raises(RunComfyError) as caught:
                client.run(Scene(prompt="x", image=path))
    assert "cannot fetch http" in str(caught.value) and "X-Amz-Signature" in said[0]
    assert "X-Amz-Signature" not in text_of(caught.value)


class CustomHost:
    """A custom media host of a user."""

    def __init__(self, link: Any) -> None:
        self._link = link

    def put(self, file: MediaFile, *, lifetime: float) -> Any:
        if isinstance(self._link, Exception):
            raise self._link
        return self._link


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (OSError("disk of https://cdn.example.com/a?token=canary is full"), "OSError: disk of https://cdn.example.com/a is full"),
        (None, "returned NoneType"),
        ("http://cdn.example.com/a.png", "its link does not work"),
        ("https://127.0.0.1:1/a.png", "its link does not work: it cannot be fetched"),
    ],
)
def test_errors_of_a_media_host_are_reported(link: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    simulator, error = run(CustomHost(link), image=path)
    assert isinstance(error, UploadFailed) and message in str(error) and "canary" not in text_of(error)
    assert not simulator.calls


def test_a_custom_async_media_host_works(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    inner = bucket.host()
    keys: list[str] = []

    class Async:
        async def put(self, file: MediaFile, *, lifetime: float) -> str:
            keys.append(file.key)
            return await inner.put(file, lifetime=lifetime)

    simulator, result = run(Async(), images=[path, path])
    assert not isinstance(result, Exception) and len(keys) == 2 and len(simulator.accepted) == 1


def test_metadata_is_removed_on_request(bucket: Bucket, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "canary camera"
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.new("RGB", (40, 20), "red").save(path, exif=exif, comment=b"canary comment")
    for strip in (False, True):
        simulator, result = run(bucket.host(), image=LocalFile(path, strip_metadata=strip))
        assert not isinstance(result, Exception), result
        content = httpx.get(simulator.accepted[0].inputs["image"]).content
        assert (b"canary" in content) is not strip
    assert len(bucket.keys()) == 2
    stored = min((bucket.folder / bucket.name / "inputs").glob("*.jpg"), key=lambda one: b"canary" in one.read_bytes())
    with Image.open(stored) as image:
        assert image.size == (20, 40) and not dict(image.getexif())
    (tmp_path / "a.gif").write_bytes(b"GIF89a\1\0\1\0\0\0\0;")
    _, error = run(bucket.host(), image=LocalFile(tmp_path / "a.gif", strip_metadata=True))
    assert isinstance(error, InvalidInput) and "JPEG, PNG and WebP" in str(error)
