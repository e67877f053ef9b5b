"""Keras networks. The device never imports this room."""
