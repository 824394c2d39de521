"""The loops of raw.c in Python. Prints nanoseconds a turn."""

import json
import socket
import sys
import time

CALLS, SOCKETS = int(sys.argv[1]), int(sys.argv[2])
LINGER = b'\0' * 8


def measure(count, turn):
    start = time.perf_counter_ns()
    for _ in range(count):
        turn()
    return (time.perf_counter_ns() - start) / count


def bind_stream():
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(('127.0.0.1', 0))
    bound.getsockname()
    bound.close()


def bind_datagram():
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(('127.0.0.1', 0))
    bound.getsockname()
    bound.close()


with socket.socket() as listener:
    listener.bind(('127.0.0.1', 0))
    listener.listen()
    with socket.create_connection(listener.getsockname()) as client:
        result = {
            'setsockopt': measure(CALLS, lambda: client.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)),
            'setsockopt, struct': measure(CALLS, lambda: client.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, LINGER)),
            'getsockopt': measure(CALLS, lambda: client.getsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY)),
            'getsockopt, struct': measure(CALLS, lambda: client.getsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, 8)),
        }
result['bind, address, close'] = measure(SOCKETS, bind_stream)
result['bindSync, close'] = measure(SOCKETS, bind_datagram)
print(json.dumps(result))
