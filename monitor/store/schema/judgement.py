"""What the classifier decided, and the screen that a week's draw was made from."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Cluster, Condition, CrossBorder, Prohibited, ScreenStratum
from monitor.store.schema.base import Base, Big, Id, JsonValue, Week, share_check, week_check


class Classification(Base):
    __tablename__ = "classification"
    __table_args__ = (
        UniqueConstraint("listing_version_id", "classifier"),
        *share_check("cluster_score", "cross_border_score"),
        {"comment": "Both decisions of one classifier version about one listing version"},
    )

    id: Mapped[Id] = mapped_column(comment="number; the highest of a listing version is the latest")
    listing_version_id: Mapped[Big] = mapped_column(
        ForeignKey("listing_version.id"), comment="what was classified"
    )
    classifier: Mapped[str] = mapped_column(index=True, comment="version of the classifier")
    cluster: Mapped[Cluster] = mapped_column(comment="product group of the listing")
    cluster_score: Mapped[float] = mapped_column(comment="calibrated score of that, [0, 1]")
    category: Mapped[str | None] = mapped_column(comment="commodity inside the group")
    cross_border: Mapped[CrossBorder] = mapped_column(
        comment="cross_border, suspected, domestic or unknown"
    )
    cross_border_score: Mapped[float] = mapped_column(comment="calibrated score, [0, 1]")
    imported_goods: Mapped[bool | None] = mapped_column(
        comment="imported stock of a local seller; never a breach"
    )
    condition: Mapped[Condition] = mapped_column(
        server_default="unknown", comment="used, new or unknown"
    )
    prohibited: Mapped[Prohibited | None] = mapped_column(
        comment="used_clothing or suspected_used_clothing; null where nothing speaks of it"
    )
    signals: Mapped[JsonValue] = mapped_column(comment='why: JSON list of {"kind", "text"}')


class Screen(Base):
    __tablename__ = "screen"
    __table_args__ = (
        week_check(),
        {"comment": "The classification of a week's places, frozen once the audit was drawn"},
    )

    observation_id: Mapped[Big] = mapped_column(
        ForeignKey("observation.id"), primary_key=True, autoincrement=False, comment="the place"
    )
    week: Mapped[Week] = mapped_column(index=True, comment="week of the plan")
    classification_id: Mapped[Big] = mapped_column(
        ForeignKey("classification.id"), comment="the decision that stands"
    )
    stratum: Mapped[ScreenStratum] = mapped_column(
        comment="flagged (cross_border or suspected), unknown or domestic"
    )
