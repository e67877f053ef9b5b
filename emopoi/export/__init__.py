"""Keras networks to TFLite files with manifests. The device never imports this room."""
