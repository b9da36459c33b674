"""Health topics of MedlinePlus: a document for each English topic, its summary's own headings, its other names.

The archive holds one XML file, in which the summaries are escaped HTML. Links to other sites are left out: what they
lead to is not MedlinePlus's.
"""

from __future__ import annotations

import html
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from index.corpora.catalogue import Corpus
from index.document import Condition, Document
from index.errors import UnreadableFile
from index.reading import Limits
from index.reading.web_page import read

# Groups of the site that hold no diseases.
_OTHER_GROUPS = frozenset(
    (
        "Complementary and Alternative Therapies",
        "Diagnostic Tests",
        "Drug Therapy",
        "Fitness and Exercise",
        "Food and Nutrition",
        "Health System",
        "Personal Health Issues",
        "Population Groups",
        "Safety Issues",
        "Sexual Health Issues",
        "Social/Family Issues",
        "Surgery and Rehabilitation",
        "Symptoms",
        "Transplantation and Donation",
        "Wellness and Lifestyle",
    )
)


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each English topic. Raises UnreadableFile when the archive unpacks to too much."""
    for path in files:
        # The file has the pinned hash, and what could make parsing endless or reach out is refused all the same.
        root = ElementTree.fromstring(_unpacked(path, Limits()))  # noqa: S314
        for topic in root.iter("health-topic"):
            if topic.get("language") == "English" and (topic.findtext("full-summary") or "").strip():
                yield _document(topic, corpus, path)


def _unpacked(path: Path, limits: Limits) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            [member] = [info for info in archive.infolist() if info.filename.endswith(".xml")]
            if member.file_size > limits.file_bytes:
                raise UnreadableFile(f"{path}: unpacks to {member.file_size / 1e6:.0f} MB, more than it may")
            data = archive.read(member)
    except zipfile.BadZipFile as error:
        raise UnreadableFile(f"{path}: is not a zip archive") from error
    if b"<!ENTITY" in data:
        raise UnreadableFile(f"{path}: defines entities of its own, which no health topic needs")
    return data


def _document(topic: ElementTree.Element, corpus: Corpus, path: Path) -> Document:
    title = topic.get("title", "")
    heading = html.escape(title)
    page = f"<title>{heading}</title><body><h1>{heading}</h1>{topic.findtext('full-summary')}</body>"
    [document] = read(path, page.encode(), Limits(), corpus.defaults)
    names = tuple(name.text.strip() for name in topic.findall("also-called") if name.text and name.text.strip())
    known = {
        "url": topic.get("url") or corpus.homepage,
        "condition": Condition(name=title, synonyms=names) if _is_disorder(topic) else None,
        "record_ids": (topic.get("id", ""),),
    }
    return document.model_copy(update=known)


def _is_disorder(topic: ElementTree.Element) -> bool:
    """Say whether a topic is in a group of diseases, and not only in groups of the other kinds."""
    groups = {(group.text or "").strip() for group in topic.findall("group")}
    return bool(groups) and not groups <= _OTHER_GROUPS
