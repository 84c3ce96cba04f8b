"""Schema versions, oldest first; ``pantau db upgrade`` goes from any of them to the last.

A new store is made from ``monitor.store.schema`` and stamped with the last one. Views and triggers
need no version: every upgrade makes them anew.
"""

REVISIONS = tuple(f"{number:04}" for number in range(2, 26))
TOO_OLD = "is older than Pantau 0.1.0 and cannot be upgraded; choose another database"
