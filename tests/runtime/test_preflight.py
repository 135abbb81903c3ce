"""The files of a request are checked before the submit: each problem is reported with its field, and no token is sent."""

from __future__ import annotations

import socket
import struct
from typing import Annotated, Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.flows.image_header import medium_of, size_of
from runcomfy_client.errors import InvalidInput
from runcomfy_client.requests import RawRequest, Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import AudioUrl, DataURI, FileUrl, ImageUrl, MediaLimit, VideoUrl
from runcomfy_client.schema.media_fields import media_in
from runcomfy_client.schema.outputs import MediaOutput

from tests.runtime.harness import TOKEN, ClientHarness, ScriptedServer, json_reply, raw_reply

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480) + bytes(40)
URL = "https://files.example.com/a.png?signature=s3cret"


class Cast(Inputs, frozen=True):
    face: ImageUrl
    clips: list[VideoUrl] | None = None


class Scene(Request[MediaOutput], frozen=True):
    MODEL_ID: ClassVar[str] = "studio/scene"

    prompt: str
    image: (
        Annotated[ImageUrl, MediaLimit("file_size_mb<", 30), MediaLimit("width/height>", 0.4), MediaLimit("width_pixels>", 300)]
        | None
    ) = None
    images: list[Annotated[ImageUrl, MediaLimit("height_pixels>", 300)]] | None = None
    either: list[AudioUrl] | AudioUrl | None = None
    cast: Annotated[list[Cast] | None, "anything"] = None
    extras: dict[str, FileUrl] | None = None
    renamed: ImageUrl | None = None


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Set the results of name lookups."""
    known: dict[str, list[str]] = {"files.example.com": ["93.184.216.34"], "cdn.example.net": ["2606:2800:220:1::1"]}

    def resolve(host: str, *_args: Any, **_options: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 0)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def check(kind: str, *files: Any, **inputs: Any) -> tuple[dict[str, str], ScriptedServer]:
    server = ScriptedServer(file=list(files) or [raw_reply(PNG, content_type="image/png")])
    problems = ClientHarness(kind, server).call(lambda client: client.preflight(Scene(prompt="x", **inputs)))
    return {problem.field: problem.message for problem in problems}, server


@KINDS
def test_a_valid_file_is_fetched_once_without_the_token(kind: str) -> None:
    found, server = check(kind, image=URL)
    assert found == {}
    (request,) = server.requests("file")
    assert request.method == "GET" and request.headers["range"] == "bytes=0-65535"
    assert request.url.query == b"signature=s3cret"
    assert not {"authorization", "cookie"} & set(request.headers) and TOKEN not in str(request.headers.raw)


def test_every_media_url_is_found_with_its_path_medium_and_limits() -> None:
    scene = Scene(
        prompt="https://files.example.com/not-media",
        images=[URL, URL],
        either=[URL],
        cast=[Cast(face=URL), Cast(face=URL, clips=[URL])],
        extras={"lut": URL},
    )
    found = {(field.path, field.medium, len(field.limits)) for field in media_in(scene)}
    assert found == {
        ("images[0]", "image", 1),
        ("images[1]", "image", 1),
        ("either[0]", "audio", 0),
        ("cast[0].face", "image", 0),
        ("cast[1].face", "image", 0),
        ("cast[1].clips[0]", "video", 0),
        ("extras.lut", "file", 0),
    }
    assert [field.path for field in media_in(Scene(prompt="x", either=URL))] == ["either"]
    assert list(media_in(RawRequest(model="a/b", inputs={"image": URL}))) == []


def sized(total: int) -> Any:
    return raw_reply(PNG, 206, content_type="image/png", content_range=f"bytes 0-{len(PNG) - 1}/{total}")


@KINDS
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([raw_reply(b"", 404)], "responded with status 404"),
        ([raw_reply(b"", 403)], "without a login"),
        ([raw_reply(b"", 401)], "without a login"),
        ([raw_reply(b"<html>log in", content_type="text/html; charset=utf-8")], "web page"),
        ([raw_reply(b"....ftypmp42" + bytes(20), content_type="video/mp4")], "it is video/mp4, not image"),
        ([raw_reply(b"....ftypmp42" + bytes(20), content_type="application/octet-stream")], "not image"),
        ([raw_reply(b"")], "empty"),
        ([sized(31_000_000)], "31.0 MB, more than the 30 MB that the model accepts"),
        ([httpx.ConnectError("refused")], "cannot be fetched"),
        ([raw_reply(b"", 302, location="http://files.example.com/a")], "not https"),
        ([raw_reply(b"", 302, location="https://intranet.example.com/a")], "cannot be resolved"),
        ([raw_reply(b"", 302, location=URL)], "too many redirects"),
        (
            [raw_reply(PNG.replace(struct.pack(">I", 640), struct.pack(">I", 299)), content_type="image/png")],
            "width in pixels is 299; it must be more than 300",
        ),
        (
            [raw_reply(PNG.replace(struct.pack(">I", 480), struct.pack(">I", 3000)), content_type="image/png")],
            "is 0.213; it must be more than 0.4",
        ),
    ],
)
def test_a_file_that_the_api_cannot_use_is_reported_by_its_field(kind: str, files: list[Any], expected: str) -> None:
    found, _ = check(kind, *files, image=URL)
    assert list(found) == ["image"] and expected in found["image"]
    assert "s3cret" not in found["image"]


@KINDS
def test_the_documented_size_limits_apply_without_limits_of_the_model(kind: str) -> None:
    assert "more than the 50 MB that the API accepts" in check(kind, sized(60_000_000), renamed=URL)[0]["renamed"]
    assert check(kind, sized(50_000_000), renamed=URL)[0] == {}


@KINDS
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
    ],
)
def test_a_host_that_is_not_public_is_not_contacted(kind: str, names: dict[str, list[str]], address: str) -> None:
    names["files.example.com"] = ["93.184.216.34", address]
    found, server = check(kind, AssertionError("nothing may be fetched"), image=URL)
    assert address in found["image"] and server.count("file") == 0


@KINDS
def test_a_redirect_to_a_public_host_is_followed(kind: str) -> None:
    found, server = check(
        kind, raw_reply(b"", 307, location="https://cdn.example.net/b"), raw_reply(PNG, content_type="image/png"), image=URL
    )
    assert found == {} and server.count("file") == 2


@KINDS
def test_a_file_used_twice_is_fetched_once_and_reported_twice(kind: str) -> None:
    found, server = check(kind, raw_reply(b"", 404), images=[URL, URL])
    assert list(found) == ["images[0]", "images[1]"] and server.count("file") == 1


def test_an_explicit_data_uri_is_sent(tmp_path: Any) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    uri = DataURI.from_file(path)
    assert Scene(prompt="x", image=uri).payload()["image"] == str(uri)
    assert uri.startswith("data:image/png;base64,iVBOR") and len(repr(uri)) < 80
    with pytest.raises(InvalidInput, match="DataURI"):
        Scene(prompt="x", image=str(uri))
    assert list(media_in(Scene(prompt="x", image=uri))) == []
    for wrong in ("https://x/a.png", "data:,x", "data:image/png;base64,", "data:image/png;base64,a b"):
        with pytest.raises(InvalidInput, match="data URI"):
            DataURI(wrong)
    (tmp_path / "thing.unknown-kind").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="media_type"):
        DataURI.from_file(tmp_path / "thing.unknown-kind")


@pytest.mark.parametrize(
    ("head", "medium", "size"),
    [
        (PNG, "image", (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 320, 200), "image", (320, 200)),
        (b"RIFF....WEBPVP8X" + bytes(8) + (1023).to_bytes(3, "little") + (767).to_bytes(3, "little"), "image", (1024, 768)),
        (b"RIFF....WEBPVP8L" + bytes(5) + struct.pack("<I", (199 << 14) | 99), "image", (100, 200)),
        (b"RIFF....WEBPVP8 " + bytes(10) + struct.pack("<HH", 176, 144), "image", (176, 144)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800), "image", (800, 600)),
        (b"....ftypisom", "video", None),
        (b"RIFF....WAVE", "audio", None),
        (b"hello", None, None),
    ],
)
def test_images_are_recognised_by_their_first_bytes(head: bytes, medium: str | None, size: tuple[int, int] | None) -> None:
    assert (medium_of(head), size_of(head)) == (medium, size)


@given(
    st.sampled_from([b"", PNG[:16], b"GIF89a", b"RIFF....WEBPVP8X", b"RIFF....WEBPVP8L", b"\xff\xd8", b"\xff\xd8\xff\xc0"]),
    st.binary(max_size=80),
)
def test_any_image_header_is_parsed_or_ignored(start: bytes, rest: bytes) -> None:
    size = size_of(start + rest)
    assert size is None or all(side >= 0 for side in size)


@KINDS
def test_a_request_without_files_makes_no_call(kind: str) -> None:
    assert check(kind, json_reply(500))[0] == {}


@KINDS
@pytest.mark.parametrize("content_type", ["application/pdf", "application/json", "text/plain; charset=utf-8"])
def test_a_file_that_is_not_media_is_reported(kind: str, content_type: str) -> None:
    server = ScriptedServer(file=raw_reply(b"just some bytes", content_type=content_type))
    (problem,) = ClientHarness(kind, server).call(lambda client: client.preflight(Scene(prompt="x", image=URL)))
    assert problem.field == "image" and f"it is {content_type.partition(';')[0]}, not image" in problem.message


@KINDS
def test_a_file_of_unknown_type_is_accepted(kind: str) -> None:
    server = ScriptedServer(file=raw_reply(b"just some bytes", content_type="application/octet-stream"))
    assert ClientHarness(kind, server).call(lambda client: client.preflight(Scene(prompt="x", image=URL))) == []
