"""Open corpora by name: what there is and under which licence, fetching one, and turning it into documents.

`catalogue` and its YAML file say what there is; `fetching` gets and checks the files; `parsing` has a module for each
form they come in; `preparing` writes the file of documents that the index reads.
"""
