"""The command line: one module per group of commands, each with ``add_to(commands)``.

Nothing here imports the server's libraries but ``serve``, so that every other command starts in a blink.
"""
