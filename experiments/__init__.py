"""One file per question; each is a command: `python -m experiments.<name>`."""
