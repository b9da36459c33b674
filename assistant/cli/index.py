"""`wardround index`: add, list, search, show and remove guideline documents."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from assistant.errors import GuidelineIndexError, UnknownPassage, UsageError
from assistant.settings import Settings, load_settings
from index.document import Document, Hit, Passage, Trust

if TYPE_CHECKING:
    from index.adding import AddProgress, AddReport
    from index.embedding import Embedder
    from index.guideline_index import GuidelineIndex

_TRUST = {
    "guideline": "guideline",
    "reference": "reference",
    "starter": "starter notes, not a guideline",
    "unknown": "of unknown standing",
}
# How often a long run says something where there is no terminal to draw a bar in.
_SECONDS_BETWEEN_LINES = 5.0


@click.group()
def command() -> None:
    """Add, list, search and remove the documents that answers quote.

    \b
    wardround index add --starter
    wardround index add ~/guidelines --trust guideline --issuer "Ministry of Health"
    wardround index search "first-line treatment of gout"
    """


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--starter", is_flag=True, help="Add the starter notes that come with Wardround.")
@click.option(
    "--trust", type=click.Choice(get_args(Trust)), default="unknown", help="What kind of source these files are."
)
@click.option("--issuer", default="", help="Who issued them, where a file does not say.")
@click.option("--published", default="", help="When they were published: a year or a date.")
@click.option("--jurisdiction", default="", help="Where they apply.")
@click.option("--licence", default="", help="The licence they are under.")
@click.option("--url", default="", help="Where they can be read.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def add(paths: tuple[Path, ...], starter: bool, as_json: bool, **known: Any) -> None:
    """Read files and folders into the index: PDF, HTML, DOCX, Markdown, text, JSON lines.

    Files that did not change since the last time are skipped; files that are gone from a folder are taken out. A file
    that cannot be read is named in one line, and the others are indexed.

    \b
    wardround index add ~/guidelines --trust guideline --issuer NICE --jurisdiction England
    """
    from index.guideline_index import GuidelineIndex
    from index.reading import STARTER_FOLDER, DocumentDefaults

    sources = [*([STARTER_FOLDER] if starter else []), *paths]
    if not sources:
        raise UsageError("name at least one file or folder, or give --starter")
    settings = load_settings()
    index = GuidelineIndex.create(settings.index_folder, _embedder(settings))
    with _progress() as progress:
        report = index.add(sources, DocumentDefaults(**known), progress)
    if starter:
        _forget_notes_of_another_copy(index, STARTER_FOLDER)
    _print_report(report, index, as_json)


def _forget_notes_of_another_copy(index: GuidelineIndex, folder: Path) -> None:
    """Take out the starter notes that an earlier or moved copy of Wardround added: its files would never change again."""
    for elsewhere in {Path(path).parent for path in index.file_paths()} - {folder.absolute()}:
        if elsewhere.parts[-2:] == folder.parts[-2:]:
            index.remove(elsewhere)


def _print_report(report: AddReport, index: GuidelineIndex, as_json: bool) -> None:
    for failed in report.failed:
        click.echo(f"not indexed: {failed.reason}", err=True)
    if as_json:
        failures = [{"path": str(failed.path), "reason": failed.reason} for failed in report.failed]
        facts = {
            name: getattr(report, name) for name in ("added", "unchanged", "removed_stale", "documents", "passages")
        }
        click.echo(json.dumps({**facts, "failed": failures, "seconds": round(report.seconds, 2)}, indent=2))
    else:
        click.echo(
            f"{report.added} files added ({report.documents} documents, {report.passages} passages),"
            f" {report.unchanged} unchanged, {report.removed_stale} gone, {len(report.failed)} failed,"
            f" in {report.seconds:.1f} s; the index holds {index.document_count} documents"
        )
    if report.failed and not report.added and not report.unchanged:
        raise GuidelineIndexError("no file could be indexed; the lines above say why")
    if not report.failed and not report.added and not report.unchanged and not report.removed_stale:
        raise GuidelineIndexError("no file of a known kind is there: PDF, HTML, DOCX, Markdown, text, JSON lines")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_documents(as_json: bool) -> None:
    """List the documents: id, title, issuer, date, standing and file.

    \b
    wardround index list
    wardround index list --json | jq .title
    """
    for document in _open().documents():
        if as_json:
            click.echo(
                json.dumps(document.model_dump(mode="json", exclude={"text", "page_starts"}), ensure_ascii=False)
            )
        else:
            click.echo(f"{document.id}  {document.title}  ({_origin(document)})  {document.path}")


@command.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many passages to show.")
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON.")
def search(query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find passages by words and by meaning, and say why each was found.

    \b
    wardround index search "painful red eye with halos" --limit 3
    """
    from index.guideline_index import Query

    settings = load_settings()
    index = _open(settings, with_embedder=True)
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
    click.echo(f"   {_origin(document)}; {passage.id}; score {hit.score:.2f}")
    click.echo(f"   found by {'; '.join(found_by)}")
    click.echo("\n".join(f"   {line}" for line in passage.text.split("\n") if line) + "\n")


