"""`wardround models`: list, download, choose and measure language models."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from assistant.errors import ModelError
from assistant.settings import load_settings, save_setting

if TYPE_CHECKING:
    from assistant.models.bench import RuntimeSpeed

_KINDS = (
    ("embedded", "default", "the small default; needs nothing but this machine"),
    ("gguf", "~/models/medical-8b.Q4_K_M.gguf", "any GGUF file, run by llama.cpp"),
    ("transformers", "org/name or a folder", "Hugging Face weights; 4-bit NF4 with CUDA, float32 without"),
    ("server", "http://127.0.0.1:8000/v1#name", "any OpenAI-compatible server: vLLM, llama.cpp, Ollama"),
)
_ADAPTER = "the first three take a LoRA adapter: default+adapter=PATH"
_COLUMNS = "{:<22}{:>8}{:>9}{:>10}{:>11}{:>11}{:>9}"


@click.group("models")
def command() -> None:
    """List, download, choose and measure language models.

    \b
    wardround models get                       once, while the package index is reachable
    wardround models use ~/models/big.gguf     from now on
    wardround models use default               back to the small one
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def list_models(as_json: bool) -> None:
    """Show the downloads, which are here, the model in use, and how others are named.

    \b
    wardround models list
    """
    from assistant.models.catalogue import CATALOGUE, is_ready

    settings = load_settings()
    downloads = [
        {
            "name": entry.name,
            "what": entry.what,
            "package": f"{entry.package}=={entry.version}",
            "licence": entry.licence,
        }
        | {"megabytes": entry.megabytes, "ready": is_ready(entry.name, settings)}
        for entry in CATALOGUE.values()
    ]
    in_use = settings.model or "default"
    if as_json:
        kinds = [{"kind": kind, "example": example, "what": what} for kind, example, what in _KINDS]
        click.echo(json.dumps({"in_use": in_use, "downloads": downloads, "kinds": kinds}, indent=2))
        return
    click.echo(f"In use: {in_use}\n\nDownloads (wardround models get):")
    for one in downloads:
        state = "ready" if one["ready"] else "missing"
        click.echo(f"  {one['name']:<24}{state:<9}{one['megabytes']:>4} MB  {one['what']}; {one['licence']}")
    click.echo("\nWhat 'wardround models use' takes:")
    for kind, example, what in _KINDS:
        click.echo(f"  {kind:<14}{example:<34}{what}")
    click.echo(f"  {_ADAPTER}")


@command.command("get")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def get_models(names: tuple[str, ...]) -> None:
    """Download NAME, or all that the embedded defaults need; what is here already is left alone.

    \b
    wardround models get
    wardround models get all-minilm-l6-v2
    """
    from assistant.models.catalogue import CATALOGUE, get

    settings = load_settings()
    for name in names or tuple(CATALOGUE):
        get(name, settings, lambda line: click.echo(line, err=True))


@command.command("use")
@click.argument("spec")
def use_model(spec: str) -> None:
    """Make SPEC the language model, after checking that it opens and answers.

    A Hugging Face id that is not on this machine is downloaded now, and never again.

    \b
    wardround models use default
    wardround models use ~/models/medical-8b.Q4_K_M.gguf
    wardround models use http://127.0.0.1:8000/v1#qwen3
    wardround models use default+adapter=runs/my-adapter
    """
    from assistant.models.language_model import Message, complete
    from assistant.models.spec import open_model

    settings = load_settings()
    model = open_model(spec, settings, download=True)
    word = complete(model, [Message("user", "Say one word.")], max_tokens=8).strip()
    if not word:
        raise ModelError(f"{spec} opens but answers nothing; try another, or 'wardround models use default'")
    file = save_setting("model", spec, settings)
    click.echo(f"{model.identity.name} ({model.identity.kind}) answers {word!r}; noted in {file}", err=True)


@command.command("bench")
@click.option("--tokens", default=800, show_default=True, type=click.IntRange(16, 4000), help="Length of the prompt.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def bench(tokens: int, as_json: bool) -> None:
    """Measure how fast each runtime of the default reads, writes and scores on this machine; takes a minute.

    \b
    wardround models bench --tokens 400
    """
    from assistant.models.bench import measure_all

    speeds = []
    if not as_json:
        click.echo(_COLUMNS.format("runtime", "threads", "load s", "read t/s", "write t/s", "score 10 s", "peak MB"))
    for speed in measure_all(load_settings(), tokens):
        speeds.append(asdict(speed))
        if not as_json:
            click.echo(_row(speed))
    if as_json:
        click.echo(json.dumps(speeds, indent=2))


def _row(speed: RuntimeSpeed) -> str:
    scoring = "-" if speed.scoring_seconds is None else f"{speed.scoring_seconds:.2f}"
    return _COLUMNS.format(
        speed.runtime,
        speed.threads,
        f"{speed.load_seconds:.2f}",
        f"{speed.read_per_second:.0f}",
        f"{speed.written_per_second:.1f}",
        scoring,
        speed.peak_megabytes,
    )
