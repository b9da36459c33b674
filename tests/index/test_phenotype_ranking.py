"""Ranking diseases by findings, on a tiny ontology whose order is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_phenotypes import DISEASES, EAR, ELBOW, HAIR, KNEE, OLD_TOE, TERMS, THUMB, TOE, tiny_phenotypes

from index.phenotypes.equivalents import name_key, one_disease_each

KNOWLEDGE = tiny_phenotypes()


@pytest.mark.parametrize(
    ("present", "first"),
    [((TOE, EAR), "OMIM:1"), ((KNEE, ELBOW, HAIR), "OMIM:2"), ((THUMB,), "ORPHA:30"), ((OLD_TOE, EAR), "OMIM:1")],
)
def test_the_disease_that_explains_the_findings_comes_first(present, first):
    assert KNOWLEDGE.rank(present)[0].id == first


def test_one_row_goes_by_the_ids_of_both_catalogues():
    assert KNOWLEDGE.rank((TOE,))[0].ids == ("OMIM:1", "ORPHA:10")
    assert {one.id for one in KNOWLEDGE.rank((TOE,), only=("ORPHA",))} == {"OMIM:1", "ORPHA:30"}


def test_denying_what_is_constant_in_a_disease_speaks_against_it():
    told, denied = ({one.id: one.probability for one in KNOWLEDGE.rank((EAR,), absent)} for absent in ((), (THUMB,)))
    assert denied["ORPHA:30"] < told["ORPHA:30"]


@given(st.lists(st.sampled_from(sorted(TERMS)), min_size=1), st.lists(st.sampled_from(sorted(TERMS))))
def test_probabilities_fall_and_add_up_to_one(present, absent):
    shares = [one.probability for one in KNOWLEDGE.rank(present, absent)]
    assert len(shares) == len(DISEASES)
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)


def test_unknown_terms_rank_nothing():
    assert KNOWLEDGE.rank(("HP:9999999",)) == []


def test_entries_of_two_catalogues_with_one_name_are_one_disease_and_those_of_one_catalogue_are_not():
    names = {"OMIM:1": ["Foo-Bar syndrome"], "ORPHA:2": ["SYNDROME, FOO BAR"], "OMIM:3": ["Qux"], "OMIM:4": ["Qux"]}
    assert one_disease_each(names) == [("OMIM:1", "ORPHA:2"), ("OMIM:3",), ("OMIM:4",)]
    assert name_key("Foo-Bar syndrome") == name_key("SYNDROME, FOO BAR")
