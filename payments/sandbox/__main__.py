"""python -m payments.sandbox: the sandbox server on SANDBOX_PORT, or on the port after PORT."""

import os

from .server import serve

serve(
    os.environ.get("SANDBOX_BIND") or os.environ.get("HOST") or "127.0.0.1",
    int(os.environ.get("SANDBOX_PORT") or int(os.environ.get("PORT") or 8000) + 1),
)
