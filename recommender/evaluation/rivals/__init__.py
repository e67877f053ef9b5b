"""Methods to compare with, each behind `NextPlaceModel`."""
