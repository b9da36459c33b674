"""Judge retrieval: sets of queries with known relevant passages, the systems compared on them, and their measures."""
