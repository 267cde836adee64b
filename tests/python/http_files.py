# SPDX-License-Identifier: MIT
# http_files.py FILE:END... - serves FILE after FILE over HTTP, one a connection, in chunks, so that
# nobody knows how long it is. Then the stream is closed, or cut when most of it was printed, or
# silent until the client goes. Its port is in the file `port`. Between connections nobody listens
# until there is a file `go`.
import os, socket, struct, sys, time

port = 0
for number, step in enumerate(sys.argv[1:]):
    name, end = step.split(":")
    if port:
        while not os.path.exists("go"):
            time.sleep(0.02)  # the test speaks by files
        os.remove("go")
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(1)
    port = server.getsockname()[1]
    with open("port.new", "w") as file:
        file.write("%d\n" % port)
    os.rename("port.new", "port")
    client, _ = server.accept()
    server.close()
    client.recv(65536)
    with open(name, "rb") as file:
        data = file.read()
    client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                   b"Connection: close\r\n\r\n%x\r\n%s\r\n" % (len(data), data))
    if end == "close":
        client.sendall(b"0\r\n\r\n")
    if end == "silent":
        while client.recv(65536):
            pass
    if end == "cut":
        while open("printed").read().count("\n") < 50 * number + 40:
            time.sleep(0.02)  # and so does the flow
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
