"""`wardround evaluate retrieval`: how well searches find what answers them, system by system.

A thin shell: everything is done in `finetune/retrieval/`, imported when the command runs.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from assistant.cli.index import opening
from assistant.cli.index.progress import indexing_progress
from assistant.errors import UsageError
from assistant.settings import Settings, load_settings
from assistant.terminal.counting import counting
from assistant.terminal.screen import steps

if TYPE_CHECKING:
    from finetune.retrieval.comparing import Comparison
    from finetune.retrieval.judged import JudgedSet
    from finetune.retrieval.running import Built, Draw, Part, ReadCase
    from index.embedding import Embedder
    from index.guideline_index import GuidelineIndex

_PATH = click.Path(path_type=Path)
_MIRROR = "WARDROUND_DATA_MIRROR"


@click.command("retrieval")
@click.option("--data", "mirror", type=_PATH, help=f"The folder of the open data sets [{_MIRROR}].")
@click.option("--queries", type=_PATH, help="Your own queries: id, tab, text; or JSON lines with _id and text.")
@click.option("--qrels", type=_PATH, help="Their judgements: 'query 0 docno grade', or BEIR's three columns.")
@click.option("--corpus", type=_PATH, multiple=True, help="Files or folders they are judged on, else your index.")
@click.option("--part", type=click.Choice(("dev", "held-out", "all")), default="dev", show_default=True)
@click.option("--limit", type=click.IntRange(1), default=300, show_default=True, help="At most this many of each type.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the draw.")
@click.option("--with-starter", is_flag=True, help="Have the starter notes in the index too.")
@click.option("--with-pubmed", is_flag=True, help="Also ask PubMedQA's questions of its abstracts, an index apart.")
@click.option(
    "--no-baseline", is_flag=True, help="Leave out the LangChain route, which embeds every passage once more."
)
@click.option("--embedder", help="A folder or name of another embedder than the one in use.")
@click.option("--save", type=_PATH, help="Keep the judged set in this folder, as --queries and --qrels read it.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
def retrieval_command(
    mirror: Path | None,
    queries: Path | None,
    qrels: Path | None,
    corpus: tuple[Path, ...],
    part: str,
    limit: int,
    seed: int,
    with_starter: bool,
    with_pubmed: bool,
    no_baseline: bool,
    embedder: str | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Compare the index's search by words, by meaning and by both with the LangChain FAISS route.

    Prints nDCG@10, recall@10 and MRR@10 with 95 % intervals for each type of query, on identical passages. With
    --data the judged set is built from open data sets, and an index of their texts is made in the cache (once, in
    some minutes): MedQuAD's questions and the sections that answer them; titles of sections; case vignettes, and the
    findings the assistant reads from them, with the passages about the known diagnosis. Three of ten topics are held
    out of all training and tuning: --part held-out measures on those.

    A docno of --qrels may be a passage id, a document or record id, a title, a file or an address; which one is
    decided once for the whole file, and how many were not found is said. The gain of a grade g is 2^g - 1, and
    recall@10 is the share of the relevant, or of ten where more are.

    \b
    wardround evaluate retrieval --data ~/open-data --limit 100
    wardround evaluate retrieval --queries queries.tsv --qrels qrels.txt
    wardround evaluate retrieval --queries q.jsonl --qrels qrels.tsv --corpus corpus.jsonl --json
    """
    from finetune.retrieval.running import Draw
    from finetune.retrieval.telling import describe

    settings = load_settings()
    settings = settings.model_copy(update={"embedder": embedder}) if embedder else settings
    if (queries is None) != (qrels is None):
        raise UsageError("--queries and --qrels belong together; give both, or neither to have a set built")
    with ExitStack() as stack:
        if queries is not None and qrels is not None:
            if mirror or save or with_starter or with_pubmed:
                raise UsageError(
                    "--data, --save, --with-starter and --with-pubmed are of a set that is built; leave them out with"
                    " --queries and --qrels"
                )
            comparison = _judge_own(queries, qrels, corpus, settings, stack, not no_baseline)
        elif corpus:
            raise UsageError("--corpus needs --queries and --qrels: what is asked of it, and what answers")
        else:
            mirror = mirror or settings.data_mirror
            if mirror is None:
                raise UsageError(f"give --data FOLDER (or set {_MIRROR}), or --queries and --qrels of your own")
            draw = Draw(cast("Part", part), limit, seed)
            comparison = _judge_built(mirror, draw, settings, stack, with_starter, with_pubmed, not no_baseline, save)
    if as_json:
        click.echo(json.dumps(comparison.as_json(), indent=2))
    else:
        describe(comparison, click.echo)


