"""Schema versions, oldest first; ``pantau db upgrade`` goes from any of them to the last."""

REVISIONS = ("0001",)
