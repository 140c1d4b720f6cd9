from __future__ import annotations

import subprocess
import sys


def test_a_server_that_nobody_signs_in_to_does_without_the_large_package() -> None:
    script = "import sys, bloop_trio.server; print(any(n in sys.modules for n in ('webauthn', 'cryptography', 'cbor2')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
