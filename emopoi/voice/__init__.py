"""A voice in, how it sounded and a face that speaks out: joins sound, networks, profile, head and drawing."""
