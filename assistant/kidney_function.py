"""How well the kidneys of a case filter: the rate as measured, or estimated from creatinine.

CKD-EPI 2021 (Inker et al., N Engl J Med 2021, doi:10.1056/NEJMoa2102953), adults only, and meant for a steady state.
Does not know medicines.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.case import Case, Measurement
from assistant.reading.analytes import analytes

_RATE, _CREATININE = "estimated glomerular filtration rate", "creatinine"


@dataclass(frozen=True)
class KidneyFunction:
    """The filtration rate in mL/min/1.73 m2, None where it is not known, and the words for what is known.

    `severe` marks a creatinine at its critical limit.
    """

    egfr: float | None = None
    wording: str = ""
    severe: bool = False


def kidney_function(case: Case) -> KidneyFunction:
    """Return the filtration rate a case gives or lets one estimate; only words where creatinine is high without both."""
    rate = _latest(case, _RATE)
    if rate is not None:
        return KidneyFunction(rate.value, f"eGFR {rate.value:g}")
    creatinine = _latest(case, _CREATININE)
    if creatinine is None:
        return KidneyFunction()
    high = creatinine.flag in ("high", "critical-high")
    said = f"creatinine {creatinine.value:g} {creatinine.unit}"
    if case.age_years is None or case.age_years < 18 or case.sex == "unknown" or case.pregnant:
        return KidneyFunction(None, said if high else "", severe=creatinine.flag == "critical-high")
    milligrams = analytes()[_CREATININE].units[creatinine.unit].to_first(creatinine.value)
    egfr = ckd_epi_2021(milligrams, case.age_years, female=case.sex == "female")
    return KidneyFunction(egfr, f"eGFR about {egfr:.0f} ({said})")


def ckd_epi_2021(creatinine: float, age_years: float, *, female: bool) -> float:
    """Return the estimated filtration rate for a creatinine in mg/dL."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if female else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return float(142 * min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.2 * 0.9938**age_years * factor)


def _latest(case: Case, analyte: str) -> Measurement | None:
    """Return the last value of an analyte that is not of the past."""
    known = analytes()[analyte].units
    values = [
        one for one in case.measurements if one.analyte == analyte and one.flag != "unknown" and one.unit in known
    ]
    return values[-1] if values else None
