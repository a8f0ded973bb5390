"""Standards: trees of scored rows with typed rules, totals and verdicts in exact decimals."""
