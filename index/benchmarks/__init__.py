"""Benchmarks of the index, a table each: how fast it is built, and how it searches as it grows."""
