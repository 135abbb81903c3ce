"""The pages of the documentation's site, as Markdown."""
