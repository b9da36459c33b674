"""The assistant: a case in, an assessment out, with every statement tied to a verbatim quote.

Nothing leaves the machine: libraries that would ask a model hub, or tell it what is used, are told not to before they load.
`assistant.models.hub` lifts this for the length of a download that the user asked for.
"""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
