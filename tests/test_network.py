"""The guard of `conftest.py` that keeps the whole suite, and the code it runs, on this machine."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 443, 0, 0)])
def test_the_network_is_shut(address: tuple[object, ...]):
    family = socket.AF_INET6 if len(address) > 2 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection, pytest.raises(AssertionError, match="nothing leaves"):
        connection.connect(address)


def test_this_machine_can_still_talk_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
