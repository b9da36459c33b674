"""Export an adapter that may ship: its files, its form for llama.cpp, and a manifest of all it depends on.

Knows the gates: the verdict, the prompts it was trained on, and that both runtimes answer alike. Does not train or judge.
"""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from assistant.errors import TrainingError
from assistant.models import catalogue
from assistant.models.adapter import ADAPTER_GGUF, ADAPTER_WEIGHTS, CONFIG
from assistant.models.derived import requantise
from assistant.models.embedded import EmbeddedModel
from assistant.models.gguf import GgufModel
from assistant.models.language_model import LanguageModel, Message, complete
from assistant.models.spec import open_model
from assistant.settings import Settings
from finetune.adapter_folder import RECORD, AdapterRecord, read_record
from finetune.comparing import EVALUATION, Comparison, read_comparison
from finetune.examples import sha256_of
from finetune.gguf_adapter import write_gguf_adapter
from finetune.trained_base import find_base
from index.document import Frozen
from prompts import load, render

SCHEMA = "wardround.adapter/1"
MANIFEST = "manifest.json"
# Both runtimes are asked these, and must begin their answers alike.
_CASES = (
    ("34-year-old female; dysuria, urinary frequency, no fever.", "Acute cystitis; Pyelonephritis; Urethritis"),
    ("58-year-old male; chest pain, sweating, nausea.", "Myocardial infarction; Gastritis; Pericarditis"),
    ("7-year-old male; barking cough, stridor.", "Croup; Asthma; Epiglottitis"),
    ("66-year-old male; painful big toe, redness.", "Gout; Cellulitis; Osteoarthritis"),
    ("25-year-old female; headache, photophobia, neck stiffness.", "Meningitis; Migraine; Sinusitis"),
    ("40-year-old female; weight gain, fatigue, cold intolerance.", "Hypothyroidism; Depression; Anaemia"),
)
_TOKENS = 8
# On the same float32 weights the two part only where two words are all but equally probable.
LEAST_AGREEMENT = 0.9


class Parity(Frozen):
    """How far both runtimes' greedy answers run alike: the mean share of their common beginning, over fixed prompts.

    `agreement` is on the same float32 weights and shows that the adapter was converted rightly; `as_served` is with the
    Q8_0 weights that llama.cpp is served with, where rounding alone lets near ties fall the other way.
    """

    prompts: int
    agreement: float
    as_served: float


class Manifest(Frozen):
    """What an exported adapter is, what it needs, and why it was let out."""

    schema_: str = SCHEMA
    wardround: str
    base: str
    base_spec: str
    base_sha256: str
    data_sha256: str
    prompts: dict[str, str]
    verdict: str
    forced: bool
    parity: Parity | None
    files: dict[str, str]


def export(adapter: Path, output: Path, settings: Settings, *, force: bool = False) -> Manifest:
    """Write a folder that the assistant can serve and return its manifest.

    Raises TrainingError when the verdict is not `ship`, the prompts have changed since training, or the two runtimes part;
    `force` lets the first two pass and is noted in the manifest.
    """
    record = read_record(adapter)
    comparison = read_comparison(adapter)
    obstacle = _obstacle(adapter, record, comparison)
    if obstacle and not force:
        raise TrainingError(f"{obstacle}, or force it")
    if output.exists():
        raise TrainingError(f"{output} is there already; choose another output or remove it")
    part = output.with_name(output.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name in (ADAPTER_WEIGHTS, CONFIG, RECORD, *([EVALUATION] if comparison else [])):
            shutil.copyfile(adapter / name, part / name)
        parity = _with_gguf(part, record, settings)
        manifest = Manifest(
            wardround=version("wardround"),
            base=record.base,
            base_spec=record.base_spec,
            base_sha256=record.base_sha256,
            data_sha256=record.data_sha256,
            prompts=record.prompts,
            verdict=comparison.verdict if comparison else "not evaluated",
            forced=bool(obstacle),
            parity=parity,
            files={file.name: sha256_of(file) for file in sorted(part.iterdir())},
        )
        (part / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        part.replace(output)
    except OSError as error:
        raise TrainingError(f"cannot write {output}: {error.strerror}; choose another --output") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def _obstacle(adapter: Path, record: AdapterRecord, comparison: Comparison | None) -> str:
    """Return why the adapter may not ship, with the way out; "" when it may."""
    if comparison is None or comparison.adapter_sha256 != record.adapter_sha256:
        return f"{adapter} was not evaluated; run 'wardround finetune evaluate {adapter}'"
    if comparison.verdict != "ship":
        return f"the verdict on {adapter} is {comparison.verdict!r} ({comparison.why}); train it better"
    for name, trained_on in record.prompts.items():
        if load(name).version != trained_on:
            return (
                f"{adapter} was trained on version {trained_on} of prompt {name!r}, and {load(name).version} is served; "
                "prepare and train again"
            )
    return ""


def _with_gguf(folder: Path, record: AdapterRecord, settings: Settings) -> Parity | None:
    """Add the form for llama.cpp where the base runs in it, and check it; None where the base does not.

    Raises TrainingError when the two runtimes part.
    """
    base = find_base(record.base_spec, settings)
    if base.identity.kind != "embedded":
        return None
    write_gguf_adapter(folder, base.folder, folder / ADAPTER_GGUF)
    parity = measure_parity(folder, record.base_spec, settings)
    if parity.agreement < LEAST_AGREEMENT:
        raise TrainingError(
            f"with the adapter llama.cpp and transformers answer alike over {parity.agreement:.0%} of {parity.prompts} "
            f"answers, less than {LEAST_AGREEMENT:.0%}; it is not exported"
        )
    return parity


def measure_parity(adapter: Path, base_spec: str, settings: Settings) -> Parity:
    """Compare the two runtimes of the embedded default with an adapter that has both forms."""
    served = open_model(f"{base_spec}+adapter={adapter}", settings)
    assert isinstance(served, EmbeddedModel)  # noqa: S101 - an adapter with both forms keeps both runtimes
    with tempfile.TemporaryDirectory() as made:
        exact_file = Path(made) / "float32.gguf"
        requantise(catalogue.default_gguf(settings), exact_file, exactly=True)
        exact = GgufModel(
            exact_file, served.identity, weight=0.0, threads=settings.threads, lora=adapter / ADAPTER_GGUF
        )
        try:
            return Parity(
                prompts=len(_CASES),
                agreement=round(agreement(exact, served.scorer), 4),
                as_served=round(agreement(served.writer, served.scorer), 4),
            )
        finally:
            exact.close()
            served.close()


def agreement(first: LanguageModel, second: LanguageModel) -> float:
    """Return over what share of their greedy answers to the fixed prompts two models run alike, from the beginning on."""
    shares = []
    for case, candidates in _CASES:
        prompt = render("weigh", case=case, candidates=candidates)
        messages = [Message("system", prompt.system), Message("user", prompt.user)]
        one, two = (complete(model, messages, max_tokens=_TOKENS).split() for model in (first, second))
        alike = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
        shares.append(alike / max(len(one), len(two), 1))
    return sum(shares) / len(shares)
