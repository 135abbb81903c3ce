"""Models whose texts try to break a page, and such texts for inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from runcomfy_client.catalog import ModelDocument, document_of

from tests.playground.harness import KLING

RUN: Final = "window.hacked=1"
TEXTS: Final = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"' onmouseover='{RUN}",
    f'" autofocus onfocus="{RUN}',
    f"javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</template><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}",
    "<iframe src='https://evil.example/'></iframe>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example/><button>Run</button></form>",
    "<style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>click</a>",
    "&lt;b&gt; &amp;amp; &#x3c;script&#x3e;",
    "\u202eevil\u202c \u2066x\u2069 \ufeff\u200b",
    "a\0b\x1b[2J\x07\x7f\u2028\u2029",
    "مرحبا بالعالم، هذا نص طويل من اليمين إلى اليسار",
    "שלום עולם <b>x</b> 123",
    "Z̸̢͎̼͇a̵̰͂l̶̰̃g̷̨̛o̴ 👩‍👩‍👧‍👦 🏴\U000e0067",
    "A" * 5000,
    "word " * 800,
)
assert len(TEXTS) == 30


def hostile_model(number: int, texts: Sequence[str]) -> ModelDocument:
    """Return a model with all given texts at every position of its inputs, and the first text at all other positions."""
    first = texts[0]
    properties: dict[str, Any] = {"prompt": {"type": "string", "description": first, "default": first, "examples": [first]}}
    for text in texts:
        properties |= {
            f"name {text}": {"type": "integer", "description": text, "minimum": 1, "maximum": 9, "default": 3},
            f"choice {text}": {"type": "string", "description": text, "enum": [text, f"other {text}"], "default": text},
            f"select {text}": {"type": "string", "enum": [f"{text} {one}" for one in range(9)]},
            f"list {text}": {
                "type": "array",
                "description": text,
                "items": {"type": "string", "x-media": "image", "description": text},
            },
            f"object {text}": {"type": "object", "properties": {text: {"type": "boolean", "default": True, "description": text}}},
            f"free {text}": {"description": text},
        }
    return ModelDocument(
        {
            **document_of(KLING).raw,
            "model_id": f"evil/model-{number}",
            "display_name": first,
            "description": first,
            "categories": [first],
            "kind": first,
            "pricing_note": first,
            "price_unit": first,
            "base_price_usd": 0.5,
            "retired": first,
            "example": {"prompt": first, f"choice {first}": first},
            "input_schema": {"type": "object", "required": ["prompt"], "properties": properties},
        }
    )


def large_model(inputs: int) -> ModelDocument:
    """Return a model with many inputs, whose names are in several scripts."""
    kinds: tuple[dict[str, Any], ...] = (
        {"type": "string", "description": "نص طويل من اليمين إلى اليسار " * 8},
        {"type": "integer", "minimum": 1, "maximum": 99, "default": 5, "description": "How many of them. " * 12},
        {"type": "string", "enum": ["720p", "1080p", "4K"], "default": "1080p"},
        {"type": "boolean", "default": False, "description": "שלום עולם " * 6},
        {"type": "string", "x-media": "video", "description": "x" * 400},
        {"type": "array", "items": {"type": "object", "properties": {"prompt": {"type": "string"}, "n": {"type": "number"}}}},
    )
    properties = {f"an_input_with_a_rather_long_name_number_{number}": kinds[number % len(kinds)] for number in range(inputs)}
    raw = json.loads(json.dumps(document_of(KLING).raw))
    return ModelDocument(
        {
            **raw,
            "model_id": "large/many-inputs/variant",
            "display_name": "A model whose name is long enough for three lines on a telephone, واسم من اليمين إلى اليسار",
            "input_schema": {"type": "object", "properties": properties},
            "example": {},
        }
    )


def many_models(count: int) -> list[ModelDocument]:
    """Return the given number of models, which are copies of one."""
    raw = document_of(KLING).raw
    return [
        ModelDocument({**raw, "model_id": f"vendor-{n % 20}/model-{n}/text-to-video", "display_name": f"Model {n}"})
        for n in range(count)
    ]
