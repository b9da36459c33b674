"""Tune the retriever: from open texts to query-passage pairs, to an adapter of the query side, to the verdict on it."""
