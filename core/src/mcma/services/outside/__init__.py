"""What lies in sources outside: searched, shown, and told apart from what is here already."""

from mcma.services.outside.calls import Asking
from mcma.services.outside.faults import SourceFault
from mcma.services.outside.sources import OutsideSources, TimeLimits

__all__ = ["Asking", "OutsideSources", "SourceFault", "TimeLimits"]
