"""Reports: which numbers may leave the office, and what was released before."""
