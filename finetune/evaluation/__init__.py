"""Measure the assistant on cases with known answers: one module a measure, all run by one command into one table."""
