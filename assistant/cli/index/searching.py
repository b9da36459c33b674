"""`wardround index search`: find passages by words and by meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import click

from assistant.cli.index.opening import open_index
from assistant.cli.index.wording import document_as_json, origin
from assistant.settings import load_settings
from index.document import Hit


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many passages to show.")
@click.option(
    "--by",
    type=click.Choice(["both", "words", "meaning"]),
    default="both",
    show_default=True,
    help="Search by words (BM25), by meaning (cosine), or both fused.",
)
@click.option("--per-document", type=click.IntRange(1), help="Show at most this many passages of one document.")
@click.option("--by-condition", is_flag=True, help="One row a condition: what was found about it, best first.")
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON.")
def search_command(
    query: tuple[str, ...],
    limit: int,
    by: Literal["both", "words", "meaning"],
    per_document: int | None,
    by_condition: bool,
    as_json: bool,
) -> None:
    """Find passages by words and by meaning, and say why each was found.

    Abbreviations are spelled out ("COPD") and synonyms of conditions add their main name ("heart attack"). With a
    cross-encoder in the setting `reranker`, the first passages are ordered by it.

    \b
    wardround index search "painful red eye with halos" --limit 3
    wardround index search "fever and stiff neck" --by-condition --limit 50
    """
    from index.search import Query

    settings = load_settings()
    index = open_index(settings, with_embedder=by != "words")
    hits = index.search(Query(text=" ".join(query), by=by, per_document=per_document or 0), limit)
    if by_condition and not as_json:
        _print_conditions(hits)
    elif as_json:
        click.echo(json.dumps([_hit_as_json(hit) for hit in hits], indent=2, ensure_ascii=False))
        return
    else:
        for number, hit in enumerate(hits, start=1):
            _print_hit(number, hit)
    if not hits:
        click.echo("nothing found; try other words, or add documents with: wardround index add PATH")


def _print_conditions(hits: Sequence[Hit]) -> None:
    from index.grouping import by_condition

    for number, group in enumerate(by_condition(hits), start=1):
        headings = dict.fromkeys(hit.passage.heading_path[-1] for hit in group.hits if hit.passage.heading_path)
        click.secho(f"{number}. {group.name}", bold=True)
        click.echo(f"   {len(group.hits)} passages, best {group.score:.2f} ({group.hits[0].passage.id})")
        click.echo(f"   {', '.join(list(headings)[:6])}\n")


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
