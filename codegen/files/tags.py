"""The released versions, from the tags of a git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from codegen.values.version import Version


def released_versions(folder: Path) -> list[Version]:
    """Return the versions of tags such as v0.2.0 in the repository of a folder, sorted; empty without a repository."""
    home = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.is_dir())
    command = ["git", "-C", str(home), "tag", "--list", "v*", "--merged", "HEAD"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.CalledProcessError):
        return []
    versions = (Version.parse(line.removeprefix("v")) for line in listed.split())
    return sorted(version for version in versions if version is not None)
