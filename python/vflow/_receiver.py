# SPDX-License-Identifier: MIT
"""The other end of a zmq_out, for Run.messages()."""
import io
import json
import pickle
import re
import types
import zlib

from ._messages import numpy, see

_PATIENCE_MS = 200


class _PlainPickles(pickle.Unpickler):
    """Reads values alone, no objects: nothing of another program is called."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError("a pickle with a %s.%s" % (module, name))


class Receiver:
    """Receives what a zmq_out with these options sends. A context manager."""

    def __init__(self, options):
        try:
            import zmq
        except ImportError:
            raise ImportError("Run.messages() needs pyzmq: python3-zmq, or pip install pyzmq") from None
        if options["type"] != "zmq_out":
            raise ValueError("a %s sends nothing; name a zmq_out" % options["type"])
        self._form = options.get("form", "array")
        self._topic = options.get("topic", "").encode()
        self._end = options.get("end", "").encode()
        self._zmq, self._context = zmq, zmq.Context()
        is_pub = options.get("socket", "push") == "pub"
        self._socket = self._context.socket(zmq.SUB if is_pub else zmq.PULL)
        if is_pub:
            self._socket.setsockopt(zmq.SUBSCRIBE, self._topic)
        if options.get("mode", "bind") == "connect":
            self._socket.bind(options["endpoint"])
        else:
            self._socket.connect(re.sub(r"//(\*|0\.0\.0\.0):", "//127.0.0.1:", options["endpoint"]))
        self.has_ended = False      # the last message of it has come

    def receive(self):
        """Lists what has come: all that is there, after a moment in which there was nothing."""
        values = []
        while not self.has_ended and self._socket.poll(0 if values else _PATIENCE_MS):
            parts = self._socket.recv_multipart()
            if self._topic and len(parts) > 1:
                del parts[0]
            if self._end and parts == [self._end]:
                self.has_ended = True
            else:
                values.append(self._read(parts))
        return values

    def _read(self, parts):
        if self._form == "json":
            return json.loads(parts[-1])
        if self._form == "zipped":
            return _PlainPickles(io.BytesIO(zlib.decompress(parts[-1]))).load()
        if self._form == "bytes":
            return parts[-1]
        header = json.loads(parts[0])
        numpy()
        array = see(parts[1], tuple(header["shape"]), header["dtype"])
        array.described = types.SimpleNamespace(
            pts=None, time=header.get("timestamp"), index=header.get("number", 0) - 1,
            source=header.get("source"), metadata=header)
        return array

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self._socket.close(0)
        self._context.term()
