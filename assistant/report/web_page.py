"""Write a report's blocks as one HTML file: escaped, printable, with nothing to load and nothing to run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.report.block import Block, Bullets, Heading, Paragraph, Quotes, Source, Table

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; border-bottom: 1px solid #bbb; margin-top: 1.4rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid #bbb; padding: .25rem .5rem; text-align: left;
vertical-align: top; overflow-wrap: break-word; } .danger { border: 2px solid #b00020; padding: 0 .5rem; }
.source { font-size: .9em; } .source p { margin: .4rem 0 0; } .source ul { margin: 0; padding-left: 1.2rem; }
.place { color: #444; }
@media print { body { font-size: 9.5pt; line-height: 1.3; margin: 0; max-width: none; } h2, h3 { break-after: avoid; }
h1, h2, h3, p, ul { margin: .3em 0; } tr { break-inside: avoid; } .source { font-size: .82em; }
@page { size: A4; margin: 12mm; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def web_page(blocks: Sequence[Block]) -> str:
    """Return the report as a self-contained HTML page."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_block(block) for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Heading(text, level, danger):
            mark = ' class="danger"' if danger else ""
            return f"<h{level}{mark}>{escape(text)}</h{level}>"
        case Paragraph(text, strong):
            return f"<p><strong>{escape(text)}</strong></p>" if strong else f"<p>{escape(text)}</p>"
        case Bullets(items):
            return f"<ul>{''.join(_item(text, below) for text, below in items)}</ul>"
        case Table(titles, rows):
            head = _row(titles, "th") if any(titles) else ""
            return f"<table>{head}{''.join(_row(row, 'td') for row in rows)}</table>"
        case Source(text, passages, url):
            listed = "".join(f"<li>{_passage(passage)}</li>" for passage in passages)
            return f'<div class="source"><p>{escape(text)}{_address(url)}</p><ul>{listed}</ul></div>'


def _passage(passage: Quotes) -> str:
    quoted = [
        f'<span id="source-{number}">[{number}] "{escape(quote, quote=False)}"</span>'
        for number, quote in passage.quotes
    ]
    if passage.above:
        marks = " ".join(f'<span id="source-{number}">[{number}]</span>' for number in passage.above)
        quoted.append(f"{marks} word for word above")
    return f'<span class="place">{escape(passage.place)}:</span> {" ".join(quoted)}'


def _item(text: str, below: Sequence[str]) -> str:
    inner = f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in below)}</ul>" if below else ""
    return f"<li>{escape(text)}{inner}</li>"


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _address(url: str) -> str:
    """Return the address; only one that a browser may open without harm becomes a link."""
    if not url.startswith(("https://", "http://")):
        return f" {escape(url)}" if url else ""
    return f' <a href="{escape(url)}" rel="noopener noreferrer">{escape(url)}</a>'
