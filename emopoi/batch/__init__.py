"""Many videos: what is to be read, who reads it, and where the readings lie (docs/batch.md)."""
