"""Readers of files of places: each gives places, or the reason why an entry is none."""
