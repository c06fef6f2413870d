"""The township's HIS, played: it takes ORU^R01 by MLLP as strictly as HL7 2.5.1 wants, and shows what it has.

The frames are read by PyPI `hl7`'s asyncio server, the rules by `hl7apy`: nothing of our own HL7 is used here, so that
what it accepts is what a stranger accepts.
"""

from yuanzhen.programs.demo.his.process import His

__all__ = ["His"]
