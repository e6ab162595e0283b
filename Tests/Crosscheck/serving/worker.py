"""A client of the engine's protocol, for the worker that asks another server: frames of JSON over a socket, files as sealed memfds."""

import fcntl
import json
import os
import socket
import struct
import subprocess
from pathlib import Path

SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def sealed(content: bytes) -> int:
    descriptor = os.memfd_create("crosscheck", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    return descriptor


class Worker:
    """`assay-engine-remote` with a model loaded."""

    def __init__(self, program: Path, server: str, model: str):
        self.socket, theirs = socket.socketpair()
        self.number = 0
        with theirs:
            self.process = subprocess.Popen([program, "--fd", str(theirs.fileno())], pass_fds=[theirs.fileno()])
        self.ask("hello", {"protocol": 1}, [sealed(os.urandom(32))])
        place = json.dumps({"server": server, "model": model}).encode()
        files = [{"role": "configuration", "size": len(place)}]
        self.information = self.ask("load", {"container": "remote", "files": files, "threads": 1}, [sealed(place)])

    def ask(self, name: str, body: dict, descriptors: list[int] = ()) -> dict:
        self.number += 1
        payload = json.dumps({"id": self.number, "request": name, "body": body}).encode()
        frame = struct.pack("<I", len(payload)) + payload
        sent = socket.send_fds(self.socket, [frame], list(descriptors)) if descriptors else 0
        self.socket.sendall(frame[sent:])
        for descriptor in descriptors:
            os.close(descriptor)
        reply = json.loads(self.read(struct.unpack("<I", self.read(4))[0]))
        if reply["reply"] == "error":
            raise RuntimeError(f"{name}: {reply['body']['message']}")
        return reply["body"]

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise RuntimeError("the worker has closed its stream")
            data += more
        return data

    def logprobs(self, tokens: list[int]) -> list[float]:
        """Of every token but the first."""
        item = {"context": {"tokens": tokens[:1]}, "continuations": [{"tokens": tokens[1:]}]}
        score = self.ask("score", {"items": [item], "includesTokenLogprobs": True})["results"][0]["scores"][0]
        text = score["tokenLogprobs"]
        return [struct.unpack(">f", bytes.fromhex(text[i : i + 8]))[0] for i in range(0, len(text), 8)]

    def written(self, tokens: list[int], count: int) -> list[int]:
        """Greedily."""
        zero, one = "0" * 16, struct.pack(">d", 1).hex()
        sampling = {
            "temperature": zero, "topK": 0, "topP": one, "minP": zero, "typicalP": one, "repetitionPenalty": one,
            "presencePenalty": zero, "frequencyPenalty": zero, "seed": zero,
        }  # fmt: skip
        body = {"prompts": [{"tokens": tokens}], "maximumNewTokens": count, "sampling": sampling, "stopStrings": []}
        return self.ask("generate", body)["results"][0]["tokens"]

    def close(self):
        self.ask("shutdown", {})
        self.socket.close()
        self.process.wait(timeout=10)
