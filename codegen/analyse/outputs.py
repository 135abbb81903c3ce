"""The object type of an output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codegen.analyse.dialect.finish import as_one_object, resolved
from codegen.analyse.dialect.merge import branches, join


def output_object(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object schema of an output: an object as it is, a union of objects as one object.

    Any other output, such as a URL or a list, becomes the property `value`.
    """
    if "properties" in output:
        return output
    named: dict[str, Any] = output.get("$defs", {})
    parts = branches({key: value for key, value in output.items() if key != "$defs"})
    objects = [part for part in parts if "properties" in resolved(part, named)]
    others = [part for part in parts if part not in objects and part.get("type") != "null"]
    if not objects:
        return {"properties": {"value": output}, "$defs": named}
    out = as_one_object({"anyOf": objects}, named) or dict(resolved(objects[0], named))
    if others and "value" not in out["properties"]:
        out["properties"] = {**out["properties"], "value": join(others)}
    return {**out, "$defs": named}
