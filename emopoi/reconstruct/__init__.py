"""3D faces of the people in a photo or video: joins detector, landmarks, solver, renderer and files."""
