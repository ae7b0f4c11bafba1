"""Rosters: which classes the linked students are in, from a OneRoster CSV set."""
