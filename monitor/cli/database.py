"""Commands on the store: ``pantau db``."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.config import load_config


@click.group()
def db() -> None:
    """Migrations, copies, and releases for research."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to this version of Pantau."""
    from monitor.store import Store

    config = load_config()
    before, after = Store.upgrade(config.database_url, home=config.home)
    click.echo(f"schema {after}" if before == after else f"schema {before or 'none'} → {after}")


@db.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
def db_backup(target: Path) -> None:
    """Write a consistent copy of the database to TARGET while it is in use."""
    from monitor.store import Store

    with Store.of_home(load_config(), create=False) as store:
        store.backup(target)
    click.echo(f"{target}: {target.stat().st_size} bytes")


@db.command("restore")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces the present database. Go on?")
def db_restore(source: Path) -> None:
    """Replace the database by the copy SOURCE, after checking that it is whole."""
    from monitor.store import Store

    config = load_config()
    kept = Store.restore(config.database_url, source, home=config.home)
    click.echo(f"restored from {source}" + (f"; the old one is kept at {kept}" if kept else ""))


@db.command("rehome")
def db_rehome() -> None:
    """Make this home the owner of its database; the one before is refused from now on."""
    from monitor.store import Store

    config = load_config()
    owner_before = Store.rehome(config)
    click.echo(
        f"belongs to {config.home}" + (f", before to {owner_before}" if owner_before else "")
    )


@db.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--key-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A secret; ids, names and URLs are replaced by keyed HMACs.",
)
def db_export(folder: Path, key_file: Path) -> None:
    """Write a release for research into FOLDER: views without sellers, and their dictionary."""
    from monitor.store import Store

    with Store.of_home(load_config(), create=False) as store:
        click.echo(store.export(folder, _secret(key_file)))


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise click.ClickException(
            f"{path}: is not text; write the key as text, such as 32 hexadecimal digits"
        ) from None


@db.command("explore")
@click.option("--port", default=8001, show_default=True)
def db_explore(port: int) -> None:
    """Open a copy of the database in Datasette on loopback (pip install datasette)."""
    import shutil
    import subprocess
    import tempfile

    import msgspec

    from monitor.store import Store
    from monitor.store.dictionary import datasette

    command = shutil.which("datasette")
    if command is None:
        raise click.ClickException("datasette is not installed: pip install datasette")
    with tempfile.TemporaryDirectory() as folder:
        with Store.of_home(load_config(), create=False) as store:
            copy = store.backup(Path(folder) / "pantau.db")
        metadata = Path(folder) / "metadata.json"
        metadata.write_bytes(msgspec.json.encode(datasette(copy.stem)))
        arguments = ["--immutable", str(copy), "--metadata", str(metadata), "--port", str(port)]
        done = subprocess.run([command, "serve", *arguments], check=False)  # noqa: S603
    raise SystemExit(done.returncode)
