"""Models below `lightricks`."""
