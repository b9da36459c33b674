"""`wardround evaluate`: the table of what the assistant can do, measure by measure, and `evaluate retrieval` for the search."""

from __future__ import annotations

import click

from assistant.cli.lazy import Lazy, LazyGroup

_MEASURES = "measures"
_COMMANDS = {
    _MEASURES: Lazy("assistant.cli.evaluate_measures", "measures_command", "Fill the table, measure by measure."),
    "retrieval": Lazy(
        "assistant.cli.evaluate_retrieval", "retrieval_command", "Measure how well searches find what answers them."
    ),
}


class _Evaluate(LazyGroup):
    """A group whose first command need not be named: `evaluate vignettes` is `evaluate measures vignettes`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.lazy or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [_MEASURES, *args])

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of the first command too, since that is what `evaluate` does."""
        super().format_help(ctx, formatter)
        measures = self.get_command(ctx, _MEASURES)
        assert measures is not None  # noqa: S101 - named above
        with click.Context(measures, info_name=_MEASURES, parent=ctx) as inner:
            measures.format_options(inner, formatter)


@click.group(cls=_Evaluate, lazy=_COMMANDS)
def command() -> None:
    """Measure the assistant on open data sets and print one table: value, 95 % interval, what was to be reached.

    Named measures are run, else all of them; `measures` itself need not be typed. Every outcome is kept the moment it is
    known, so Ctrl-C costs nothing: the same command goes on where it was stopped. A run is joined only with outcomes of
    exactly the same program, index, model, seed and limit.

    \b
    wardround evaluate --data ~/open-data
    wardround evaluate vignettes clinic --limit 60 --no-model
    wardround evaluate --json evaluation.json --readme README.md
    wardround evaluate --cases vignettes.csv --limit 60
    wardround evaluate retrieval --data ~/open-data
    """