def _judge_own(
    queries: Path, qrels: Path, corpus: tuple[Path, ...], settings: Settings, stack: ExitStack, with_baseline: bool
) -> Comparison:
    from finetune.retrieval.corpora import folder_for, index_of_paths
    from finetune.retrieval.judged import JudgedSet

    judged = JudgedSet.read(queries, qrels)
    if corpus:
        embedder = opening.open_the_embedder(settings)
        with indexing_progress() as progress:
            folder = folder_for(settings.cache_folder, embedder, corpus)
            index = index_of_paths(corpus, folder, embedder, progress)
    else:
        index = opening.open_index(settings, with_embedder=True)
    stack.callback(index.close)
    return _compared(index, judged, settings, with_baseline)


def _compared(index: GuidelineIndex, judged: JudgedSet, settings: Settings, with_baseline: bool) -> Comparison:
    from finetune.retrieval.running import compared

    with counting() as progress:
        untuned = _untuned(settings) if with_baseline else None
        return compared(index, judged, untuned, settings.cache_folder / "judged", progress)


def _judge_built(
    mirror: Path,
    draw: Draw,
    settings: Settings,
    stack: ExitStack,
    with_starter: bool,
    with_pubmed: bool,
    with_baseline: bool,
    save: Path | None,
) -> Comparison:
    from finetune.retrieval.corpora import checked_mirror, folder_for, index_of_corpora
    from finetune.retrieval.running import build, pubmed

    mirror = checked_mirror(mirror, with_pubmed=with_pubmed)
    embedder = opening.open_the_embedder(settings)
    folder = folder_for(settings.cache_folder, embedder)
    with indexing_progress() as progress:
        index = index_of_corpora(mirror, folder, embedder, with_starter=with_starter, progress=progress)
        stack.callback(index.close)
    with steps("drawing queries and reading cases"):
        built = build(index, mirror, draw, case_reader(settings))
    _say_left_out(built)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        built.judged.write(save / "queries.jsonl", save / "qrels.txt")
    comparison = _compared(index, built.judged, settings, with_baseline)
    if not with_pubmed:
        return comparison
    with indexing_progress() as progress:
        apart, asked = pubmed(mirror, folder.with_name(f"{folder.name}-pubmed"), embedder, draw, progress)
        stack.callback(apart.close)
    return comparison.joined(_compared(apart, asked, settings, with_baseline))


def _say_left_out(built: Built) -> None:
    for kind, count in built.left_out.items():
        if count:
            click.echo(f"{kind}: {count} left out, because nothing in the index answers them", err=True)


def case_reader(settings: Settings) -> ReadCase:
    """Return what reads cases as the assistant does."""
    from assistant.errors import ModelMissing
    from assistant.models.catalogue import phenotypes_file
    from assistant.reading import CaseReader, Vocabulary
    from index.phenotypes import PhenotypeKnowledge

    try:
        phenotypes = PhenotypeKnowledge.from_file(phenotypes_file(settings))
    except ModelMissing:
        phenotypes = None
    return CaseReader(Vocabulary.load(phenotypes)).read


def _untuned(settings: Settings) -> Embedder | None:
    """Return the general embedder that the usual route takes, None when it was not downloaded."""
    from assistant.models.catalogue import DEFAULT_EMBEDDER, is_ready
    from finetune.retrieval.untuned import untuned_embedder

    if not is_ready(DEFAULT_EMBEDDER, settings):
        return None
    return untuned_embedder(settings.models_folder / DEFAULT_EMBEDDER, settings.threads)
