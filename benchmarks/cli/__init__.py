"""How long the command line tool takes to start."""
