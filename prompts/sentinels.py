"""Words that prompts ask a model to say and code looks for, kept here so that the two never drift apart."""

NOT_IN_SOURCES = "The sources given do not answer this."
