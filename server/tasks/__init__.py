"""Tasks: what a seat owes by an instant, and the decisions that close it."""
