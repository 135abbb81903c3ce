"""The playground: a page on this machine that shows the models, runs them, and hands out the code. `runcomfy-py playground`.

It needs the extra `playground`. The token stays in this process; nothing is submitted that a person has not asked for.
"""
