"""EmoPOI: expression, age range and places from a face, on the device."""

__version__ = "0.1.0"