def _hit_as_json(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.passage.id,
        "text": hit.passage.text,
        "heading_path": list(hit.passage.heading_path),
        "document": _document_as_json(hit.document, hit.passage.page),
        "score": hit.score,
        "lexical": hit.lexical,
        "dense": hit.dense,
        "matched_terms": list(hit.matched_terms),
    }


@command.command()
@click.argument("passage_id")
@click.option("--json", "as_json", is_flag=True, help="Print {id, text, document} as JSON, to check quotes against.")
def show(passage_id: str, as_json: bool) -> None:
    """Show one passage, or a whole document, by its id, which 'search' and 'list' print.

    \b
    wardround index show 2bb606c3c3ba7e32-0003 --json
    """
    index = _open()
    try:
        found: Passage | Document = index.passage(passage_id)
    except UnknownPassage:
        found = index.document(passage_id)
    document = found if isinstance(found, Document) else index.document(found.document_id)
    page = None if isinstance(found, Document) else found.page
    if as_json:
        facts = {"id": found.id, "text": found.text, "document": _document_as_json(document, page)}
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    headings = [] if isinstance(found, Document) else [*found.heading_path]
    click.secho(" > ".join([document.title, *headings, *([f"page {page}"] if page else [])]), bold=True)
    click.echo(f"{_origin(document)}  {document.url or document.path}\n\n{found.text}")


@command.command()
@click.argument("id_or_path")
def remove(id_or_path: str) -> None:
    """Remove a document by its id, or everything that came from a file or folder.

    \b
    wardround index remove ~/guidelines/old.pdf
    """
    count = _open().remove(id_or_path)
    click.echo(f"{count} document{'' if count == 1 else 's'} removed")


@command.command()
def rebuild() -> None:
    """Embed every passage anew, after the embedder changed. Documents need not be read again.

    \b
    wardround index rebuild
    """
    settings = load_settings()
    index = _open(settings)
    with _progress() as progress:
        count = index.rebuild(_embedder(settings), progress)
    click.echo(f"{count} passages embedded anew")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def stats(as_json: bool) -> None:
    """Say what the index holds and where it is.

    \b
    wardround index stats --json
    """
    index = _open()
    facts = {
        "folder": str(index.folder),
        "documents": index.document_count,
        "passages": index.passage_count,
        "files": index.file_count,
        "generation": index.generation,
        "embedder": index.embedder_identity,
    }
    click.echo(json.dumps(facts, indent=2) if as_json else "\n".join(f"{name}: {fact}" for name, fact in facts.items()))


def _embedder(settings: Settings) -> Embedder:
    from assistant.models.catalogue import embedder_folder
    from index.embedding import open_embedder

    return open_embedder(settings.embedder or embedder_folder(settings), settings.threads)


def _open(settings: Settings | None = None, *, with_embedder: bool = False) -> GuidelineIndex:
    from index.guideline_index import GuidelineIndex

    settings = settings or load_settings()
    # Whether there is an index is asked first: without one no embedder is needed to say so.
    index = GuidelineIndex.open(settings.index_folder)
    if not with_embedder:
        return index
    index.close()
    return GuidelineIndex.open(settings.index_folder, _embedder(settings))


def _origin(document: Document) -> str:
    parts = (document.issuer, document.published, document.jurisdiction, _TRUST[document.trust])
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def _document_as_json(document: Document, page: int | None) -> dict[str, Any]:
    names = ("id", "title", "issuer", "published", "url", "path", "trust")
    return {**{name: getattr(document, name) for name in names}, "page": page}


@contextmanager
def _progress() -> Iterator[Callable[[AddProgress], None]]:
    """Show progress on standard error: a bar on a terminal, else a plain line every few seconds."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("indexing", total=None)
            yield lambda step: bar.update(task, total=1.0, completed=_share(step), description=_name(step))
        return
    last = time.monotonic()

    def line(step: AddProgress) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            click.echo(f"{_share(step):4.0%}  {_name(step)}  {step.passages_done}/{step.passages} passages", err=True)

    yield line


def _share(step: AddProgress) -> float:
    within = step.passages_done / step.passages if step.passages else 0.0
    return (step.files_done + within) / step.files if step.files else 1.0


def _name(step: AddProgress) -> str:
    return Path(step.path).name if step.path else "indexing"
