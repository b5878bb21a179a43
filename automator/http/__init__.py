"""HTTP for all parts of the program, without a server and without a socket.

`types` has the received request, the answers, and the interface `Http` through which actions send;
`json_body` parses JSON within bounds, `headers` checks headers that are sent, and `signing` makes
and compares signatures. The server that reads requests is `automator.server.http`; the client that
sends them is `automator.engine.network.egress`. Open `types.py` first.
"""
