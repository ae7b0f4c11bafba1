"""Keeping two students apart: where they may meet, and which schedule changes prevent it."""
