"""HTTP for all parts of the program, without a server and without a socket.

`types` has the received request, the answers, and the interface `Http` through which actions send
requests. `json_body` parses JSON within bounds, `headers` checks the headers of requests to send,
and `signing` makes and compares signatures. `traceparent` reads and writes trace contexts. The HTTP
server is `automator.server.http`; the HTTP client is `automator.engine.network.egress`. Open
`types.py` first.
"""
