"""Tables of the running installation itself."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class NodeHeartbeat(Base):
    """A process that runs jobs, and when it was last seen alive. id: its executor id, new at every start."""

    __tablename__ = "node_heartbeat"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str] = mapped_column(String(200))
    process: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
