"""Campaigns: one file, one campaign. They read what the shop knows, and send."""
