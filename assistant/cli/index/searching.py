"""`wardround index search`: find passages by words and by meaning."""

from __future__ import annotations

import json
from typing import Any

import click

from assistant.cli.index.opening import open_index
from assistant.cli.index.wording import document_as_json, origin
from assistant.settings import load_settings
from index.document import Hit


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many passages to show.")
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON.")
def search_command(query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find passages by words and by meaning, and say why each was found.

    \b
    wardround index search "painful red eye with halos" --limit 3
    """
    from index.search import Query

    settings = load_settings()
    index = open_index(settings, with_embedder=True)
    hits = index.search(Query(text=" ".join(query)), limit)
    if as_json:
        click.echo(json.dumps([_hit_as_json(hit) for hit in hits], indent=2, ensure_ascii=False))
        return
    for number, hit in enumerate(hits, start=1):
        _print_hit(number, hit)
    if not hits:
        click.echo("nothing found; try other words, or add documents with: wardround index add PATH")


def _print_hit(number: int, hit: Hit) -> None:
    passage, document = hit.passage, hit.document
    place = [document.title, *passage.heading_path, *([f"page {passage.page}"] if passage.page else [])]
    found_by = [f"words {', '.join(hit.matched_terms)}"] if hit.matched_terms else []
    found_by += [f"BM25 {hit.lexical:.1f}"] if hit.lexical is not None else []
    found_by += [f"similarity {hit.dense:.2f}"] if hit.dense is not None else []
    click.secho(f"{number}. {' > '.join(place)}", bold=True)
    click.echo(f"   {origin(document)}; {passage.id}; score {hit.score:.2f}")
    click.echo(f"   found by {'; '.join(found_by)}")
    click.echo("\n".join(f"   {line}" for line in passage.text.split("\n") if line) + "\n")


def _hit_as_json(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.passage.id,
        "text": hit.passage.text,
        "heading_path": list(hit.passage.heading_path),
        "document": document_as_json(hit.document, hit.passage.page),
        "score": hit.score,
        "lexical": hit.lexical,
        "dense": hit.dense,
        "matched_terms": list(hit.matched_terms),
    }
