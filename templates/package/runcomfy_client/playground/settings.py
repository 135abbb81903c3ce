"""What whoever starts the playground decides."""

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
        out: the folder of the ledger, of chosen files and of outputs.
        live: whether jobs go to the API and are billed; else a simulator takes them.
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
