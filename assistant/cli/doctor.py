"""`wardround doctor`: check this installation, offline, and say what is missing and how to mend it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from assistant.settings import Settings, load_settings, origins

if TYPE_CHECKING:
    from assistant.installation import Check

_NAME_WIDTH = 32


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check this installation and its settings, and name the command that mends what is missing.

    Nothing is changed and nothing leaves this machine. The exit code is 1 when something needed is missing.

    \b
    wardround doctor
    """
    from assistant.installation import checks

    settings = load_settings()
    done: list[Check] = []
    for check in checks(settings):
        done.append(check)
        if not as_json:
            click.echo(_line(check))
    complete = all(check.ok for check in done if check.needed)
    if as_json:
        listed = [asdict(check) for check in done]
        click.echo(json.dumps({"complete": complete, "checks": listed, "settings": _settings(settings)}, indent=2))
    else:
        for name, (value, origin) in _settings(settings).items():
            click.echo(f"{'':<10}{f'setting {name}':<{_NAME_WIDTH}}{value or '(none)'}  [{origin}]")
        click.echo(
            "Complete." if complete else "Something needed is missing; the lines marked 'missing' say what to do."
        )
    ctx.exit(0 if complete else 1)


def _line(check: Check) -> str:
    state = "ok" if check.ok else "missing" if check.needed else "optional"
    mend = f"; mend it with: {check.mend}" if check.mend and not check.ok else ""
    return f"{state:<10}{check.name:<{_NAME_WIDTH}}{check.found}{mend}"


def _settings(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return each setting's value and where it comes from."""
    come_from = origins()
    return {name: (str(getattr(settings, name)), come_from[name]) for name in Settings.model_fields}
