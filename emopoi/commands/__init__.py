"""One file a subcommand; `main` holds the table and imports a command only when it is chosen."""
