"""A model as a page: its inputs as the fields of a form, what it says, and the code that runs it. Pure: nothing is called or read.

The playground shows these views; so can whatever else makes pages of models, such as a documentation site.
"""
