"""Every error Wardround raises on purpose.

WardroundError              exit 1
├── UsageError              exit 2   the command line or an input line cannot be used
│   └── EmptyCase                    nothing to assess was given
├── SettingsError           exit 3   a settings file or variable holds an unusable value
├── GuidelineIndexError     exit 4   (index.errors)
│   ├── UnreadableFile               broken, encrypted, empty, too large, unknown kind
│   ├── IndexMissing                 no index in the folder
│   ├── IndexIncompatible            newer schema, or another embedder
│   ├── IndexBusy                    another process is writing
│   ├── UnknownPassage               no such id
│   ├── UnknownCorpus                not in the corpus catalogue
│   ├── LicenceNotAccepted           a corpus whose terms nobody agreed to
│   ├── DownloadFailed               retry later; what came so far is kept
│   ├── EmbedderError                the embedding model cannot be used
│   └── RerankerError                the configured cross-encoder cannot be used
├── ModelError              exit 5   a language model cannot be loaded or does not answer
│   ├── ModelMissing                 not in the catalogue, not downloaded, wrong hash
│   └── ServerUnreachable            retry later, or check the URL
├── QuoteMismatch           exit 6   a quote is not verbatim in its passage; never shown to a user
├── StoreError              exit 7   the case store cannot be opened or written
└── TrainingError           exit 8   fine-tuning cannot start or go on

Ctrl-C ends a command with 130, a reader that closed its end of a pipe with 141, as shells expect.
"""

from index.errors import (
    DownloadFailed,
    EmbedderError,
    GuidelineIndexError,
    IndexBusy,
    IndexIncompatible,
    IndexMissing,
    LicenceNotAccepted,
    RerankerError,
    UnknownCorpus,
    UnknownPassage,
    UnreadableFile,
    WardroundError,
)

__all__ = [
    "DownloadFailed",
    "EmbedderError",
    "EmptyCase",
    "GuidelineIndexError",
    "IndexBusy",
    "IndexIncompatible",
    "IndexMissing",
    "LicenceNotAccepted",
    "ModelError",
    "ModelMissing",
    "QuoteMismatch",
    "RerankerError",
    "ServerUnreachable",
    "SettingsError",
    "StoreError",
    "TrainingError",
    "UnknownCorpus",
    "UnknownPassage",
    "UnreadableFile",
    "UsageError",
    "WardroundError",
]


class UsageError(WardroundError):
    """The command line, or one line of a batch, cannot be used as given."""

    exit_code = 2


class EmptyCase(UsageError):
    """Nothing to assess was given: an empty file, or only white space."""


class SettingsError(WardroundError):
    """A settings file or an environment variable holds a value that cannot be used."""

    exit_code = 3


class ModelError(WardroundError):
    """A language model cannot be loaded or does not answer as it should."""

    exit_code = 5


class ModelMissing(ModelError):
    """The model is not in the catalogue, was not downloaded, or its hash is wrong."""


class ServerUnreachable(ModelError):
    """An OpenAI-compatible server does not answer; worth another try once it runs."""


class QuoteMismatch(WardroundError):
    """A quote is not verbatim in the passage it names."""

    exit_code = 6


class StoreError(WardroundError):
    """The case store cannot be opened or written."""

    exit_code = 7


class TrainingError(WardroundError):
    """Fine-tuning cannot start or go on."""

    exit_code = 8
