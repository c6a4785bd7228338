"""The Hydra tree: the only registry of populations, catalogues, markets, policies, campaigns, services and events."""
