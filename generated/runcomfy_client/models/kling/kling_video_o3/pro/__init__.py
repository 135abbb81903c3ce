"""Models below `kling.kling_video_o3.pro`."""
