"""Access control, access to files, and untrusted text, which never becomes a script in a page."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from runcomfy_client.batch.states import Stage
from runcomfy_client.playground.files import clean_name
from runcomfy_client.simulator import Fault, OutputIs

from tests.playground.fake_api import PNG, fake_api
from tests.playground.harness import KLING, URL, RunningPlayground, running_playground, simulate
from tests.playground.test_money import post, quote, stages, wait_for_end, wait_for_stage

PATHS = (
    "/",
    f"/models/{KLING}",
    "/runs",
    "/runs/q_1",
    "/api/runs?keys=q_1",
    "/inputs/a.png",
    "/static/x/playground.js",
    "/nothing",
)


def test_only_own_pages_with_the_secret_get_access(tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served, served.client() as client:
        port = served.url.rstrip("/").rpartition(":")[2]
        for path in PATHS:
            assert httpx.get(served.url.rstrip("/") + path).status_code == 403
            for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil.example:{port}", ""):
                assert client.get(path, headers={"Host": host}).status_code == 403, host
            for origin in ("https://evil.example", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{port}"):
                assert client.get(path, headers={"Origin": origin}).status_code == 403, origin
        for wrong in ("?secret=", "?secret=x", "", "?secret=x&secret=y"):
            assert httpx.get(f"{served.url}open{wrong}").status_code == 403
        assert httpx.get(served.open_url, headers={"Host": "evil.example"}).status_code == 403
        for cookie in ("runcomfy_playground=x", f"runcomfy_playground_{port}=x", f"runcomfy_playground_{port}=", "=;=", "a b"):
            assert httpx.get(served.url, headers={"Cookie": cookie}).status_code == 403
        key = quote(client)
        bare = httpx.Client(base_url=served.url, cookies=client.cookies)
        for refused in (
            bare.post(f"/api/runs/{key}/submit", json={}),  # no Origin: not a page of a browser
            bare.post(f"/api/runs/{key}/submit", json={}, headers={"Origin": "https://evil.example"}),
            httpx.post(f"{served.url}api/runs/{key}/submit", json={}, headers={"Origin": served.url.rstrip("/")}),
        ):
            assert refused.status_code == 403
        text = client.post(f"/api/runs/{key}/submit", content=b"{}", headers={"Content-Type": "text/plain"})
        assert text.status_code == 415 and client.get(f"/api/runs/{key}/submit").status_code == 405
        bare.close()
    assert [stage.value for stage in stages(tmp_path)] == ["planned"]


def test_the_cookie_and_the_headers(tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served, served.client() as client:
        opened = httpx.get(served.open_url)
        cookie = opened.headers["set-cookie"]
        assert opened.headers["location"] == "/" and "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
        secret = served.open_url.partition("secret=")[2]
        assert secret not in cookie and len(secret) > 32
        for path in (*PATHS, "/open"):
            for answer in (client.get(path), httpx.get(served.url.rstrip("/") + path)):
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy.replace("https:", "X")
                assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["referrer-policy"] == "no-referrer"
                assert secret not in answer.text and "server" not in answer.headers
        for page in ("/", f"/models/{KLING}", "/runs"):
            text = client.get(page).text
            assert not re.search(r"<[^>]+\s(on[a-z]+|style)\s*=", text) and not re.search(r"(src|href)=\"(https?:)?//", text)
            assert re.findall(r"<script(.*?)>", text) and all(
                "src=" in one or "json" in one for one in re.findall(r"<script(.*?)>", text)
            )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with files, next to a private one."""
    (tmp_path / "secret.png").write_bytes(PNG)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a b.png").write_bytes(PNG)
    (folder / "page.png").write_bytes(b"<script>alert(1)</script>" * 9)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    return folder


def test_only_files_below_the_allowed_folders_are_served(files: Path, tmp_path: Path) -> None:
    with running_playground(tmp_path / "out", simulate(), files=(files,)) as served, served.client() as client:
        found = client.get("/inputs/a b.png")
        assert (found.status_code, found.content, found.headers["content-type"]) == (200, PNG, "image/png")
        assert client.get(f"/inputs/{files}/a b.png").status_code == 200
        bad = [
            "page.png",
            "link.png",
            "../secret.png",
            "..%2fsecret.png",
            "%2e%2e/secret.png",
            f"{tmp_path}/secret.png",
            ".",
            "",
            "%00",
        ]
        for path in (*bad, "/etc/passwd", "x" * 5000):
            assert client.get(f"/inputs/{path}").status_code in (404, 400), path
        for path in ("link.png", "../secret.png", str(tmp_path / "secret.png")):
            output = post(client, "/api/check", {"model": KLING, "form": {"prompt": "x", "start_image_url": path}}).json()
            assert [one["field"] for one in output["problems"]] == ["start_image_url"], path
        good = post(client, "/api/check", {"model": KLING, "form": {"prompt": "x", "start_image_url": "a b.png"}}).json()
        assert good["problems"] == [] and f'Path("{files}/a b.png")' in good["code"]["python"]


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    """Select a file for upload."""
    return client.post("/api/files", params={"name": name}, content=content)


