"""Schema versions, oldest first; ``pantau db upgrade`` goes from any of them to the last.

A change of views or triggers needs a version too, if an empty one: they are made anew by it.
"""

REVISIONS = ("0001", "0002", "0003")
