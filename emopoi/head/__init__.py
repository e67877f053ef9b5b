"""Head models in FLAME's format: shapes, joints, landmarks, coefficients. NumPy and OpenCV alone."""
