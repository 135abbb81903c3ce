"""The typed output of a model. Parsing never fails, so that an unexpected structure does not lose a paid result."""

from __future__ import annotations

import logging
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

_log = logging.getLogger("runcomfy_client")


class Output(BaseModel):
    """The base class of all outputs: documented fields are typed; all other keys are kept as attributes."""

    model_config = ConfigDict(extra="allow", frozen=True, validate_by_alias=True, validate_by_name=True, protected_namespaces=())

    @classmethod
    def read(cls, raw: JsonValue) -> Self:
        """Create the output from the `output` member of a result, which may be any JSON value.

        An object is validated; if it does not match the documented types, its values are kept unchanged, and a warning is logged.
        Any other value, such as a URL or a list of URLs, becomes the extra attribute `value`.
        """
        data: dict[str, Any] = raw if isinstance(raw, dict) else {} if raw is None else {"value": raw}
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_input=False, include_url=False)
            fields = ", ".join(".".join(map(str, detail["loc"])) for detail in details)
            _log.warning("output of %s does not have the documented type at: %s; kept unchanged", cls.__name__, fields)
            return cls._construct_unvalidated(data)

    @classmethod
    def _construct_unvalidated(cls, data: dict[str, Any]) -> Self:
        """Create the output without validating its values."""
        fields = {field.alias or name: name for name, field in cls.model_fields.items()}
        output = cls.model_construct()
        for key in data.keys() & fields.keys():
            object.__setattr__(output, fields[key], data[key])  # bypasses `frozen`, before the object is returned
        output.__pydantic_fields_set__.update(fields[key] for key in data if key in fields)
        if output.__pydantic_extra__ is not None:
            output.__pydantic_extra__.update({key: value for key, value in data.items() if key not in fields})
        return output


class MediaOutput(Output):
    """The fields that the output of any model may have, as URLs; each model fills one or two of them.

    Source, as of 2026-11-22: RunComfy API documentation for images and videos. The audio fields are not documented; the vendor's
    clients of audio models read them.
    """

    image: str | None = None
    """URL of a single image."""
    images: list[str] | None = None
    """URLs of several images."""
    video: str | None = None
    """URL of a single video."""
    videos: list[str] | None = None
    """URLs of several videos."""
    audio: str | None = None
    """URL of a single audio file."""
    audios: list[str] | None = None
    """URLs of several audio files."""
