"""Pictures in, faces followed over time out: media, detectors, tracker, drawing, sinks."""
