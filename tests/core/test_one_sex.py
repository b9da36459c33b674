"""Findings that only one sex can have."""

from __future__ import annotations

import pytest

from assistant.case import Finding
from assistant.one_sex import fits_sex


def _is_a(child: str, parent: str) -> bool:
    return (child, parent) == ("HP:0000869", "HP:0000140")


@pytest.mark.parametrize(
    ("finding", "sex", "fits"),
    [
        (Finding(label="pregnancy"), "male", False),
        (Finding(label="pregnancy"), "female", True),
        (Finding(label="pregnancy"), "unknown", True),
        (Finding(label="enlarged prostate"), "female", False),
        (Finding(label="secondary amenorrhea", hpo="HP:0000869"), "male", False),
        (Finding(label="fever", hpo="HP:0001945"), "male", True),
    ],
)
def test_a_finding_of_the_other_sex_does_not_fit(finding: Finding, sex: str, fits: bool) -> None:
    assert fits_sex(finding, sex, _is_a) is fits
