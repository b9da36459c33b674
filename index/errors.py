"""The root of every error Wardround raises on purpose, and the index room's branch of it.

The whole tree is drawn in `assistant.errors`. A message is one line: what failed, which value, what to do.
"""


class WardroundError(Exception):
    """An expected failure: the command line prints its message in one line and exits with `exit_code`."""

    exit_code = 1


class GuidelineIndexError(WardroundError):
    """The guideline index could not do what was asked."""

    exit_code = 4


class UnreadableFile(GuidelineIndexError):
    """A file is broken, encrypted, empty, too large or of an unknown kind; the others are still indexed."""


class IndexMissing(GuidelineIndexError):
    """There is no index in this folder yet."""


class IndexIncompatible(GuidelineIndexError):
    """The index was made by a newer Wardround or with another embedder."""


class UnknownCorpus(GuidelineIndexError):
    """The corpus catalogue has no entry of this name."""


class LicenceNotAccepted(GuidelineIndexError):
    """A corpus was asked for whose licence has not been accepted."""


class DownloadFailed(GuidelineIndexError):
    """A file of a corpus could not be fetched, or is not the one that is pinned; what came so far is kept for a second try."""


class UnknownPassage(GuidelineIndexError):
    """No passage or document has this id."""


class IndexBusy(GuidelineIndexError):
    """Another process is writing to the index."""


class EmbedderError(GuidelineIndexError):
    """The embedding model could not be loaded or gave vectors of the wrong shape."""


class RerankerError(GuidelineIndexError):
    """The configured cross-encoder could not be loaded."""
