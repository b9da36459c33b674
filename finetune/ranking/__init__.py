"""Fit what orders the differential and what makes its likelihoods calibrated, on cases with a known diagnosis."""
