"""Disease-phenotype knowledge: the Human Phenotype Ontology (HPO) and its rare-disease annotations.

The data is the HPO release of January 2025, with the annotations of November 2025 joined (Gargano et al., Nucleic Acids Res
2024; https://hpo.jax.org/app/license), fetched once and compiled into one file; it is cited in every answer that uses it and
is not shipped with the project.
"""

from index.phenotypes.compiling import compile_phenotypes
from index.phenotypes.knowledge import DiseaseMatch, PhenotypeKnowledge, Term

__all__ = ["DiseaseMatch", "PhenotypeKnowledge", "Term", "compile_phenotypes"]
