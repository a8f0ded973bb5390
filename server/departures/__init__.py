"""Somebody leaves: their posts, tasks, delegations and account are handed over in one operation."""
