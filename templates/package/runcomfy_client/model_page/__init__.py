"""The page of a model: its inputs as the fields of a form, its description, and the code that runs it. Pure: no calls, no I/O.

The playground and the documentation site show these views.
"""
