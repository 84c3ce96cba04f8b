"""``python -m monitor`` is ``pantau``."""

from monitor.cli import main

main(prog_name="pantau")
