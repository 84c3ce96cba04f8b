"""The three packages are ours, not namesakes from a package index, and the others are pinned."""

import importlib
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["monitor", "reports", "spiders"])
def test_package_is_ours(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT / name / "__init__.py"


def pins(file: str) -> dict[str, str]:
    """The versions that a file pins, by name; fails where one has no hash."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text, "no address of an index"
    versions = {}
    for entry in re.split(r"\n(?=\S)", text.strip()):
        requirement, *hashes = entry.split(" \\\n")
        assert hashes, requirement
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in hashes)
        name, _, version = requirement.partition(" ;")[0].partition("==")
        versions[name.partition("[")[0]] = version
    return versions


def test_every_package_is_pinned_with_the_hashes_of_its_files() -> None:
    everything, runtime = pins("constraints.txt"), pins("requirements.txt")
    assert runtime.items() <= everything.items()
    assert not {"pytest", "wacz", "scikit-learn"} & runtime.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    for needed, versions in [
        *((name, runtime) for name in project["dependencies"]),
        *((name, everything) for name in extras),
    ]:
        requirement = Requirement(needed)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])
