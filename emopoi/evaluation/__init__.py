"""How well a model does on a labelled file: plain metrics, one file a task."""
