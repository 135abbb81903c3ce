"""The playground: a web page on this machine that shows the models, runs them, and generates code. `runcomfy-py playground`.

It needs the extra `playground`. The token stays in this process; jobs are submitted only when the user clicks Run.
"""
