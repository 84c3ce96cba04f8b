"""Names say what they hold, and a class name stands for one thing: see docs/glossary.md."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("monitor", "reports", "spiders")

VAGUE = frozenset(
    [
        "found",
        "one",
        "made",
        "told",
        "said",
        "known",
        "kept",
        "given",
        "left",
        "down",
        "each",
        "mine",
        "own",
        "wanted",
        "standing",
    ]
)
"""Words that say nothing of what they hold."""
FILLER = frozenset(
    [
        "result",
        "results",
        "res",
        "ret",
        "data",
        "item",
        "value",
        "values",
        "obj",
        "tmp",
        "row",
        "x",
        "thing",
        "stuff",
        "info",
    ]
)
"""Words that are empty by convention; they must not take the place of the vague ones."""


def modules() -> dict[str, ast.Module]:
    """Every module of the project by its path, parsed."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }


def bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that code binds (assigned, looped over, imported as, parameters) with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def share_per_thousand(words: frozenset[str]) -> tuple[float, list[str]]:
    """How many of 1,000 bindings are one of the words, also behind underscores; and where."""
    places: list[str] = []
    total = 0
    for path, tree in modules().items():
        for name, line in bindings(tree):
            total += 1
            if name.strip("_") in words:
                places.append(f"{path}:{line}: {name}")
    return 1000 * len(places) / total, places


def test_names_say_what_they_hold() -> None:
    share, places = share_per_thousand(VAGUE)
    assert share <= 3, "name what it holds, with a noun of the field:\n" + "\n".join(places)


def test_vague_names_were_not_exchanged_for_empty_ones() -> None:
    share, places = share_per_thousand(FILLER)
    worst = Counter(place.partition(":")[0] for place in places).most_common(10)
    assert share <= 35, f"{share:.1f} of 1,000 names are empty, most of them in {worst}"


def test_a_class_name_stands_for_one_thing() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules().items():
        if "/migrations/" in path:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].add(path)
    twice = {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1}
    assert not twice


def test_public_functions_say_what_they_do() -> None:
    silent = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert len(silent) <= 20, "write a docstring:\n" + "\n".join(silent)


def test_the_glossary_names_what_exists() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    defined = {
        node.name
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    } | {
        target.id
        for tree in modules().values()
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    homes = re.findall(r"\| ([^|]+) \|$", glossary, flags=re.MULTILINE)
    names = {name for home in homes for name in re.findall(r"`(\w+)`", home)}
    assert names, "the glossary has no table"
    assert names <= defined, f"no such class or function: {', '.join(sorted(names - defined))}"
    dotted = {name for home in homes for name in re.findall(r"`(monitor[.\w]+)`", home)}
    missing = [
        name
        for name in sorted(dotted)
        if not (ROOT / name.replace(".", "/")).is_dir()
        and not (ROOT / f"{name.replace('.', '/')}.py").is_file()
    ]
    assert not missing, f"no such module: {', '.join(missing)}"
