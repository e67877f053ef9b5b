"""Heads drawn for people to look at; needs pyrender, imported where a renderer is made."""
