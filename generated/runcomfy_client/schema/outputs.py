"""The typed output of a model. Parsing never fails, so a paid result is never lost to an unexpected shape."""

from __future__ import annotations

import logging
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

_log = logging.getLogger("runcomfy_client")


class Output(BaseModel):
    """Base of all outputs: documented fields are typed; every other key is kept as an attribute."""

    model_config = ConfigDict(extra="allow", frozen=True, validate_by_alias=True, validate_by_name=True, protected_namespaces=())

    @classmethod
    def read(cls, raw: JsonValue) -> Self:
        """Build the output from the `output` member of a result, whatever it is.

        An object is validated; where it does not fit the documented types, its values are kept as they came and a warning is
        logged. Anything else (a bare URL, a list of URLs) becomes the one extra member `value`.
        """
        data: dict[str, Any] = raw if isinstance(raw, dict) else {} if raw is None else {"value": raw}
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False, include_url=False))
            _log.warning("output of %s is not of the documented type at: %s; kept as it came", cls.__name__, places)
            return cls._construct_unvalidated(data)

    @classmethod
    def _construct_unvalidated(cls, data: dict[str, Any]) -> Self:
        """Build the output without validating its values."""
        fields = {field.alias or name: name for name, field in cls.model_fields.items()}
        made = cls.model_construct()
        for key in data.keys() & fields.keys():
            object.__setattr__(made, fields[key], data[key])  # past the freezing, while nobody has seen it yet
        made.__pydantic_fields_set__.update(fields[key] for key in data if key in fields)
        if made.__pydantic_extra__ is not None:
            made.__pydantic_extra__.update({key: value for key, value in data.items() if key not in fields})
        return made


class MediaOutput(Output):
    """The fields that the API can fill for every model, as URLs; a given model fills one or two of them.

    Source, as of 2026-11-22: RunComfy API documentation for images and videos. The audio fields are not documented; clients of
    audio models read them.
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
