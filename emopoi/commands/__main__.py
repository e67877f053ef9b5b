"""`python -m emopoi.commands`: the same as the `emopoi` command."""

from emopoi.commands.main import main

raise SystemExit(main())
