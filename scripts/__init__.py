"""What the maintainers run: distributions and the site of the documentation."""
