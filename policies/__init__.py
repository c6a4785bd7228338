"""Loyalty policies: one file, one policy. They see what the shop knows, and nothing else."""
