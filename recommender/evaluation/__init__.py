"""How well places are ranked: visits on one timeline, metrics, rivals and rating sets with emotion.

Nothing in this room is needed to recommend; pyarrow and scipy are imported where files are read and
rivals are fitted.
"""
