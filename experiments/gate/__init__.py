"""A gate before a rollout: thresholds from a file, held against a policy and its baseline on the same luck."""
