"""A separate program: imports every model of a client, builds requests, and prints the results as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from tests.hostile.class_facts import exact, facts_of


def examine(model_id: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the facts about a model's class, and what its requests send."""
    import runcomfy_client

    cls = runcomfy_client.model_class(model_id)
    sample: dict[str, Any] = schema["example"]
    sent: dict[str, list[Any]] = {}
    for wire, child in schema["input_schema"]["properties"].items():
        values = [value for value in [*child.get("enum", []), child.get("default")] if value is not None]
        sent[wire] = [exact(cls(**{**sample, wire: value}).payload()[wire]) for value in values]
    return {"class": cls.__name__, "facts": facts_of(cls), "sample": cls(**sample).payload() == sample, "sent": sent}


def slow_pattern(model_id: str, wire: str) -> float:
    """Return the seconds for a text on which a backtracking engine would not finish."""
    import runcomfy_client

    start = time.perf_counter()
    runcomfy_client.model_class(model_id)(**{wire: "a" * 2000 + "!"})
    return time.perf_counter() - start


def main() -> None:
    documents = [json.loads(path) for path in sys.stdin.read().splitlines()]
    found = {document["model_id"]: examine(document["model_id"], document) for document in documents}
    slow = {case: slow_pattern(f"hostile/{case}", "x") for case in ("f01_pattern_redos", "f08_pattern_redos_pyre")}
    print(json.dumps({"models": found, "slow": slow, "canary": os.environ.get("HOSTILE_CANARY")}))


if __name__ == "__main__":
    main()
