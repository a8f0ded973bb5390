"""One file per step of the schema: `NNNN_word.py`, one after the other."""
