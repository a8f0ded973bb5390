"""What was done, by whom, when: append-only rows in chained streams, and seals over their heads."""
