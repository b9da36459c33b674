"""`wardround index fetch`: add open corpora by name, after showing their licence.

The only command that asks another machine for guidelines, and only for the corpora named.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.index import opening
from assistant.cli.index.fetch_progress import fetching_progress, megabytes
from assistant.cli.index.flagged import flagged_lines
from assistant.cli.index.progress import indexing_progress
from assistant.errors import GuidelineIndexError, IndexMissing, LicenceNotAccepted
from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from index.corpora.catalogue import Corpus
    from index.corpora.receipts import Receipts


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--accept-licence", is_flag=True, help="Accept the licences shown; remembered for each corpus.")
@click.option(
    "--keep",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the files in FOLDER, which then serves as a mirror.",
)
@click.option(
    "--mirror",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take the files from FOLDER where they are there (WARDROUND_DATA_MIRROR).",
)
@click.option("--json", "as_json", is_flag=True, help="List the catalogue as JSON.")
def fetch_command(
    names: tuple[str, ...], accept_licence: bool, keep: Path | None, mirror: Path | None, as_json: bool
) -> None:
    """Add open corpora by name, or list the catalogue when none is named.

    Each file is pinned by its hash. A download that broke off goes on where it stopped when the command is run again. A
    corpus that is in the index already, at the same revision, is left alone.

    \b
    wardround index fetch
    wardround index fetch nstg edliz --mirror /media/stick/corpora
    wardround index fetch pubmedqa --accept-licence
    """
    from index.corpora.catalogue import catalogue, corpus

    settings = load_settings()
    if not names:
        _list(list(catalogue().values()), settings, as_json)
        return
    wanted = list({one.name: one for one in map(corpus, names)}.values())
    chosen = (mirror.expanduser() if mirror else settings.data_mirror, settings.models_folder)
    run = _Run(settings, tuple(folder for folder in chosen if folder), keep.expanduser() if keep else None)
    if mirror and not mirror.expanduser().is_dir():
        raise GuidelineIndexError(f"there is no mirror folder {mirror}; name another with --mirror")
    for one in wanted:
        run.fetch(one, accept_licence)


@dataclass(frozen=True)
class _Run:
    """One call of the command: where files come from, and where they are kept."""

    settings: Settings
    mirrors: tuple[Path, ...]
    keep: Path | None

    def fetch(self, corpus: Corpus, accept_licence: bool) -> None:
        """Bring one corpus into the index, asking for its licence first."""
        from index.corpora.fetching import fetch
        from index.corpora.preparing import prepare
        from index.corpora.receipts import Receipts

        receipts = Receipts(self.settings.corpora_folder)
        is_made = receipts.has_documents(corpus)
        if is_made and not self.keep and _documents_path(corpus, self.settings) in _indexed(self.settings):
            click.echo(f"{corpus.name}: unchanged")
            return
        _agree(corpus, receipts, accept_licence)
        if self.keep or not is_made:
            with fetching_progress() as progress:
                folder = self.keep or self.settings.downloads_folder
                files = fetch(corpus, folder, self.mirrors, progress, keep=self.keep is not None)
            if not is_made:
                click.echo(f"{corpus.name}: reading its files", err=True)
                prepare(corpus, files, self.settings.corpora_folder)
        self._add(corpus)
        # Noted last: stopped before, a new revision would pass for indexed while the index holds the old one.
        receipts.note_documents(corpus)

    def _add(self, corpus: Corpus) -> None:
        from index.guideline_index import GuidelineIndex

        index = GuidelineIndex.create(self.settings.index_folder, opening.open_the_embedder(self.settings))
        with indexing_progress() as progress:
            report = index.add([Path(_documents_path(corpus, self.settings))], corpus.defaults, progress)
        for failed in report.failed:
            raise GuidelineIndexError(failed.reason)
        for said in flagged_lines(report):
            click.echo(said, err=True)
        told = f"{report.documents} documents, {report.passages} passages added in {report.seconds:.1f} s"
        click.echo(
            f"{corpus.name}: {told if report.added else 'unchanged'}; the index holds {index.document_count} documents"
        )
        index.close()


def _agree(corpus: Corpus, receipts: Receipts, accept_licence: bool) -> None:
    """Show the licence and note that it was accepted. Raises LicenceNotAccepted when it was not."""
    licence = corpus.licence
    click.secho(f"{corpus.title}", bold=True, err=True)
    click.echo(f"  licence      {licence.name}  {licence.url}\n  attribution  {licence.attribution}", err=True)
    if licence.notes:
        click.echo(f"  note         {licence.notes}", err=True)
    if receipts.has_accepted(corpus):
        return
    if not accept_licence:
        if not _can_ask():
            raise LicenceNotAccepted(
                f"the licence of {corpus.name} ({licence.name}) has not been accepted; to accept it, give --accept-licence"
            )
        if not click.confirm("Do you accept this licence?", default=False, err=True):
            raise LicenceNotAccepted(f"{corpus.name} was not fetched: its licence was declined")
    receipts.accept(corpus)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _documents_path(corpus: Corpus, settings: Settings) -> str:
    from index.corpora.preparing import documents_file

    return str(documents_file(corpus, settings.corpora_folder).absolute())


def _indexed(settings: Settings) -> frozenset[str]:
    """Return the paths of the files that are in the index."""
    try:
        index = opening.open_index(settings)
    except IndexMissing:
        return frozenset()
    paths = frozenset(index.file_paths())
    index.close()
    return paths


def _list(corpora: list[Corpus], settings: Settings, as_json: bool) -> None:
    indexed = _indexed(settings)
    added = {one.name: _documents_path(one, settings) in indexed for one in corpora}
    if as_json:
        facts = [
            {**one.model_dump(mode="json"), "size": one.size, "available": one.available, "added": added[one.name]}
            for one in corpora
        ]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    click.echo(f"{'NAME':<24}{'SIZE':>9}  {'DATE':<12}{'ADDED':<7}TITLE")
    for one in corpora:
        size = megabytes(one.size) if one.size else "?"
        state = "yes" if added[one.name] else "-"
        click.echo(f"{one.name:<24}{size:>9}  {one.published or '-':<12}{state:<7}{one.title}")
        click.echo(f"{'':<24}{one.what}\n{'':<24}{one.issuer}; {one.licence.name}; {one.available}")
