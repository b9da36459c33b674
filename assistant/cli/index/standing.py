"""`wardround index supersede`, `withdraw` and `reinstate`: say that guidance is no longer current, or is after all."""

from __future__ import annotations

import click

from assistant.cli.index import opening
from index.standing import standing_words


@click.command("supersede")
@click.argument("old")
@click.argument("new")
def supersede_command(old: str, new: str) -> None:
    """Say that the document OLD (an id) is replaced by NEW: an id, a title, or the name of what is not in the index.

    A superseded document comes after its successor in every search, and is marked wherever it is quoted. Editions with the
    same issuer and title and another date are recognised without this.

    \b
    wardround index supersede 2bb606c3c3ba7e32 91c0d5f0a7be4c12
    wardround index supersede 2bb606c3c3ba7e32 "NG28 (2022)"
    """
    index = opening.open_index()
    standing = index.life_cycle.supersede(old, new)
    click.echo(f"{index.document(old).title}: {standing_words(standing.superseded_by, standing.withdrawn)}")


@click.command("withdraw")
@click.argument("document_id", metavar="ID")
@click.option("--date", default="", help="When it was withdrawn: a year or a date.")
@click.option("--reason", default="", help="Why it was withdrawn.")
def withdraw_command(document_id: str, date: str, reason: str) -> None:
    """Say that a document was withdrawn: it comes last in every search, and is marked wherever it is quoted.

    \b
    wardround index withdraw 2bb606c3c3ba7e32 --date 2021-03 --reason "dose of the trial retracted"
    """
    index = opening.open_index()
    standing = index.life_cycle.withdraw(document_id, date, reason)
    click.echo(f"{index.document(document_id).title}: {standing_words(standing.superseded_by, standing.withdrawn)}")


@click.command("reinstate")
@click.argument("document_id", metavar="ID")
def reinstate_command(document_id: str) -> None:
    """Say that a document is current, whatever was said of it, or concluded from its title and date.

    \b
    wardround index reinstate 2bb606c3c3ba7e32
    """
    index = opening.open_index()
    changed = index.life_cycle.reinstate(document_id)
    click.echo(f"{index.document(document_id).title}: {'current again' if changed else 'was current already'}")
