"""Reading: from the words of a case to a `Case`.

Knows how the parts join. Each part is its own module: findings and their status, demographics, measurements, medicines.
"""

from assistant.reading.case_reader import CaseReader
from assistant.reading.vocabulary import Vocabulary

__all__ = ["CaseReader", "Vocabulary"]
