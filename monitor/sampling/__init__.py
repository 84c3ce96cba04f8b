"""Frame, seed and week into planned units; the screen into the audit draw."""
