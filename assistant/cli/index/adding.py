"""`wardround index add`: read files and folders into the index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from assistant.cli.index import opening
from assistant.cli.index.flagged import flagged_lines
from assistant.cli.index.progress import indexing_progress
from assistant.errors import GuidelineIndexError, UsageError
from assistant.settings import load_settings
from index.document import Trust

if TYPE_CHECKING:
    from index.adding import AddReport
    from index.guideline_index import GuidelineIndex


@click.command("add")
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
@click.option("--supersedes", metavar="ID", multiple=True, help="A document they replace, by its id or title.")
@click.option("--withdrawn", default="", help="When or why they were withdrawn: they come last and are marked.")
@click.option("--ray", is_flag=True, help="Embed on all machines of the Ray cluster that RAY_ADDRESS names.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def add_command(paths: tuple[Path, ...], starter: bool, ray: bool, as_json: bool, **known: Any) -> None:
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
    embedder = opening.open_the_embedder_on_ray(settings) if ray else opening.open_the_embedder(settings)
    index = GuidelineIndex.create(settings.index_folder, embedder)
    with indexing_progress() as progress:
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
    for line in flagged_lines(report):
        click.echo(line, err=True)
    if as_json:
        failures = [{"path": str(failed.path), "reason": failed.reason} for failed in report.failed]
        flagged = [{"path": str(one.path), "flags": list(one.flags)} for one in report.flagged]
        facts = {
            name: getattr(report, name) for name in ("added", "unchanged", "removed_stale", "documents", "passages")
        }
        click.echo(
            json.dumps({**facts, "failed": failures, "flagged": flagged, "seconds": round(report.seconds, 2)}, indent=2)
        )
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
