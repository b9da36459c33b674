"""What is known of diseases as a table: which finding occurs in which disease, and how often where that is stated.

The table comes as a file (`KnowledgeFile`, a JSON form described by its own schema). Frequencies may be left out, or learned
from counted patients. Knows diseases, questions and answers. Does not know cases in words.
"""

from index.knowledge.form import Described, Disease, KnowledgeFile, Question
from index.knowledge.learning import CountedPatient, generated, learned
from index.knowledge.table import Answers, FindingTable

__all__ = [
    "Answers",
    "CountedPatient",
    "Described",
    "Disease",
    "FindingTable",
    "KnowledgeFile",
    "Question",
    "generated",
    "learned",
]
