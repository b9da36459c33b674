"""`wardround index verify`: prove that what the index holds agrees with itself, and mend what does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from assistant.cli.index import opening
from assistant.errors import EmbedderError, GuidelineIndexError, IndexIncompatible, ModelMissing
from assistant.settings import Settings, load_settings
from assistant.terminal.counting import counting

if TYPE_CHECKING:
    from index.guideline_index import GuidelineIndex
    from index.verifying import Verification

_SHOWN = 20


@click.command("verify")
@click.option("--repair", is_flag=True, help="Mend what is wrong: make it again from the text, and take out the rest.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify_command(repair: bool, as_json: bool) -> None:
    """Prove that text, offsets, postings, vectors and caches agree; exit with 4 when something is wrong.

    Files that changed or are gone since they were added are named, but are no fault: 'index add' takes them up. With
    --repair, a document whose own text is damaged is taken out; add its file again.

    \b
    wardround index verify
    wardround index verify --repair
    """
    index = _open(load_settings())
    with counting() as tell:
        found = index.verify(lambda done, total: tell("verifying documents", done, total))
        after = found
        if repair and not found.sound:
            after = index.repair(found, lambda done, total: tell("verifying what was mended", done, total))
    if as_json:
        click.echo(json.dumps(_as_json(found, after, repaired=repair), indent=2, ensure_ascii=False))
    else:
        _print(found, after)
    if not after.sound:
        raise GuidelineIndexError(_said(after, repair))


def _open(settings: Settings) -> GuidelineIndex:
    """Open the index with its embedder where there is one: without, vectors cannot be made anew, but all else is seen."""
    try:
        return opening.open_index(settings, with_embedder=True)
    except (ModelMissing, EmbedderError, IndexIncompatible) as error:
        click.echo(f"vectors are not compared with their texts: {error}", err=True)
        return opening.open_index(settings)


def _said(after: Verification, repair: bool) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(after.counts.items()))
    way_out = "move the index away and add the documents again"
    if not repair:
        way_out = "mend with: wardround index verify --repair"
    elif set(after.counts) == {"vector"}:
        way_out = "embed the documents anew with: wardround index rebuild"
    return f"the index does not agree with itself ({kinds}); {way_out}"


def _print(found: Verification, after: Verification) -> None:
    for fault in found.faults[:_SHOWN]:
        click.echo(f"{fault.kind} {fault.where}: {fault.detail}")
    if (more := sum(found.counts.values()) - _SHOWN) > 0:
        click.echo(f"and {more} more")
    for note in after.notes[:_SHOWN]:
        click.echo(f"note: {note}")
    if (more := len(after.notes) - _SHOWN) > 0:
        click.echo(f"and {more} more notes")
    compared = f", {after.vectors_made_anew} vectors made anew" if after.vectors_made_anew else ""
    if after.sound:
        mended = "mended: " if found.counts else ""
        click.echo(f"{mended}{after.documents} documents and {after.passages} passages agree with themselves{compared}")


def _as_json(found: Verification, after: Verification, *, repaired: bool) -> dict[str, object]:
    return {
        "sound": after.sound,
        "repaired": repaired and not found.sound and after.sound,
        "documents": after.documents,
        "passages": after.passages,
        "vectors_made_anew": after.vectors_made_anew,
        "faults": [{"kind": one.kind, "where": one.where, "detail": one.detail} for one in found.faults],
        "counts": found.counts,
        "left": after.counts,
        "notes": list(after.notes),
    }
