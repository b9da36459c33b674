"""`python -m index.benchmarks`: the benchmarks of the index, a table each."""

from __future__ import annotations

import click

from index.benchmarks.build_command import build_command
from index.benchmarks.scale_command import scale_command
from index.errors import WardroundError


@click.group()
def main() -> None:
    """Measure how fast an index is built, and how it searches as it grows."""


main.add_command(build_command)
main.add_command(scale_command)

if __name__ == "__main__":
    try:
        main()
    except WardroundError as error:
        raise SystemExit(f"{error}") from error
