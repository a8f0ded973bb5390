"""The one organisation tree: units, posts, people, and who holds which post from when to when."""
