"""Whether a recording that is found is the one that is meant: judged by what is said of both alone."""

from mcma.domain.matching.comparing import compare
from mcma.domain.matching.values import Band, Bands, Compared, Facts, FieldReason, Version

__all__ = ["Band", "Bands", "Compared", "Facts", "FieldReason", "Version", "compare"]
