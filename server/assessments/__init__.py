"""Assessments: sealed scorings of one subject by one body, row by row, with evidence and reasons."""
