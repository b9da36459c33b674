"""Check, without any code of Wardround, that every citation of a batch is verbatim: quote == passage text[start:end].

Run as: python tests/check_citations.py OUT.jsonl INDEX_FOLDER/index.sqlite
"""

import json
import sqlite3
import sys
from pathlib import Path

QUERY = "SELECT substr(d.text, p.start_offset + 1, p.end_offset - p.start_offset) FROM passages p JOIN documents d"
QUERY += " ON d.id = p.document_id WHERE p.id = ?"


def check(output: Path, index: Path) -> tuple[int, int, int]:
    """Return how many assessments, citations, and citations that are not verbatim, the lines of a batch hold."""
    database = sqlite3.connect(index)
    assessments = [json.loads(line).get("assessment") for line in output.read_text(encoding="utf-8").splitlines()]
    cited = [one for a in assessments if a for d in a["differential"] for one in d["citations"]]
    found = [(one, database.execute(QUERY, (one["passage_id"],)).fetchone()) for one in cited]
    wrong = sum(row is None or row[0][one["start"] : one["end"]] != one["quote"] for one, row in found)
    return sum(a is not None for a in assessments), len(cited), wrong


if __name__ == "__main__":
    counts = check(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write("{} assessments, {} citations, {} not verbatim\n".format(*counts))
    sys.exit(counts[2] > 0)
