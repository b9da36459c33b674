"""`wardround index list`, `show` and `stats`: what the index holds."""

from __future__ import annotations

import json

import click

from assistant.cli.index.opening import open_index
from assistant.cli.index.wording import document_as_json, origin
from assistant.errors import UnknownPassage
from index.document import Document, Passage


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_command(as_json: bool) -> None:
    """List the documents: id, title, issuer, date, standing and file.

    \b
    wardround index list
    wardround index list --json | jq .title
    """
    for document in open_index().documents():
        if as_json:
            facts = document.model_dump(mode="json", exclude={"text", "page_starts"})
            click.echo(json.dumps({**facts, "standing": document.standing}, ensure_ascii=False))
        else:
            click.echo(f"{document.id}  {document.title}  ({origin(document)})  {document.path}")


@click.command("show")
@click.argument("passage_id")
@click.option("--json", "as_json", is_flag=True, help="Print {id, text, document} as JSON, to check quotes against.")
def show_command(passage_id: str, as_json: bool) -> None:
    """Show one passage, or a whole document, by its id, which 'search' and 'list' print.

    \b
    wardround index show 2bb606c3c3ba7e32-0003 --json
    """
    index = open_index()
    try:
        found: Passage | Document = index.passage(passage_id)
    except UnknownPassage:
        found = index.document(passage_id)
    document = found if isinstance(found, Document) else index.document(found.document_id)
    page = None if isinstance(found, Document) else found.page
    if as_json:
        facts = {"id": found.id, "text": found.text, "document": document_as_json(document, page)}
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    headings = [] if isinstance(found, Document) else [*found.heading_path]
    click.secho(" > ".join([document.title, *headings, *([f"page {page}"] if page else [])]), bold=True)
    click.echo(f"{origin(document)}  {document.url or document.path}\n\n{found.text}")


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def stats_command(as_json: bool) -> None:
    """Say what the index holds and where it is.

    \b
    wardround index stats --json
    """
    index = open_index()
    facts = {
        "folder": str(index.folder),
        "documents": index.document_count,
        "passages": index.passage_count,
        "files": index.file_count,
        "generation": index.generation,
        "embedder": index.embedder_identity,
        "trust": index.life_cycle.editions.count_by_trust(),
        "standing": index.life_cycle.count_by_status(),
    }
    facts |= {cache.name: f"{cache.reason} ({cache.bytes / 2**20:,.0f} MB)" for cache in index.caches()}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, fact in facts.items():
        counted = fact.items() if isinstance(fact, dict) else ()
        click.echo(f"{name}: {', '.join(f'{count} {kind}' for kind, count in counted) if counted else fact}")
