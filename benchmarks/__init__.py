"""Benchmarks: ratios measured in one run. Timing is never a test."""
