"""`python -m railmap`."""

from railmap.cli.main import main

main()
