"""The sample files match their types, and are served as by a good storage server."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from runcomfy_client.simulator import SimulatedResponse, Simulator
from runcomfy_client.simulator.files import MEDIA_TYPES, read_sample

from tests.simulator.conftest import Ask


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_samples_are_small(extension: str) -> None:
    assert 1000 < len(read_sample(extension).data) < 100 * 1024


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Split a part of an MP4 file into its boxes."""
    while data:
        size = int.from_bytes(data[:4], "big")
        assert 8 <= size <= len(data)
        yield data[4:8].decode("ascii"), data[8:size]
        data = data[size:]


def find(data: bytes, *path: str) -> list[bytes]:
    """Return the contents of all boxes at a path."""
    found = [data]
    for name in path:
        found = [content for outer in found for kind, content in boxes(outer) if kind == name]
    return found


def test_the_mp4_is_a_short_video_that_can_be_streamed() -> None:
    data = read_sample("mp4").data
    order = [name for name, _ in boxes(data)]
    assert order[0] == "ftyp"
    assert order.index("moov") < order.index("mdat")
    (header,) = find(data, "moov", "mvhd")
    timescale, duration = struct.unpack(">II", header[12:20])
    assert duration / timescale == pytest.approx(3, abs=0.1)
    handlers = [handler[8:12] for handler in find(data, "moov", "trak", "mdia", "hdlr")]
    assert handlers == [b"vide", b"soun"]


def test_the_mp4_is_h264_in_a_widely_supported_pixel_format() -> None:
    (entry,) = [
        content for content in find(read_sample("mp4").data, "moov", "trak", "mdia", "minf", "stbl", "stsd") if b"avc1" in content
    ]
    width, height = struct.unpack(">HH", entry[8 + 8 + 24 : 8 + 8 + 28])
    assert (width, height) == (640, 360)
    profile = entry[entry.index(b"avcC") + 5]
    assert profile == 77, "the main profile has 8 bits and 4:2:0 alone"


def test_the_frames_of_the_mp4_differ() -> None:
    sizes, *_ = find(read_sample("mp4").data, "moov", "trak", "mdia", "minf", "stbl", "stsz")
    count = int.from_bytes(sizes[8:12], "big")
    assert count == 72
    frames = struct.unpack(f">{count}I", sizes[12 : 12 + 4 * count])
    assert min(frames) > 20, "a frame that repeats the last one takes fewer bytes"


def test_the_png_is_complete() -> None:
    data = read_sample("png").data
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: list[tuple[bytes, bytes]] = []
    rest = data[8:]
    while rest:
        size = int.from_bytes(rest[:4], "big")
        name, content, checksum = rest[4:8], rest[8 : 8 + size], rest[8 + size : 12 + size]
        assert zlib.crc32(name + content) == int.from_bytes(checksum, "big")
        chunks.append((name, content))
        rest = rest[12 + size :]
    assert (chunks[0][0], chunks[-1]) == (b"IHDR", (b"IEND", b""))
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    assert (width, height, depth, colour) == (640, 360, 8, 2)
    pixels = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    assert len(pixels) == height * (1 + 3 * width)


def test_the_wav_has_two_seconds_of_sound() -> None:
    with wave.open(io.BytesIO(read_sample("wav").data)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        assert sound.getnframes() == 32_000
        samples = struct.unpack("<32000h", sound.readframes(32_000))
    assert 8_000 < max(samples) < 32_767


def test_the_jpeg_is_complete() -> None:
    data = read_sample("jpg").data
    assert (data[:3], data[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
    start = data.index(b"\xff\xc0")
    height, width = struct.unpack(">HH", data[start + 5 : start + 9])
    assert (width, height) == (640, 360)


def test_the_webp_is_complete() -> None:
    data = read_sample("webp").data
    assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8 ")
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    width, height = struct.unpack("<HH", data[26:30])
    assert (width & 0x3FFF, height & 0x3FFF) == (640, 360)


def test_the_mp3_is_a_sequence_of_frames() -> None:
    data = read_sample("mp3").data
    size = 72 * 48_000 // 16_000  # layer III of MPEG 2 at 48 kbit/s and 16 kHz
    starts = [position for position in range(0, len(data), size) if data[position : position + 2] == b"\xff\xf3"]
    assert len(starts) * size == len(data)
    assert all(later - earlier == size for earlier, later in pairwise(starts))


@pytest.fixture
def url(request_id: str) -> str:
    return f"/files/{request_id}/video.mp4"


FILM = read_sample("mp4").data


def test_a_file_is_served_with_length_type_and_validator(ask: Ask, url: str) -> None:
    answer = ask("GET", url)
    assert (answer.status, answer.body) == (200, FILM)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(FILM))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"].startswith('"'), "a strong validator"


def test_a_head_response_has_only_headers(ask: Ask, url: str) -> None:
    whole, head = ask("GET", url), ask("HEAD", url)
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)


def test_files_need_no_token(sim: Simulator, url: str) -> None:
    assert sim.handle("GET", url).status == 200


def test_validators_differ_between_files(ask: Ask, request_id: str) -> None:
    tags = {ask("GET", f"/files/{request_id}/x.{extension}").headers["ETag"] for extension in MEDIA_TYPES}
    assert len(tags) == len(MEDIA_TYPES)


def test_unknown_files_do_not_exist(ask: Ask, request_id: str) -> None:
    for name in ("video", "video.exe", "../../__init__.py", ""):
        assert ask("GET", f"/files/{request_id}/{name}").status == 404


SIZE = len(FILM)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        (f"bytes=10-{SIZE * 2}", 10, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
    ],
)
def test_a_range_is_served(sim: Simulator, url: str, asked: str, first: int, last: int) -> None:
    answer = _get(sim, url, {"Range": asked})
    assert answer.status == 206
    assert answer.body == FILM[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "items=0-1", "bytes=0-1,5-6"])
def test_an_invalid_range_is_ignored(sim: Simulator, url: str, asked: str) -> None:
    assert _get(sim, url, {"Range": asked}).status == 200


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_beyond_the_end_is_rejected(sim: Simulator, url: str, asked: str) -> None:
    answer = _get(sim, url, {"Range": asked})
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (416, f"bytes */{SIZE}", b"")


def test_if_range_requires_the_same_file(sim: Simulator, ask: Ask, url: str) -> None:
    etag = ask("GET", url).headers["ETag"]
    assert _get(sim, url, {"Range": "bytes=5-", "If-Range": etag}).status == 206
    for other in ('"other"', f"W/{etag}", "Thu, 01 Jan 2026 00:00:00 GMT"):
        assert _get(sim, url, {"Range": "bytes=5-", "If-Range": other}).status == 200


def _get(sim: Simulator, url: str, headers: dict[str, str]) -> SimulatedResponse:
    return sim.handle("GET", url, headers=headers)
