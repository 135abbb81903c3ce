"""Spending limits at the terminal: `--max-usd` of `run` and `batch`, and the amounts in `--check`, `status` and `report`."""

from __future__ import annotations

import json
from pathlib import Path

from runcomfy_client.cli.exit_codes import Exit

from tests.cli.harness import GOOD, KLING, Tool

MODEL = "bytedance/seedance-2.5/image-to-video/480p"
INPUTS = ("--prompt", "x", "--image", "https://example.com/a.png")


def write(count: int) -> None:
    line = json.dumps({"model": MODEL, "inputs": {"prompt": "x", "image": "https://example.com/a.png"}})
    Path("jobs.jsonl").write_text(f"{line}\n" * count, encoding="utf-8")


def test_run_respects_max_usd(tool: Tool) -> None:
    simulator = tool.serve()
    ran = tool("run", MODEL, *INPUTS, "--max-usd", "0.5")
    assert ran.code == Exit.USAGE and "about 0.85 USD (0.17 USD a second x 5 seconds" in ran.err
    assert tool("run", KLING, *GOOD, "--max-usd", "9").code == Exit.USAGE
    assert not simulator.accepted
    assert tool("run", KLING, *GOOD, "--max-usd", "9", "--allow-unpriced").code == 0
    assert tool("run", MODEL, *INPUTS, "--max-usd", "0.85").code == 0
    assert tool("run", MODEL, *INPUTS, "--max-usd", "-1").code == Exit.USAGE
    assert len(simulator.accepted) == 2


def test_a_batch_respects_max_usd_over_several_runs(tool: Tool) -> None:
    write(4)
    simulator = tool.serve(price_usd=0.85)
    for _ in range(2):
        ran = tool("batch", "jobs.jsonl", "--out", "night", "--max-usd", "2", "--json")
        assert ran.json["money"] == {"spent": "1.7", "reserved": "0", "unpriced": 0, "limit": "2", "left": "0.3"}
        assert ran.code == Exit.TRY_AGAIN and "the limit of spending is reached" in ran.json["halted"]
    assert len(simulator.accepted) == 2
    output = "2 submitted, estimate 1.7 USD (0 unknown), cost 1.7 USD (0 unknown)\n"
    assert tool("batch", "report", "night", "--by-model").out == f"{MODEL}: {output}"
    assert tool("batch", "report", "night", "--json").json["models"][0]["cost_usd"] == "1.7"
    assert tool("batch", "status", "night", "--json").json["money"]["spent"] == "1.7"
    assert tool("batch", "jobs.jsonl", "--out", "night", "--allow-unpriced").code == Exit.USAGE


def test_check_prints_the_estimated_cost_of_a_batch(tool: Tool) -> None:
    write(3)
    tool.serve()
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--check")
    assert f"{MODEL}: 3 x, about 2.55 USD\n3 jobs, all valid. Nothing was sent.\n" == ran.out
    assert tool("batch", "jobs.jsonl", "--out", "night", "--check", "--json").json["estimate_usd"] == "2.55"
    assert not Path("night").exists()
