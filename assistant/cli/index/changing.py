"""`wardround index remove` and `rebuild`: take documents out, embed anew."""

from __future__ import annotations

import click

from assistant.cli.index import opening
from assistant.cli.index.progress import indexing_progress
from assistant.settings import load_settings


@click.command("remove")
@click.argument("id_or_path")
def remove_command(id_or_path: str) -> None:
    """Remove a document by its id, or everything that came from a file or folder.

    \b
    wardround index remove ~/guidelines/old.pdf
    """
    count = opening.open_index().remove(id_or_path)
    click.echo(f"{count} document{'' if count == 1 else 's'} removed")


@click.command("rebuild")
def rebuild_command() -> None:
    """Embed every passage anew, after the embedder changed. Documents need not be read again.

    \b
    wardround index rebuild
    """
    settings = load_settings()
    index = opening.open_index(settings)
    with indexing_progress() as progress:
        count = index.rebuild(opening.open_the_embedder(settings), progress)
    click.echo(f"{count} passages embedded anew")
