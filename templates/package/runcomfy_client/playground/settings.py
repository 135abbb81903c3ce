"""The settings of the playground."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

UPLOADS: Final = "uploads"
OUTPUTS: Final = "outputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaygroundSettings:
    """The settings of a playground.

    Attributes:
        out: the folder of the ledger, the chosen files and the outputs.
        live: True to run jobs on the API, where they are billed; False to run them on a simulator.
        files: more folders from which local files may be inputs.
    """

    out: Path
    live: bool
    files: tuple[Path, ...] = ()

    @property
    def uploads(self) -> Path:
        """The folder of the files that were chosen or dropped in the page."""
        return self.out / UPLOADS

    @property
    def folders(self) -> tuple[Path, ...]:
        """All folders from which local files may be inputs."""
        return (self.uploads, *self.files)
