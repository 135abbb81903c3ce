"""4k 3d Gen: the typed inputs and output of `acme/4k/3d-gen`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Acme4k3dGen(Request[MediaOutput], frozen=True):
    """4k 3d Gen.

    Model: acme/4k/3d-gen
    """

    MODEL_ID = "acme/4k/3d-gen"

    class_: Annotated[str, Field(alias="class")]
    field_241_positive_prompt: Annotated[str | None, Field(alias="241_positive_prompt")] = None
    copy_: Annotated[str | None, Field(alias="copy")] = None
    promptText: str | None = None
    private: Annotated[str | None, Field(alias="_private")] = None
    class__: Annotated[str | None, Field(alias="__class__")] = None
    foo_x2d_bar: Annotated[str | None, Field(alias="foo-bar")] = None
    foo_bar: str | None = None
    foo_x2e_bar: Annotated[str | None, Field(alias="foo.bar")] = None
    fooBar: str | None = None
    self_: Annotated[str | None, Field(alias="self")] = None
    payload_: Annotated[str | None, Field(alias="payload")] = None
    model_fields_: Annotated[str | None, Field(alias="model_fields")] = None
    type: str | None = None
    ref: Annotated[str | None, Field(alias="$ref")] = None
    properties: str | None = None
    gr_e: Annotated[str | None, Field(alias="größe")] = None
    quote_d: Annotated[str | None, Field(alias='quote"d\\')] = None
    str_: Annotated[str | None, Field(alias="str")] = None
    Field_: Annotated[str | None, Field(alias="Field")] = None
