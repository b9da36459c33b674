"""`python -m index.benchmarks build`: the comparison of builds as a table or JSON."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from index.benchmarks.building import BuildTable, Row, compare
from index.benchmarks.corpus import read_corpus
from index.embedding import usable_cores

_TITLES = {
    "wardround-int8": "Wardround, int8 (the default)",
    "wardround-float32": "Wardround, float32",
    "langchain": "LangChain, same passages",
    "langchain-own-splitting": "LangChain, its own splitting",
}
# Threads that wait for one another lose more than the share that others take.
_DISTURBED = 0.05
_HEADER = ("route", "passages", "s", "passages/s", "ratio", "cosine mean", "1st pct", "of limit", "peak MB", "others")


@click.command("build")
@click.option("--model", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--passages", type=click.IntRange(1), default=1000, show_default=True, help="At least so many.")
@click.option("--corpus", type=click.Path(exists=True, path_type=Path), multiple=True, help="Not the starter notes.")
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True, help="The fastest turn counts.")
@click.option("--threads", type=click.IntRange(1), default=None, help="[default: the cores there are]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def build_command(
    model: Path, passages: int, corpus: tuple[Path, ...], rounds: int, threads: int | None, as_json: bool
) -> None:
    """Build an index by each route, from whole files until there are enough passages, and compare.

    MODEL is a sentence-transformers folder (BERT kind, mean pooling).
    """
    with tempfile.TemporaryDirectory(prefix="wardround-bench-") as workspace:
        table = compare(
            read_corpus(corpus, passages),
            model,
            Path(workspace),
            threads=threads or usable_cores(),
            rounds=rounds,
            tell=lambda line: click.echo(line, err=True),
        )
    click.echo(table.model_dump_json(indent=2) if as_json else as_text(table))


def as_text(table: BuildTable) -> str:
    """Return the table in Markdown, with the limit in words below it."""
    lines = [
        f"| {' | '.join(_HEADER)} |",
        f"|{'---|' * len(_HEADER)}",
        *(f"| {' | '.join(_cells(row))} |" for row in table.rows),
        "",
        f"{table.passages:,} passages of {table.mean_tokens:.0f} tokens, {table.threads} threads. A passage needs"
        f" {table.needed:.2f} x 10^9 operations; the multiplications alone reach {table.float32_ceiling:,.0f} x 10^9 a"
        f" second in float32 ({table.float32_ceiling / table.needed:,.0f} passages/s) and {table.int8_ceiling:,.0f} in"
        f" int8 ({table.int8_ceiling / table.needed:,.0f} passages/s).",
        f"Ranking, {table.questions:,} headings finding their texts: nDCG@10 {table.ndcg_float32:.4f} in float32,"
        f" {table.ndcg_int8:.4f} in int8 (costs {table.cost_of_int8:+.2%}).",
    ]
    busy = [_TITLES[row.built.route] for row in table.rows if (row.built.others or 0.0) > _DISTURBED]
    if busy:
        lines.append(
            f"Other programs took more than {_DISTURBED:.0%} of the cores, so run it again: {'; '.join(busy)}."
        )
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    built, near = row.built, row.agreement
    return (
        _TITLES[built.route],
        f"{built.passages:,}",
        f"{built.seconds:.1f}",
        f"{built.passages_per_second:.1f}",
        f"{row.times_as_fast:.2f}",
        f"{near.mean:.4f}" if near else "-",
        f"{near.first_percentile:.4f}" if near else "-",
        f"{row.share_of_limit:.0%}" if row.share_of_limit is not None else "-",
        f"{built.peak_megabytes:,.0f}",
        f"{built.others:.0%}" if built.others is not None else "?",
    )