def test_a_selected_file_is_stored_used_and_shown(tmp_path: Path) -> None:
    simulator = simulate()
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        output = upload(client, "../../my photo \u202e.png", PNG).json()
        assert output["name"] == "my photo _.png" and output["shown_as"] == "image" and output["path"].count("/") == 1
        assert upload(client, "../../my photo \u202e.png", PNG).json() == output  # the same once
        assert client.get(f"/inputs/{output['path']}").content == PNG
        key = quote(client, start_image_url=output["path"])
        post(client, f"/api/runs/{key}/submit", {})
        wait_for_stage(tmp_path, Stage.DOWNLOADED)
        page = client.get(f"/models/{KLING}", params={"from": key}).text
        assert output["path"].split("/")[0] in page
        assert upload(client, "e.png", b"").status_code == 422
        film = post(client, "/api/quote", {"model": KLING, "form": {"prompt": "x", "start_image_url": _text_file(client)}})
        assert film.status_code == 422 and film.json()["problems"][0]["field"] == "start_image_url"
    assert list((tmp_path / "uploads").glob("*.part")) == []
    assert simulator.accepted[0].inputs["start_image_url"].startswith("https://")


def _text_file(client: httpx.Client) -> str:
    return str(upload(client, "notes.png", b"no picture at all\n" * 9).json()["path"])


def test_a_live_run_with_a_file_requires_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNCOMFY_MEDIA", raising=False)
    with running_playground(tmp_path, base_url="http://127.0.0.1:9") as served, served.client() as client:
        path = upload(client, "a.png", PNG).json()["path"]
        output = post(client, "/api/quote", {"model": KLING, "form": {"prompt": "x", "start_image_url": path}})
        assert output.status_code == 409 and "bucket" in output.json()["error"] and "RUNCOMFY_MEDIA" in output.json()["error"]


def test_a_linked_file_is_fetched_by_the_playground_without_the_token(tmp_path: Path) -> None:
    with fake_api() as api, running_playground(tmp_path / "live", base_url=api.base_url) as served, served.client() as client:
        output = post(client, "/api/preview", {"url": f"{api.base_url}/out.png"}).json()
        assert output["shown_as"] == "image" and client.get(f"/inputs/{output['path']}").content == PNG
        for url in ("http://127.0.0.1:9/a.png", "file:///etc/passwd", "ftp://example.com/a", "https://10.0.0.1/a.png", "x"):
            refused = post(client, "/api/preview", {"url": url})
            assert refused.status_code == 422 and "cannot be shown" in refused.json()["error"], url
        assert api.tokens_for_files == {""} and post(client, "/api/preview", {}).status_code == 409
    with running_playground(tmp_path / "simulated", simulate()) as served, served.client() as client:
        assert post(client, "/api/preview", {"url": "https://example.com/a.png"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.png", "a.png"),
        ("C:\\Users\\x\\b.jpg", "b.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("a\0\n<b>.png", "a___b_.png"),
        ("雪 é.webp", "雪 é.webp"),
        ("x" * 300 + ".mp4", "x" * 76 + ".mp4"),
        ("y" * 300, "y" * 80),
    ],
)
def test_names_of_selected_files(name: str, kept: str) -> None:
    assert clean_name(name) == kept


def _ended(served: RunningPlayground, client: httpx.Client) -> str:
    key = quote(client)
    post(client, f"/api/runs/{key}/submit", {})
    wait_for_end(served, key)
    return key


def test_an_output_that_is_a_page_is_only_downloaded(tmp_path: Path) -> None:
    page = "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="
    with running_playground(tmp_path, simulate(Fault("submit", OutputIs({"file": page})))) as served, served.client() as client:
        key = _ended(served, client)
        card = client.get(f"/runs/{key}/card").text
        assert "Done" in card and "<img" not in card
        answer = client.get(f"/runs/{key}/files/0")
        assert answer.content == b"<script>alert(1)</script>"
        assert answer.headers["content-type"].startswith("application/octet-stream")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert client.get(f"/runs/{key}/files/1").status_code == 404 and client.get("/runs/q_0/files/0").status_code == 404


def test_outputs_support_ranges_and_have_names(tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served, served.client() as client:
        key = _ended(served, client)
        whole = client.get(f"/runs/{key}/files/0")
        part = client.get(f"/runs/{key}/files/0", headers={"Range": "bytes=4-11"})
        assert (part.status_code, part.content) == (206, whole.content[4:12]) and whole.headers["content-type"] == "video/mp4"
        named = client.get(f"/runs/{key}/files/0?download").headers["content-disposition"]
        assert named.startswith("attachment") and ".mp4" in named
        next((tmp_path / "outputs").iterdir()).unlink()
        assert client.get(f"/runs/{key}/files/0").status_code == 404 and "Done" in client.get(f"/runs/{key}").text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"model": 5}', b'{"model": "a/b", "form": []}', b'{"a": "\\ud800"}', b"\xff", b'{"a":NaN}']
)
def test_invalid_form_bodies(body: bytes, tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served, served.client() as client:
        for path in ("/api/check", "/api/quote"):
            answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 404) and answer.json()["error"]
        huge = client.post("/api/check", content=b" " * 5_000_000, headers={"Content-Type": "application/json"})
        assert huge.status_code == 413
        odd = post(
            client, "/api/check", {"model": KLING, "form": {"prompt": ["x"], "start_image_url": {"a": URL}, "duration": [[]]}}
        )
        assert {one["field"] for one in odd.json()["problems"]} == {"prompt", "start_image_url", "duration"}
