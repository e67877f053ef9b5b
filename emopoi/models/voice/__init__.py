"""Keras networks of the voice: what is said, how it is said, and the face that says it."""
