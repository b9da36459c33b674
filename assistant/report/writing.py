"""Put a report in a file: the format by the file's name, the file whole or not at all, nothing overwritten unasked."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.assessment import Assessment
from assistant.errors import UsageError
from assistant.report.content import report_blocks
from assistant.report.markdown import markdown
from assistant.report.web_page import web_page

_FORMATS = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".json": "json"}


def report_text(assessment: Assessment, kind: str) -> str:
    """Return the report in one of the formats "md", "html" and "json"."""
    if kind == "json":
        return assessment.model_dump_json(by_alias=True, indent=2) + "\n"
    blocks = report_blocks(assessment)
    return markdown(blocks) if kind == "md" else web_page(blocks)


def check_target(file: Path, *, force: bool = False) -> str:
    """Return the format a file's name asks for. Raises UsageError for an unknown one, or a file that is there already."""
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None:
        raise UsageError(f"{file} must end in .md, .html or .json, which says the format of the report")
    if file.is_dir():
        raise UsageError(f"{file} is a folder; name a file in it")
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}; make it, or choose another place")
    if file.exists() and not force:
        raise UsageError(f"{file} is there already; add --force to replace it, or choose another name")
    return kind


def write_report(assessment: Assessment, file: Path, *, force: bool = False) -> None:
    """Write the report to a file, in the format that its name asks for. Raises UsageError when that cannot be done."""
    text = report_text(assessment, check_target(file, force=force))
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; choose another place") from error
    finally:
        temporary.unlink(missing_ok=True)
