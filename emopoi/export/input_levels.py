"""Grey levels as the networks read them: `(level - MEAN) / STD`, in training and in manifests."""

MEAN = 127.5
STD = 64.0
