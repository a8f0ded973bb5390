"""Findings: rows that fell short, mended in process instances of their own."""
