"""What every request passes on its way in, plugins' adapters included. Pure ASGI: it costs microseconds."""

from mcma.api.middleware.compression import Compression
from mcma.api.middleware.cors import ApiCors
from mcma.api.middleware.edge import Edge
from mcma.api.middleware.limits import BodyLimits

__all__ = ["ApiCors", "BodyLimits", "Compression", "Edge"]
