"""Local files as inputs: checked, uploaded to a bucket of yours, and sent as signed links.

    from pathlib import Path

    from runcomfy_client import RunComfy
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    with RunComfy(media="s3://my-bucket/runcomfy") as client:
        client.run(Kling3_0StandardImageToVideo(prompt="Snow falls.", start_image_url=Path("photo.png")))

`BucketHost` has more options, and needs the extra `files`. Any object with the method of `MediaHost` can replace it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader

if TYPE_CHECKING:
    from runcomfy_client.files.bucket import BucketHost as BucketHost
    from runcomfy_client.files.bucket import StoredFile as StoredFile
    from runcomfy_client.files.bucket import UploadProgress as UploadProgress
    from runcomfy_client.files.bucket_errors import MediaHostError as MediaHostError
    from runcomfy_client.files.host import MediaFile as MediaFile
    from runcomfy_client.files.host import MediaHost as MediaHost
else:
    __getattr__, __dir__ = loader(
        __name__,
        {
            "BucketHost": "bucket",
            "MediaFile": "host",
            "MediaHost": "host",
            "MediaHostError": "bucket_errors",
            "StoredFile": "bucket",
            "UploadProgress": "bucket",
        },
    )

__all__ = ["BucketHost", "MediaFile", "MediaHost", "MediaHostError", "StoredFile", "UploadProgress"]
