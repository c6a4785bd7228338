"""Experiments: one file per question; runs worlds, saves results."""
