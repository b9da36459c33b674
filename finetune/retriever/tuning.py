"""From a recipe to a tuned query side: open the index, make the pairs, train, and keep the record.

Knows the order of things and where each comes from. Does not know how any of them is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelMissing, TrainingError
from assistant.models import catalogue
from assistant.reading import CaseReader, Vocabulary
from assistant.settings import Settings
from finetune import checkpoints
from finetune.adapter_folder import finished, save_adapter
from finetune.checkpoints import RunState
from finetune.examples import sha256_of
from finetune.retriever.bank import Bank
from finetune.retriever.making import labels_read_by, make_pairs
from finetune.retriever.pairs import Mix, Pairs, divided
from finetune.retriever.query_side import WEIGHTS, QuerySide, RetrieverRecord, read_record
from finetune.retriever.recipe import RetrieverRecipe
from finetune.retriever.taught import Taught, held_out_golds, index_of, source_record, taught
from finetune.retriever.training import Lesson, Report, Trainer, run_hash
from index.adding import AddProgress
from index.embedding import Embedder, OnnxEmbedder, SentenceTransformerEmbedder
from index.guideline_index import GuidelineIndex
from index.tuned import QUERY_FOLDER, QueryTunedEmbedder, merge_adapter, query_copy


@dataclass(frozen=True)
class Watching:
    """Who is told how far each part of the work is."""

    indexing: Callable[[AddProgress], None] = lambda progress: None
    pairing: Callable[[int, int], None] = lambda done, total: None
    training: Report = lambda step: None


@dataclass(frozen=True)
class Untuned:
    """The folder with the weights that are tuned, and the embedder of the passages, of the same weights."""

    source: Path
    passages: Embedder


@dataclass(frozen=True)
class Prepared:
    """What a run learns from: the documents, and what the steps draw from."""

    learnt: Taught
    lesson: Lesson


def train(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path | None, watching: Watching | None = None
) -> RetrieverRecord:
    """Train as the recipe says and return the record; a run that was interrupted goes on, a finished one is returned.

    Raises TrainingError or UsageError, each with what to change, and ModelMissing when the base is not here.
    """
    watching = watching or Watching()
    base = untuned(recipe, settings)
    index = index_of(recipe.sources, mirror, training_index(settings), base.passages, watching.indexing)
    try:
        prepared = prepare(recipe, index, mirror, watching.pairing)
    finally:
        index.close()
    side = QuerySide(base.source, recipe.lora, recipe.max_tokens, recipe.seed)
    run = run_hash(recipe, side, prepared.lesson)
    done = finished(
        recipe.output, read_record, lambda record: (record.run, record.recipe["strength"]) == (run, recipe.strength)
    )
    if done is not None:
        return done
    state = Trainer(recipe, side, prepared.lesson, run, settings.threads).run(watching.training)
    side.weaken(recipe.strength)
    record = save_adapter(side.adapted, recipe.output, _record(recipe, mirror, base, prepared, state))
    checkpoints.clear(recipe.output)
    return record


def training_index(settings: Settings) -> Path:
    """Return the folder of the index that is learnt from; it can be made again at any time."""
    return settings.cache_folder / "retriever" / "index"


def untuned(recipe: RetrieverRecipe, settings: Settings) -> Untuned:
    """Return the base of a recipe. Raises ModelMissing when it is not here."""
    if recipe.base == "default":
        copy = catalogue.embedder_folder(settings)
        return Untuned(copy.parent / "source", OnnxEmbedder(copy, settings.threads))
    folder = Path(recipe.base).expanduser()
    if not (folder / WEIGHTS).is_file():
        raise ModelMissing(f"{folder} holds no {WEIGHTS}; give a sentence-transformers folder, or base: default")
    return Untuned(folder, SentenceTransformerEmbedder(folder))


def tuned(base: Untuned, adapter: Path, workspace: Path, threads: int) -> QueryTunedEmbedder:
    """Return the embedder with a tuned query side as it would be served: a copy in ONNX where the base has one."""
    if isinstance(base.passages, OnnxEmbedder):
        query_copy(base.source, workspace, adapter)
        return QueryTunedEmbedder(base.passages, OnnxEmbedder(workspace / QUERY_FOLDER, threads))
    merge_adapter(base.source, adapter, workspace / QUERY_FOLDER)
    return QueryTunedEmbedder(base.passages, SentenceTransformerEmbedder(workspace / QUERY_FOLDER))


def learnt_passages(recipe: RetrieverRecipe, index: GuidelineIndex, mirror: Path | None) -> frozenset[str]:
    """Return the ids of the passages of an index that a run of this recipe learns from."""
    documents = _taught(recipe, index, mirror).documents
    return frozenset(passage.id for document in documents for passage in document.passages)


def _taught(recipe: RetrieverRecipe, index: GuidelineIndex, mirror: Path | None) -> Taught:
    kept_out = held_out_golds([mirror / name for name in recipe.kept_out] if mirror else [])
    return taught(index, recipe.sources, mirror, kept_out)


def prepare(
    recipe: RetrieverRecipe, index: GuidelineIndex, mirror: Path | None, progress: Callable[[int, int], None]
) -> Prepared:
    """Return what a recipe learns from an index; the same for the same texts and seed."""
    learnt = _taught(recipe, index, mirror)
    labels_of = labels_read_by(CaseReader(Vocabulary.load(None)))
    pairs = tuple(make_pairs(learnt, recipe.sources, mirror, labels_of, seed=recipe.seed, progress=progress))
    teach, check = divided(pairs, recipe.validation_share, learnt.topics)
    if not check:
        raise TrainingError("no topic is left to check the training by; raise validation_share, or name more sources")
    mix = Mix(recipe.kinds, recipe.weights)
    return Prepared(learnt, Lesson(Pairs(teach, mix), Pairs(check, mix), Bank.of(learnt, index)))


def _record(
    recipe: RetrieverRecipe, mirror: Path | None, base: Untuned, prepared: Prepared, state: RunState
) -> RetrieverRecord:
    teach = prepared.lesson.teach
    by_source = {name: sum(pair.source == name for pair in teach.all) for name in recipe.sources}
    return RetrieverRecord(
        run=state.run,
        # Passages may go through a rounded copy; what is tuned are the published weights.
        base=base.passages.identity.partition("@")[0].removesuffix("-int8"),
        base_sha256=sha256_of(base.source / WEIGHTS),
        recipe=recipe.model_dump(mode="json", exclude={"output"}),
        sources=tuple(source_record(name, mirror, prepared.learnt, by_source[name]) for name in recipe.sources),
        pairs=teach.counts(),
        pairs_sha256=teach.sha256,
        validation_pairs=len(prepared.lesson.check.all),
        passages=len(prepared.lesson.bank.place),
        seconds=round(state.seconds, 1),
        pairs_per_second=round(recipe.steps * recipe.batch / max(state.seconds, 1e-9), 1),
        curve=state.curve,
    )
