"""Chance that repeats: each choice follows from the seed and from what it is about, not from what was chosen before."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Choices by hashing. A choice more or less elsewhere changes none of the others."""

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed)

    def below(self, limit: int, *about: object) -> int:
        """A whole number from 0 to limit - 1. about: what the choice is for."""
        words = "\n".join((self._seed, *map(str, about)))
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8]) % limit

    def between(self, least: int, most: int, *about: object) -> int:
        """A whole number from least to most, both included; least when most is smaller."""
        return least + self.below(max(most - least, 0) + 1, *about)

    def happens(self, percent: int, *about: object) -> bool:
        return self.below(100, *about) < percent

    def pick(self, options: Sequence[T], *about: object) -> T:
        return options[self.below(len(options), *about)]

    def shuffled(self, items: Sequence[T], *about: object) -> list[T]:
        order = sorted(range(len(items)), key=lambda place: (self.below(1 << 60, *about, place), place))
        return [items[place] for place in order]
