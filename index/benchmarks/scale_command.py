"""`python -m index.benchmarks scale`: what an index costs and how it searches as it grows, as a table or JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from index.benchmarks.scale import Row, Setting, measure_row
from index.benchmarks.searching import Timing

_SIZES = (35_000, 100_000, 1_000_000)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("scale")
@click.option(
    "--passages", type=click.IntRange(10_000), multiple=True, help="A row each. [default: 35,000 to 1,000,000]"
)
@click.option(
    "--corpus", type=_EXISTING, help="An index whose passages and vectors are mixed. [default: starter notes]"
)
@click.option("--embedder", type=_EXISTING, help="The embedder of that index, for the vectors of questions.")
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True, help="So many of each kind.")
@click.option("--folder", type=_FOLDER, help="Keep the indexes here; a stopped run goes on. [default: deleted]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scale_command(
    passages: tuple[int, ...],
    corpus: Path | None,
    embedder: Path | None,
    queries: int,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Grow indexes of generated passages and measure building, memory, disk, opening, searching and recall.

    The passages are made of real ones: words are as frequent as in them, and vectors are mixes of near
    neighbours, moved as other neighbours differ. A million passages take about 6 GB of disk.
    """
    with tempfile.TemporaryDirectory(prefix="wardround-bench-") as workspace:
        place = folder or Path(workspace)
        rows = []
        for count in passages or _SIZES:
            setting = Setting(
                folder=place / f"scale-{count}", passages=count, seed=corpus, embedder=embedder, queries=queries
            )
            rows.append(measure_row(setting, lambda line: click.echo(line, err=True)))
    click.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=2) if as_json else as_text(rows))


def as_text(rows: list[Row]) -> str:
    """Return the table in Markdown, a column a size."""
    lines = [f"| | {' | '.join(f'{row.passages:,}' for row in rows)} |", f"|---|{'---:|' * len(rows)}"]
    cells = [_cells(row) for row in rows]
    lines += [f"| {name} | {' | '.join(column[name] for column in cells)} |" for name in cells[0]]
    lines += ["", *(f"{row.passages:,} passages: {row.caches.kind}." for row in rows)]
    return "\n".join(lines)


def _cells(row: Row) -> dict[str, str]:
    searches, caches = row.searches, row.caches
    short, long = searches.short, searches.long
    return {
        "text, postings and vectors written, s (passages/s)": f"{row.growth.seconds:,.0f}"
        f" ({row.written / row.growth.seconds:,.0f})",
        "vector cache built, s": f"{caches.vectors_seconds:,.1f}",
        "word cache built, s": f"{caches.words_seconds:,.1f}",
        "both after 5,000 more passages, s": f"{caches.update_seconds:,.1f}",
        "peak memory writing / caches / searching, MB": f"{row.growth.peak_mb:,} / {caches.peak_mb:,}"
        f" / {searches.peak_mb:,}",
        "disk: database + vectors + words, MB": f"{row.database_mb:,} + {row.vectors_mb:,} + {row.words_mb:,}",
        "opening and the first search, s": f"{searches.open_seconds:.2f}",
        "search, both kinds, just opened, p50 / p95 ms": _pair(searches.fresh),
        "search, short question, p50 / p95 ms": _pair(searches.hybrid_short),
        "search, narrative of 130 words, p50 / p95 ms": _pair(searches.hybrid_long),
        "of it both paths, fused: short; long": f"{_pair(short.paths)}; {_pair(long.paths)}",
        "words alone: short; long": f"{_pair(short.words)}; {_pair(long.words)}",
        "words by FTS5 alone: short; long": f"{_pair(short.fts5)}; {_pair(long.fts5)}",
        "nearest vectors alone: short; long": f"{_pair(short.vectors)}; {_pair(long.vectors)}",
        "embedding the question (not in the above)": _pair(searches.embedding_ms) if searches.embedding_ms else "-",
        "recall@10 of exact, dense: short; long": f"{short.recall_dense:.4f}; {long.recall_dense:.4f}",
        "recall@10 of exact, hybrid: short; long": f"{short.recall_hybrid:.4f}; {long.recall_hybrid:.4f}",
    }


def _pair(timing: Timing) -> str:
    return f"{timing.p50:.1f} / {timing.p95:.1f}"
