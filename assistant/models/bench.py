"""Measure how fast each runtime of the default reads, writes and scores, and what memory it takes.

Each runtime is measured in a process of its own, so that one's memory is not counted as another's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from assistant.errors import ModelError
from assistant.models import catalogue
from assistant.models.gguf import GgufModel
from assistant.models.language_model import LanguageModel, Message, ModelIdentity
from assistant.models.transformers_model import TransformersModel
from assistant.settings import Settings

RUNTIMES = ("llama.cpp Q8_0", "llama.cpp Q4_1", "transformers float32")
_WORDS = "A 67-year-old man has had crushing chest pain, sweating and nausea for two hours and takes metformin daily. "
_NAMES = ("myocardial infarction", "pulmonary embolism", "aortic dissection", "pericarditis", "gastritis") * 2


@dataclass(frozen=True)
class RuntimeSpeed:
    """Speeds of one runtime in tokens a second; `scoring_seconds` is for ten names, None where it cannot score."""

    runtime: str
    threads: int
    load_seconds: float
    read_per_second: float
    written_per_second: float
    scoring_seconds: float | None
    peak_megabytes: int


def measure_all(settings: Settings, tokens: int) -> Iterator[RuntimeSpeed]:
    """Yield the speed of each runtime of the default as it is measured. Raises ModelError when one fails."""
    catalogue.default_gguf(settings)
    for runtime in RUNTIMES:
        command = [sys.executable, "-m", "assistant.models.bench", runtime, str(tokens), settings.model_dump_json()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise ModelError(f"{runtime} could not be measured: {said[-1] if said else done.returncode}")
        yield RuntimeSpeed(**json.loads(done.stdout.splitlines()[-1]))


def measure(runtime: str, settings: Settings, tokens: int) -> RuntimeSpeed:
    """Return the speed of one runtime, measured in this process."""
    model = _runtime(runtime, settings)
    started = time.perf_counter()
    _write(model, "Hello", 1)
    load_seconds = time.perf_counter() - started
    text, count = _text_of(tokens, settings)
    reading, _, _ = _write(model, text, 1)
    _, writing, written = _write(model, f"{text} Tell me all about it.", 64)
    started = time.perf_counter()
    scored = model.scores([Message("user", _WORDS)], _NAMES)
    scoring = time.perf_counter() - started
    return RuntimeSpeed(
        runtime=runtime,
        threads=settings.threads,
        load_seconds=round(load_seconds, 2),
        read_per_second=round(count / reading),
        written_per_second=round(written / writing, 1) if writing else 0.0,
        scoring_seconds=None if scored is None else round(scoring, 2),
        peak_megabytes=_peak_megabytes(),
    )


def _runtime(runtime: str, settings: Settings) -> GgufModel | TransformersModel:
    identity = ModelIdentity(catalogue.DEFAULT_LANGUAGE_MODEL, runtime)
    if runtime == "transformers float32":
        folder = catalogue.default_scorer(settings)
        return TransformersModel(folder, identity, weight=0, threads=settings.threads)
    file = catalogue.default_writer(settings) if runtime.endswith("Q8_0") else catalogue.default_gguf(settings)
    return GgufModel(file, identity, weight=0, threads=settings.threads, writing_threads=1)


def _text_of(tokens: int, settings: Settings) -> tuple[str, int]:
    """Return a text of about as many tokens as asked for, and how many the default model makes of it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(catalogue.default_scorer(settings) / "tokenizer.json"))
    words = _WORDS * (1 + tokens // len(tokenizer.encode(_WORDS).ids))
    ids = tokenizer.encode(words).ids[:tokens]
    return tokenizer.decode(ids), len(ids)


def _write(model: LanguageModel, text: str, limit: int) -> tuple[float, float, int]:
    """Return seconds to the first piece, seconds from there to the last, and how many pieces came after the first."""
    started = time.perf_counter()
    moments = [time.perf_counter() for _ in model.stream([Message("user", text)], max_tokens=limit)]
    if not moments:
        return time.perf_counter() - started, 0.0, 0
    return moments[0] - started, moments[-1] - moments[0], len(moments) - 1


def _peak_megabytes() -> int:
    """Return the most memory this process has held, or 0 where the platform does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    # Linux counts kilobytes, macOS bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _main(arguments: list[str]) -> None:
    runtime, tokens, settings = arguments
    speed = measure(runtime, Settings.model_validate_json(settings), int(tokens))
    sys.stdout.write(json.dumps(asdict(speed)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
