"""The same models twice: as a folder of schema documents, and as the operations of one OpenAPI specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas" / "models"
_TYPES: Final = {"float": "number"}
_KEPT: Final = (
    "type",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "maxLength",
    "items",
    "properties",
    "required",
)


def models(count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` documents: those of the project, again and again under other ids."""
    published = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.rglob("*.json"))]
    for number in range(count):
        document = published[number % len(published)]
        name = document["model_id"].replace("/", "-")
        yield {**document, "model_id": f"vendor{number // len(published)}/r{number // len(published)}-{name}"}


def write_schemas(count: int, folder: Path) -> list[Path]:
    """Write the documents as a schemas folder, and return their paths."""
    paths = []
    for document in models(count):
        path = folder / "models" / f"{document['model_id']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        paths.append(path)
    return paths


def write_specification(count: int, path: Path) -> None:
    """Write the same models as an OpenAPI specification with an operation each."""
    operations = {}
    for number, document in enumerate(models(count)):
        body = {"required": True, "content": {"application/json": {"schema": _plain(document["input_schema"])}}}
        answer = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}
        operations[f"/v1/models/{document['model_id']}"] = {
            "post": {"operationId": f"run_{number}", "requestBody": body, "responses": answer}
        }
    specification = {"openapi": "3.1.0", "info": {"title": "Models", "version": "1"}, "paths": operations}
    path.write_text(json.dumps(specification), encoding="utf-8")


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A documented schema in words that any tool knows."""
    plain = {key: value for key, value in schema.items() if key in _KEPT}
    plain["type"] = _TYPES.get(plain.get("type", "object"), plain.get("type", "object"))
    if "properties" in plain:
        plain["properties"] = {name: _plain(child) for name, child in plain["properties"].items()}
        if any(name in plain["properties"] and "default" in plain["properties"][name] for name in plain.get("required", [])):
            for name in plain["required"]:
                plain["properties"].get(name, {}).pop("default", None)
    if plain["type"] == "array":
        plain["items"] = _plain(plain.get("items", {"type": "string"}))
    return plain
