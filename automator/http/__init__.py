"""HTTP as all parts of the program see it, without a server and without a socket.

`types` has the received request, the answers, and the interface `Http` through which actions send;
`json_body` parses JSON within bounds, `headers` says which headers may be sent, and `signing`
makes and compares signatures. The server that reads requests is `automator.server.http`, the
client that sends them `automator.engine.network.egress`. Open `types.py` first.
"""
