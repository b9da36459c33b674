"""Turn cases with a known diagnosis into training examples, through the assistant exactly as it is served.

The assistant assesses each case with a listener in place of its language model; what the listener was asked becomes the
prompts, and the known diagnosis decides the answers. Knows how examples come about. Does not know how they are learnt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assessment import Diagnosis, Likelihood
from assistant.assistant import Assistant
from assistant.disease_names import keys
from assistant.errors import EmptyCase, TrainingError
from finetune.cases import GoldCase, read_cases
from finetune.evaluation.differential import case_of
from finetune.examples import DataCard, Example, Part, Source, fingerprint, sha256_of, write_prepared
from finetune.gold import GoldMatcher
from finetune.listening import Asked, Listener
from finetune.splitting import parts
from finetune.targets import targets
from index.document import Condition

VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class _Taught:
    """A case, the keys of every name its diagnosis was met under, and the requests that have a right answer."""

    case: GoldCase
    names: tuple[str, ...]
    answers: tuple[tuple[Asked, str], ...]


def prepare(
    assistant: Assistant,
    file: Path,
    output: Path,
    *,
    licence: str = "",
    limit: int | None = None,
    seed: int = 7,
    share: float = VALIDATION_SHARE,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> DataCard:
    """Write a folder of prepared data from a file of cases and return its card.

    Raises UsageError when the file cannot be read, TrainingError when it teaches nothing or the folder cannot be written.
    """
    read = read_cases(file, limit=limit, seed=seed)
    unique = list({fingerprint(case): case for case in reversed(read)}.values())[::-1]
    matcher = GoldMatcher(assistant.index.conditions().values())
    taught = _teach(assistant, _numbered(unique), matcher, progress)
    divided, diagnoses = parts(
        {one.case.id: one.names for one in taught}, {one.case.id for one in taught if one.answers}, share, seed
    )
    examples = _without_twins(_examples(taught, divided, licence))
    counts = _counts(examples)
    if not counts["train"] or not counts["validation"]:
        raise TrainingError(
            f"the {len(taught)} readable cases of {file} give {sum(counts['train'].values())} examples to train on and "
            f"{sum(counts['validation'].values())} to validate; add cases, or add documents about their diagnoses to the index"
        )
    held_out = [one.case for one in taught if divided[one.case.id] == "validation"]
    card = DataCard(
        sources=(Source(name=file.name, sha256=sha256_of(file), cases=len(read), licence=licence),),
        cases=len(taught),
        duplicates_removed=len(read) - len(unique),
        unreadable=len(unique) - len(taught),
        gold_among_candidates=sum(any(asked.prompt == "weigh" for asked, _ in one.answers) for one in taught),
        diagnoses=diagnoses,
        held_out_cases=len(held_out),
        examples=counts,
        prompts=dict(sorted({example.prompt: example.prompt_version for example in examples}.items())),
        index_generation=assistant.index.generation,
        index_documents=assistant.index.document_count,
        index_licences=tuple(sorted({document.licence or "not stated" for document in assistant.index.documents()})),
        seed=seed,
        sha256={},
    )
    return write_prepared(output, examples, held_out, card)


def _numbered(cases: Sequence[GoldCase]) -> list[GoldCase]:
    """Return the cases, refusing ids that stand for two of them: the split is made by id."""
    seen = Counter(case.id for case in cases)
    twice = next((key for key, count in seen.items() if count > 1), None)
    if twice is not None:
        raise TrainingError(f"two different cases have the id {twice!r}; give each its own")
    return list(cases)


def _teach(
    assistant: Assistant,
    cases: Sequence[GoldCase],
    matcher: GoldMatcher,
    progress: Callable[[int, int], None],
) -> list[_Taught]:
    listener = Listener()
    asking = assistant.with_model(listener)
    taught = []
    for number, case in enumerate(cases, 1):
        listener.asked.clear()
        try:
            taught.append(_taught(asking, listener, case, matcher))
        except EmptyCase:
            continue
        finally:
            progress(number, len(cases))
    return taught


def _taught(assistant: Assistant, listener: Listener, gold: GoldCase, matcher: GoldMatcher) -> _Taught:
    assessment = assistant.assess(case_of(assistant, gold))

    def is_gold(name: str) -> bool:
        named = Diagnosis(name=name, likelihood=Likelihood(band="possible", score=0.0))
        return matcher.rule(named, gold.gold, gold.gold_code) is not None

    answers = tuple(targets(listener.asked, assessment, is_gold))
    met = {name for asked in listener.asked for name in asked.choices if is_gold(name)}
    names = sorted({key for name in (gold.gold, *met) for key in keys(Condition(name=name))})
    return _Taught(gold, tuple(names or [gold.gold]), answers)


def _examples(taught: Iterable[_Taught], divided: Mapping[str, Part], licence: str) -> Iterable[Example]:
    for one in taught:
        for asked, answer in one.answers:
            yield Example(
                id=f"{one.case.id}/{asked.prompt}",
                case_id=one.case.id,
                prompt=asked.prompt,
                prompt_version=asked.version,
                messages=asked.messages,
                completion=answer,
                choices=asked.choices,
                part=divided[one.case.id],
                licence=licence,
            )


def _without_twins(examples: Iterable[Example]) -> list[Example]:
    """Return the examples without those that ask and answer the same as an earlier one."""
    return list({(example.messages, example.completion): example for example in reversed(list(examples))}.values())[
        ::-1
    ]


def _counts(examples: Iterable[Example]) -> dict[Part, dict[str, int]]:
    counts: dict[Part, Counter[str]] = {"train": Counter(), "validation": Counter()}
    for example in examples:
        counts[example.part][example.prompt] += 1
    return {part: dict(sorted(found.items())) for part, found in counts.items()}
