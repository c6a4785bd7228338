"""Twin worlds: policies on the same luck, run, gathered, compared and told."""
