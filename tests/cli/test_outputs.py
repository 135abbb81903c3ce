"""Outputs that are not URLs: text is printed, data: URLs are saved, and no paid output is lost."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.downloads import DownloadLimits, files_in
from runcomfy_client.simulator import Fault, OutputIs

from tests.cli.harness import GOOD, KLING, Tool

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
B64 = base64.b64encode(PNG).decode()


def run(tool: Tool, output: Any, *more: str) -> Any:
    """Run a job that has this output."""
    tool.serve(Fault("submit", OutputIs(output)))
    return tool("run", KLING, *GOOD, *more)


@pytest.mark.parametrize(
    "text",
    [
        "A caption of the video.",
        "two\nlines\n",
        "long " * 20_000,
        "\u65e5\u672c\u8a9e \U0001f600",
        "data: none was found, sorry",
        "see https://e.com",
    ],
)
@pytest.mark.parametrize("verb", ["run", "download", "result"])
def test_text_output_is_printed_completely(text: str, verb: str, tool: Tool) -> None:
    ran = run(tool, text)
    if verb != "run":
        ran = tool(verb, tool.simulator.accepted[0].request_id)  # type: ignore[union-attr]
    assert ran.code == 0 and ran.err == ""
    assert (json.loads(ran.out) if verb == "result" else ran.out) == (text if verb == "result" else text.removesuffix("\n") + "\n")


def test_text_output_cannot_control_the_terminal(tool: Tool) -> None:
    assert run(tool, "a\x1b[31mb\nc").out == "a\\x1b[31mb\nc\n"


@pytest.mark.parametrize("output", [{"text": "A caption."}, {"seed": 1}, ["a", "b"], 5, True, {"scores": [{"cat": 0.9}]}])
def test_other_outputs_are_printed_as_json(output: Any, tool: Tool) -> None:
    assert json.loads(run(tool, output).out) == output


@pytest.mark.parametrize("output", [None, "", {}, []])
def test_an_empty_output_is_reported_with_a_command(output: Any, tool: Tool) -> None:
    ran = run(tool, output)
    assert ran.code == 0 and ran.out == ""
    assert f"runcomfy-py result {tool.simulator.accepted[0].request_id}\n" in ran.err  # type: ignore[union-attr]


def test_text_next_to_a_file_is_reported(tool: Tool) -> None:
    ran = run(tool, {"image": f"data:image/png;base64,{B64}", "caption": "A cat.", "seed": 5, "note": ""})
    assert ran.out.endswith("-1.png\n") and ran.out.count("\n") == 1
    assert "also has text (caption)" in ran.err and "runcomfy-py result " in ran.err


@pytest.mark.parametrize(
    ("url", "extension", "content"),
    [
        (f"data:image/png;base64,{B64}", "png", PNG),
        (f" DATA:image/PNG;charset=x;BASE64,{B64}\n", "png", PNG),
        (f"data:image/jpg;base64,{quote(B64)}", "jpg", PNG),
        (f"data:audio/wav;base64,{B64.rstrip('=')}", "wav", PNG),
        (f"data:video/mp4;base64,{base64.urlsafe_b64encode(PNG).decode()}", "mp4", PNG),
        (f"data:application/octet-stream;base64,{B64}", "bin", PNG),
        (f"data:;base64,{B64}", "txt", PNG),
        ("data:text/plain,Snow%20falls.", "txt", b"Snow falls."),
        ("data:image/svg+xml;utf8,<svg/>", "svg", b"<svg/>"),
    ],
)
def test_a_data_url_is_a_file(url: str, extension: str, content: bytes, tool: Tool) -> None:
    (path,) = run(tool, {"image": url}).out.splitlines()
    assert path.endswith(f"-1.{extension}") and Path(path).read_bytes() == content
    assert not list(Path().glob("*.part"))


def test_data_urls_and_others_keep_their_numbers(tool: Tool) -> None:
    urls = [f"data:image/png;base64,{B64}", f"data:image/png;base64,{B64}", "data:text/plain,x"]
    names = [line.rpartition("-")[2] for line in run(tool, {"images": urls}).out.splitlines()]
    assert names == ["1.png", "2.txt"], "each URL once"


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,***", "data:image/png;base64,", "data:image/png;base64,A", "data:text/plain,"]
)
def test_an_undecodable_data_url_is_reported(url: str, tool: Tool) -> None:
    ran = run(tool, {"image": url})
    assert ran.code == Exit.SAVING and "File 1 (image) was not saved" in ran.err and "runcomfy-py download" in ran.err
    assert len(ran.err) < 500


@pytest.mark.parametrize("text", ["data: x, y", "data:,x", "data", "data:image", "database/x;base64,AAAA", "data:yes, no"])
def test_a_text_that_begins_with_data_is_not_a_file(text: str) -> None:
    assert files_in({"text": text}) == ()


@pytest.mark.parametrize("url", [f"data:image/png;base64,{B64}", "data:text/plain," + "%41" * 300])
def test_the_size_of_a_data_url_is_limited(url: str, tool: Tool) -> None:
    simulator = tool.serve(Fault("submit", OutputIs({"image": url})))
    from runcomfy_client import DownloadError, RunComfy, request

    with RunComfy("t", base_url=simulator.base_url, http_client=simulator.http_client()) as client:
        result = client.run(request(KLING, prompt="x", start_image_url="https://example.com/a.png"))
        with pytest.raises(DownloadError, match="that are allowed"):
            result.save(".", limits=DownloadLimits(largest=250))
    assert list(Path().iterdir()) == []


def test_without_saving_a_data_url_is_printed_completely(tool: Tool) -> None:
    url = "data:image/png;base64," + B64 * 100
    assert run(tool, {"image": url}, "--no-save").out == url + "\n"
