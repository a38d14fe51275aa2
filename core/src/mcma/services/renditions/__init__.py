"""Files made of other files: decided on, made by jobs, followed while they grow, kept for a while."""

from mcma.services.renditions.service import Renditions
from mcma.services.renditions.upkeep import Room
from mcma.services.renditions.workshop import Bounds

__all__ = ["Bounds", "Renditions", "Room"]
