"""Files of jobs as spreadsheets, pandas, jq and shells write them: read where nothing has to be guessed, else told once."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.batch import BatchJob, InvalidJobs, read_jobs

from tests.cli.harness import KLING, URL

ROW = f"a,Snow,{URL}"
HEADER = "key,prompt,start_image_url"


def read(text: str | bytes, folder: Path, name: str = "jobs.csv") -> list[BatchJob]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_jobs(path, model=KLING))


def payload(job: BatchJob) -> dict[str, Any]:
    return {"key": job.key, **job.request.payload()}


def body(job: BatchJob) -> bytes:
    return json.dumps(job.request.payload(), separators=(",", ":")).encode()


SNOW = {"key": "a", "prompt": "Snow", "start_image_url": URL}


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\r\n{ROW}\r\n,,\r\n,,\r\n",
        f"{HEADER}\n,,\n{ROW}\n,,\n",
        f"{HEADER},,,\n{ROW},,,\n,,,,,\n",
        f"{HEADER}\n{ROW},,,,\n",
        f"{HEADER}\n{ROW}\n , ,\t\n \n\n",
        f"{HEADER},\n{ROW},\u00a0\n",
        f",,\n\n{HEADER}\n{ROW}\n",
        f' key ,"prompt ",start_image_url \n{ROW}\n',
        f'{HEADER}\n{ROW}\n"","",""\n',
        f"{HEADER}\r{ROW}\r,,\r",
        f",{HEADER}\n,{ROW}\n",
    ],
)
def test_empty_rows_and_columns_do_not_count(text: str, tmp_path: Path) -> None:
    assert [payload(job) for job in read(text, tmp_path)] == [SNOW]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize(
    "head",
    ["", "sep={}\n", '"sep={}"\r\n', "SEP={}{}{}\n", "\ufeffsep={}\n", "\n{}{}\n"],
)
def test_the_delimiter_is_that_of_the_header(delimiter: str, head: str, tmp_path: Path) -> None:
    lines = [HEADER, ROW, 'b,"Snow; and, rain\tfalls",' + URL]
    text = head.replace("{}", delimiter) + "\n".join(line.replace(",", delimiter, 1) for line in lines).replace(
        f",{URL}", f"{delimiter}{URL}"
    ).replace(",start", f"{delimiter}start")
    jobs = read(text, tmp_path)
    assert [payload(job)["prompt"] for job in jobs] == ["Snow", "Snow; and, rain\tfalls"]
    assert [job.line for job in jobs] == [
        text[: text.index(word)].count("\n") + 1 for word in ("a" + delimiter + "Snow", "b" + delimiter)
    ]


@pytest.mark.parametrize("name", ["jobs.tsv", "jobs.TSV", "jobs.txt", "jobs"])
def test_tabs_by_name_or_by_content(name: str, tmp_path: Path) -> None:
    assert [payload(job) for job in read(f"{HEADER}\n{ROW}\n".replace(",", "\t"), tmp_path, name)] == [SNOW]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_encodings_with_a_mark(encoding: str, tmp_path: Path) -> None:
    text = f"{HEADER}\r\na,Schn\u00e9e \u65e5\u672c,{URL}\r\n".replace(",", "\t")
    assert payload(read(text.encode(encoding), tmp_path)[0])["prompt"] == "Schn\u00e9e \u65e5\u672c"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00\xff\xfe", 1, "Excel workbook; save it as"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, "Excel workbook"),
        (f"{HEADER}\nb,Schn\xe9e,{URL}\n".encode("cp1252"), 2, "not UTF-8 text from this line on"),
        (b"\xff\xfea", 1, "has a UTF-16 byte order mark"),
        (
            f",{HEADER}\n" + "".join(f"{n},k{n},Snow,{URL}\n" for n in range(5)),
            2,
            "column 1 has no name in the header, but contains '0'",
        ),
        (f"{HEADER},\n{ROW},\nb,Snow,{URL},note\n", 3, "column 4 has no name in the header, but contains 'note'"),
        (f"{HEADER}\n{ROW}\nb,Snow, and rain,{URL}\n", 3, "4 cells, but the header has 3"),
        (f"{HEADER},key\n{ROW},x\n", 1, "duplicate column 'key'"),
        (f"{HEADER}\n,,\n", 1, "there are no jobs"),
        ("", 1, "there are no jobs"),
        ("sep=;\n", 1, "there are no jobs"),
    ],
)
def test_each_unreadable_line_is_reported_once(text: str | bytes, line: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidJobs) as told:
        read(text, tmp_path)
    (problem,) = told.value.problems
    assert problem.line == line and words in problem.message and told.value.total == 1


@pytest.mark.parametrize("word", ["5.0", "5", " 5.00 ", "5.", "+5.0", "5e0", "0.5e1", "50e-1"])
def test_a_whole_number_may_be_written_as_a_decimal(word: str, tmp_path: Path) -> None:
    (job,) = read(f"{HEADER},duration\n{ROW},{word}\n", tmp_path)
    assert payload(job)["duration"] == 5 and body(job).count(b'"duration":5,') + body(job).count(b'"duration":5}') == 1


@pytest.mark.parametrize(
    "word", ["5.1", "5,0", "5.0000000000000000001", "five", "5_0", "1e999999999", "nan", "inf", "--5", "0x5", "\u0665"]
)
def test_what_is_not_exactly_a_whole_number_is_refused(word: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidJobs, match="duration"):
        read(f'{HEADER},duration\n{ROW},"{word}"\n', tmp_path)


def test_whole_numbers_of_pandas_in_json(tmp_path: Path) -> None:
    inputs = {"prompt": "x", "start_image_url": URL, "duration": 3.0, "multi_prompt": [{"prompt": "a", "duration": 3.0}]}
    (job,) = read(json.dumps({"inputs": inputs}), tmp_path, "jobs.jsonl")
    assert b".0" not in body(job)
    with pytest.raises(InvalidJobs, match="duration"):
        read(json.dumps({"inputs": {**inputs, "duration": 5.5}}), tmp_path, "jobs.jsonl")


JOBS = [{"key": f"k{n}", "inputs": {"prompt": f"p{n}", "start_image_url": URL}} for n in range(3)]
PRETTY = json.dumps(JOBS, indent=2)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(JOBS),
        PRETTY,
        "\ufeff\n" + PRETTY.replace("\n", "\r\n"),
        "[" + ",\n".join(map(json.dumps, JOBS)) + "]\n\n",
        "[\n" + "\n,".join(map(json.dumps, JOBS)) + "\n]",
        "\n".join(json.dumps(job, indent=4) for job in JOBS),
        "\n".join(map(json.dumps, JOBS)),
        "\n\n".join(map(json.dumps, JOBS)) + "\n",
    ],
)
@pytest.mark.parametrize("name", ["jobs.json", "jobs.jsonl", "jobs", None])
def test_json_of_every_shape(text: str, name: str | None, tmp_path: Path) -> None:
    jobs = list(read_jobs(io.BytesIO(text.encode()), model=KLING)) if name is None else read(text, tmp_path, name)
    assert [job.key for job in jobs] == ["k0", "k1", "k2"]
    assert all(f'"k{n}"' in "\n".join(text.split("\n")[(jobs[n].line or 0) - 1 :][:3]) for n in range(3)), "where it begins"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (PRETTY[:-2], 22, "the list has no end"),
        (PRETTY[:-1] + ",]", 23, "Expecting value"),
        (PRETTY + "\n{}", 24, "there is text after the list"),
        (PRETTY.replace("},\n  {", "}\n  {", 1), 9, ", or ] is missing after an item"),
        (PRETTY.replace('"p1"', "'p1'"), 12, "Expecting value"),
        ('[\n{"key": 1,\n "key": 2}]', 2, "occurs twice"),
        ("[\n1]", 2, "a job must be a JSON object"),
        ("[]", 1, "there are no jobs"),
        ("[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_an_error_in_a_list_names_its_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidJobs) as told:
        read(text, tmp_path, "jobs.json")
    assert any(words in problem.message and problem.line == line for problem in told.value.problems), told.value.problems
