"""All tables of the product in one place, for migrations and for tests that compare them."""

import importlib.util
import pkgutil

from sqlalchemy import MetaData

import server
from server.db.types import Base


def load() -> MetaData:
    """Import every `server.*.models` and return the metadata that they fill."""
    for package in pkgutil.iter_modules(server.__path__, "server."):
        if package.ispkg and importlib.util.find_spec(f"{package.name}.models") is not None:
            importlib.import_module(f"{package.name}.models")
    return Base.metadata
