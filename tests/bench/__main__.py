"""`python -m tests.bench [MODULE…]`: one JSON object a line from every module beside this one.

A module measures in a generator ``run()`` that yields ``{name, value, unit, reference, ratio}``.
``sentences`` can be held to some worlds and seeds, or given more weeks than one:
``sentences --worlds hard --seeds 3 --weeks 2``; ``years`` makes a store of a size:
``years --weeks 260 --positions 10000000``; ``year --weeks 20`` is a part of the year,
``year --first 8 --weeks 3`` another, ``year --minutes 60`` gives it more time;
``kills --kills 200 --minutes 40 --seed 2`` kills so often and at other moments.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path

OPTIONS = {
    "sentences": ("worlds", "seeds", "weeks"),
    "years": ("weeks", "positions"),
    "year": ("weeks", "minutes", "first"),
    "kills": ("kills", "minutes", "seed"),
}
"""Options that only some modules take."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--worlds", nargs="+", default=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--weeks", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=argparse.SUPPRESS)
    parser.add_argument("--positions", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--kills", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=argparse.SUPPRESS)
    options = vars(parser.parse_args(arguments))
    wanted = options.pop("modules")
    for name in options:
        modules = [module for module, names in OPTIONS.items() if name in names]
        if wanted not in [[module] for module in modules]:
            parser.error(f"--{name} is for {' or '.join(modules)} alone")
    found = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = [name for name in found if name != "__main__" and (not wanted or name in wanted)]
    if missing := sorted(set(wanted) - set(modules)):
        sys.stderr.write(
            f"no benchmark called {', '.join(missing)}; there are: {', '.join(found)}\n"
        )
        return 2
    for name in modules:
        for row in importlib.import_module(f"tests.bench.{name}").run(**options):
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
