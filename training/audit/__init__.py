"""How far each frozen file is to be trusted, by who is seen and how well."""
