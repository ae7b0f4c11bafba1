"""reintegrate: coordinate the recovery and schooling of students who survived trafficking."""

__version__ = "0.1.0"
PROGRAM = "reintegrate"
