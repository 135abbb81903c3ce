"""Models below `google.gemini_omni_flash`."""
