"""Evidence: files by content hash, and notes on what lies on paper or may not be uploaded."""
