"""Parts that all commands share: options, output for people and programs, and the way to a server.

`options.py` has the options that several commands take, `output.py` prints tables and JSON,
`control.py` calls the server that runs on a data folder, `api_here.py` answers such calls where
none runs, `database.py` opens its database, and `posting.py` sends samples to a hook. No command is
here. Open `control.py` first.
"""
